import type { Answer } from "../../facts/requests/index.ts";
import type { logErrors, logRequest } from "../../facts/requests/logs.ts";
import { failed } from "../errors.ts";
import type { LiveContext } from "./context.ts";

export function answerLogErrors(_context: LiveContext): Answer<typeof logErrors> {
  return () => Promise.resolve(failed("NOT_READ", "Logs are not read by this version."));
}

export function answerLogRequest(_context: LiveContext): Answer<typeof logRequest> {
  return () => Promise.resolve(failed("NOT_READ", "Logs are not read by this version."));
}
