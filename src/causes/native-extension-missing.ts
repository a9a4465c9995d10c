import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "native-extension-missing",
  title: "The compiled part of a package is missing",
  explanation:
    "The package's Python files are there and its compiled extension is not: it was cleaned out to save space, left behind by a copy, or the package was installed from source without a compiler.",
  mending: "Install the package again, as a wheel for Lambda's platform.",
  propose: (view) =>
    proposeImport(view, {
      cause: "native-extension-missing",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "has", "have")} ${packageName(failure)} without its compiled part`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot find the compiled part of ${captures["module"] ?? "a package"}`,
        summary: () => sentences("The Python files are found, the extension is not.", failsBeforeItsCode),
      },
    }),
});
