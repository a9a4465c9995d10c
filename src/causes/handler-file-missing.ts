import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "handler-file-missing",
  title: "The handler's file is not in the package",
  explanation:
    "The function's Handler names a module that its package does not hold: the file was renamed or moved, the template's CodeUri points at another folder, or the zip has one folder too many around it.",
  mending: "Make Handler and the files in CodeUri agree, and deploy.",
  propose: (view) =>
    proposeImport(view, {
      cause: "handler-file-missing",
      headline: ({ failure }, functions) =>
        `The handler file of ${who(functions)} (${failure.module}) is not in the package`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(place, `Let Handler in the template name a file that CodeUri holds; it names ${failure.module}.`),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `The handler file of ${who(functions)} is not found${captures["module"] === undefined ? "" : `: ${captures["module"]}`}`,
        summary: () =>
          sentences(
            "Lambda looks for the file that Handler names in the package, and does not find it.",
            failsBeforeItsCode,
          ),
      },
    }),
});
