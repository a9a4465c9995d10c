import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { packageName, proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "relative-import-error",
  title: "An import depends on where the code thinks its root is",
  explanation:
    "The handler is imported as one module from the package's root. Imports that are relative to a package, or that leave out the folder in which the file lies, work on the developer's machine and not there.",
  mending: "Import by the full path from the root of the package, and give each folder an __init__.py.",
  propose: (view) =>
    proposeImport(view, {
      cause: "relative-import-error",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "imports", "import")} ${failure.module} by a path that does not hold in Lambda`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(place, `Import ${packageName(failure)} by its full path from the folder that CodeUri names.`),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "imports", "import")} ${captures["module"] ?? "a module"} by a path that does not hold in Lambda`,
        summary: () => sentences("In Lambda the package's root is where imports begin.", failsBeforeItsCode),
      },
    }),
});
