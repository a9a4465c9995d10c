import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-platform-unspecified",
  title: "A package is built for another platform than Lambda",
  explanation:
    "The compiled part of a package is for another operating system or processor than Lambda's, without a trace of which one.",
  mending: "Install the package for Lambda's platform and the function's architecture.",
  propose: (view) =>
    proposeImport(view, {
      cause: "wrong-platform-unspecified",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} is built for another platform than Lambda`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load the compiled part of ${captures["module"] ?? "a package"}: it is not built for Lambda`,
        summary: () => sentences("The error does not tell which platform it was built for.", failsBeforeItsCode),
      },
    }),
});
