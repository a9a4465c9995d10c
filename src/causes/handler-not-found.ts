import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "handler-not-found",
  title: "The handler's file has no such function",
  explanation:
    "The file that Handler names is there and can be imported, but it defines no function of the name after the last dot.",
  mending: "Correct the name in Handler, or define and export the function.",
  propose: (view) =>
    proposeImport(view, {
      cause: "handler-not-found",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "names", "name")} a handler function that ${failure.module} does not define`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(place, `Let Handler end in the name of a function that ${failure.module} defines.`),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "names", "name")} a handler function that its file does not define${captures["module"] === undefined ? "" : ` (${captures["module"]})`}`,
        summary: () => sentences("The file is found, and the function in it is not.", failsBeforeItsCode),
      },
    }),
});
