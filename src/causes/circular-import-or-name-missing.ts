import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "circular-import-or-name-missing",
  title: "A module lacks the name that is imported from it",
  explanation:
    "The module is found, and the name that the code asks it for is not there: it was renamed, modules import each other in a circle, or a file of the package bears the name of a library and hides it.",
  mending: "Break the circle, rename the file that hides the library, or import the name that is there.",
  propose: (view) =>
    proposeImport(view, {
      cause: "circular-import-or-name-missing",
      headline: ({ failure }, functions) => `${who(functions)} cannot import a name from ${failure.module}`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(
            place,
            `See what ${failure.file ?? failure.module} defines at the moment of the import, and whether a file of the package hides a library.`,
          ),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot import ${captures["name"] ?? "a name"}${captures["from"] === undefined ? "" : ` from ${captures["from"]}`}`,
        summary: () => sentences("The module is found, the name in it is not.", failsBeforeItsCode),
      },
    }),
});
