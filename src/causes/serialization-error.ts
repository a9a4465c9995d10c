import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { verifying } from "./support/place.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "serialization-error",
  title: "A value of the answer cannot be written as JSON",
  explanation:
    "Drivers return dates, decimals and UUIDs as objects of their own, which json.dumps and Lambda's runtime refuse (in Node BigInt); or a parameter of a statement has a type that the driver cannot hand over.",
  mending: "Turn such values into text or numbers, or give json.dumps a default.",
  propose: (view) =>
    fromErrors(view, {
      cause: "serialization-error",
      stage: "answer",
      shows: ["proxy-response-malformed"],
      by: "type",
      headline: ({ functions, captures }) =>
        `${who(functions)} cannot write ${captures["type"] === undefined ? "a value of the answer" : `a value of the type ${captures["type"]}`} as JSON`,
      summary: () => "The data was read, and the answer cannot be put together from it.",
      remedies: (_at, place) => [
        changeCode(
          place,
          "Turn dates, decimals and UUIDs into text where the answer is made: json.dumps(answer, default=str) does it for all of them.",
        ),
        verifying(place),
      ],
    }),
});
