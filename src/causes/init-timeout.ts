import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { moreMemory } from "./support/limits.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "init-timeout",
  title: "Functions take too long to start",
  explanation:
    "Lambda gives the code outside the handler ten seconds, and then begins anew within the function's own time limit. Large packages, or a connection that is opened at import and gets no answer, take longer.",
  mending:
    "Open connections inside the handler and with a time limit, import less, and give the function more memory, which also gives it more of a processor.",
  propose: (view) =>
    fromErrors(view, {
      cause: "init-timeout",
      stage: "import",
      shows: ["lambda-timeout", "connect-timeout"],
      headline: ({ functions }) => `${who(functions)} ${verb(functions, "takes", "take")} too long to start`,
      summary: () => "The code outside the handler did not end within the time that Lambda gives it.",
      remedies: async ({ functions }, place, at) => [...(await moreMemory(at, place, functions)), verifying(place)],
    }),
});
