import { errorFilterTerms } from "./cloudwatch-filter.ts";
import { quickTerms } from "./quick-terms.ts";

/**
 * Whether a log event may tell of a failure: true for all that `classify` and `looksLikeError` accept, false for most of
 * the others, in less than a microsecond.
 */
export const mayFail: (message: string) => boolean = quickTerms(errorFilterTerms);
