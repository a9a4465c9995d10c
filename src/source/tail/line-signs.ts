import { errorFilterTerms } from "../../logs/cloudwatch-filter.ts";
import { quickSets } from "../../logs/quick-terms.ts";
import { secretSigns } from "../shapes.ts";

const sets = quickSets([{ terms: errorFilterTerms }, { terms: secretSigns, anyCase: true }]);

/** What is told of a log line: it may tell of a failure (see `mayFail`), and one of `secretSigns` may be in it. */
export const lineSigns = { mayFail: 1, secret: 2 } as const;

/** The signs of each line, found in one pass over all of them. What is given is valid until the next call. */
export const signsOf: (lines: readonly string[]) => Uint8Array = sets.inEach;
