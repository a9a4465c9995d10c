import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { moreTime } from "./support/limits.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "lambda-timeout",
  title: "Functions run out of time",
  explanation:
    "Lambda stops a function that runs longer than its Timeout. Often it waits all that time for something that never answers: a database that cannot be reached, a service without a route to it, a lock.",
  mending:
    "Find what it waits for; give it a shorter time limit of its own; raise Timeout only where the work really takes that long.",
  propose: (view) =>
    fromErrors(view, {
      cause: "lambda-timeout",
      stage: "limits",
      shows: ["gateway-timeout"],
      headline: ({ functions, captures }) =>
        `${who(functions)} ${verb(functions, "runs", "run")} out of time${captures["seconds"] === undefined ? "" : ` after ${captures["seconds"]} s`}`,
      summary: () =>
        "Lambda stopped the function at its time limit; what it was waiting for, its last log line may tell.",
      remedies: async ({ functions }, place, at) => [
        ...(await moreTime(
          at,
          place,
          functions,
          "First see what the functions wait for: connections want a time limit of a few seconds.",
        )),
        verifying(place),
      ],
    }),
});
