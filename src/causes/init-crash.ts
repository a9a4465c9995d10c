import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "init-crash",
  title: "The code fails while it is loaded",
  explanation:
    "Code outside the handler runs once, while Lambda loads the function: it reads variables, opens connections, builds clients. An exception there fails every request, whatever the request asks for.",
  mending: "Read what may be missing inside the handler, or with a default, and correct what the exception names.",
  propose: (view) =>
    proposeImport(view, {
      cause: "init-crash",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "fails", "fail")} while ${failure.module} is loaded`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([changeCode(place, `See what ${failure.file ?? failure.module} does when it is loaded.`)]),
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "crashes", "crash")} while the code is loaded`,
        summary: () => sentences("The exception comes from code outside the handler.", failsBeforeItsCode),
      },
    }),
});
