import { defineCause } from "../core/cause.ts";
import { mismatchedLayers, proposeMismatch } from "./support/layer-mismatch.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-arch",
  title: "A package is built for another processor",
  explanation:
    "The compiled part of a package is for x86_64 and the function runs on arm64, or the other way round. Either the wheel was fetched for the builder's own processor, or the function's architecture was changed and its packages were not.",
  mending:
    "Install the package for the function's architecture, or set the architecture that the package was built for.",
  propose: async (view) => [
    ...(await proposeImport(view, {
      cause: "wrong-arch",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} is built for another processor than theirs`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      also: (view, functions) => mismatchedLayers(view, "architecture-mismatch", functions),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load the compiled part of ${captures["module"] ?? "a package"}: it looks built for another processor`,
        summary: () =>
          sentences("The function's architecture and the package's do not go together.", failsBeforeItsCode),
      },
    })),
    ...(await proposeMismatch(view, "architecture-mismatch")),
  ],
});
