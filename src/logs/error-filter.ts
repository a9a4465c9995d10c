import { matchAll } from "./classify.ts";
import { isErrorText, plainText, significantText } from "./text.ts";

/** Is a log event worth being shown or counted as a failure: errors, tracebacks, time-outs, exits; not progress or noise. */
export function looksLikeError(message: string): boolean {
  return isErrorText(significantText(plainText(message))) || matchAll(message).length > 0;
}
