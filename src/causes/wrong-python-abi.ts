import { defineCause } from "../core/cause.ts";
import { mismatchedLayers } from "./support/layer-mismatch.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-python-abi",
  title: "A package is built for another Python version",
  explanation:
    "Compiled extensions are made for one version of Python, which is in their file names. The function's runtime is another version: the wheel was fetched by another Python, or the runtime was changed and the packages were not.",
  mending:
    "Install the package for the runtime's Python version: pip with --python-version, --implementation cp and --only-binary=:all:.",
  propose: (view) =>
    proposeImport(view, {
      cause: "wrong-python-abi",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} is built for another Python version`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      also: (view, functions) => mismatchedLayers(view, "runtime-mismatch", functions),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load the compiled part of ${captures["module"] ?? "a package"}: it looks built for another Python version`,
        summary: () =>
          sentences("The extension's Python version and the runtime's do not go together.", failsBeforeItsCode),
      },
    }),
});
