import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "corrupt-artifact",
  title: "A file of the package is damaged",
  explanation:
    "A file of the package is cut off, empty, or not what its name says: an upload that broke, a pointer of Git LFS in place of the file, an archive packed as text.",
  mending: "Build the package or layer again from a clean folder and publish it.",
  propose: (view) =>
    proposeImport(view, {
      cause: "corrupt-artifact",
      headline: ({ failure }, functions) => `A file of ${packageName(failure)} of ${who(functions)} is damaged`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load a file of ${captures["module"] ?? "a package"}: it is damaged`,
        summary: () => sentences("The file is cut off or not what its name says.", failsBeforeItsCode),
      },
    }),
});
