import { stackFact } from "../core/fact.ts";
import type { BodyOf } from "./requests/index.ts";
import type { callerIdentity, runStart } from "./requests/run.ts";

/** The run's clock, place and options. */
export const run = stackFact<BodyOf<typeof runStart>>("run");

/** Account and ARN of the caller. */
export const identity = stackFact<BodyOf<typeof callerIdentity>>("identity");
