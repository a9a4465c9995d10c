import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "null-result-unhandled",
  title: "The code takes a row for granted that a query did not return",
  explanation:
    "A query returned no row for what was asked, and the code goes on as if it had one. The data is missing for that owner or customer, or the statement is one that returns no rows.",
  mending: "Answer for the case of no row, and see whether the data should be there.",
  propose: (view) =>
    fromErrors(view, {
      cause: "null-result-unhandled",
      stage: "data",
      shows: ["seed-data-missing"],
      headline: ({ functions }) =>
        `${who(functions)} ${verb(functions, "takes", "take")} a row for granted that the query did not return`,
      summary: () => "The query works and finds nothing, and the code uses its result all the same.",
      remedies: (_at, place) => [
        changeCode(
          place,
          "Let the code answer for the case that a query returns no row, and see whether that data should be in the database.",
        ),
        verifying(place),
      ],
    }),
});
