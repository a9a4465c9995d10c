import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "symbol-mismatch",
  title: "Two libraries of a package do not fit each other",
  explanation:
    "An extension asks a library for a function that this version of the library does not have: parts of two versions lie in one folder, or a system library was bundled beside a newer one.",
  mending: "Empty the folder and install the package again in one go, as a wheel for Lambda's platform.",
  propose: (view) =>
    proposeImport(view, {
      cause: "symbol-mismatch",
      headline: ({ failure }, functions) =>
        `The libraries of ${packageName(failure)} of ${who(functions)} do not fit each other`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load ${captures["module"] ?? "a package"}: its libraries do not fit each other`,
        summary: () => sentences("Parts of different versions lie side by side.", failsBeforeItsCode),
      },
    }),
});
