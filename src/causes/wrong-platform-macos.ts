import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-platform-macos",
  title: "A package is built for macOS",
  explanation:
    "A wheel with compiled parts was installed on a Mac and put into the layer or package as it was. Lambda runs Linux and does not load macOS libraries.",
  mending:
    "Install the package for Lambda's platform: pip with --platform manylinux2014_x86_64 (or aarch64) and --only-binary=:all:, or sam build --use-container.",
  propose: (view) =>
    proposeImport(view, {
      cause: "wrong-platform-macos",
      headline: ({ failure }, functions) => `The ${packageName(failure)} of ${who(functions)} is built for macOS`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load the compiled part of ${captures["module"] ?? "a package"}: it looks built for macOS`,
        summary: () => sentences("As a rule such a package was installed on a Mac.", failsBeforeItsCode),
      },
    }),
});
