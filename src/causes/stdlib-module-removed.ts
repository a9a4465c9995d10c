import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { packageName, proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "stdlib-module-removed",
  title: "A module is no longer part of Python",
  explanation:
    "The code imports a module that left the standard library in the runtime's Python version: distutils and imp in 3.12, cgi and others in 3.13, or that only Python 2 had.",
  mending: "Replace the import, update the package that does it, or vendor a substitute such as setuptools.",
  propose: (view) =>
    proposeImport(view, {
      cause: "stdlib-module-removed",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "imports", "import")} ${failure.module}, which the runtime's Python no longer has`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([changeCode(place, `Replace ${packageName(failure)}, or update the package that imports it.`)]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "imports", "import")} ${captures["module"] ?? captures["name"] ?? "a module"}, which the runtime's Python no longer has`,
        summary: () => sentences("The module left the standard library.", failsBeforeItsCode),
      },
    }),
});
