import { defineCause } from "../core/cause.ts";
import { proposeImport } from "./support/imports.ts";
import { repackRemedies } from "./support/repack.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "permission-denied-files",
  title: "Files of the package may not be read",
  explanation:
    "Lambda runs the code as a user of its own. A file that only its owner may read (mode 0600, a folder 0700), as a build under a strict umask leaves it, cannot be opened there. " +
    "A handler that writes anywhere but under /tmp is refused in the same words.",
  mending: "Give everybody the right to read the files and enter the folders (chmod -R a+rX), and build again.",
  propose: (view) =>
    proposeImport(view, {
      cause: "permission-denied-files",
      headline: ({ failure }, functions) => `${who(functions)} may not read ${failure.file ?? failure.module}`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (view, place, { functions, failure }) => repackRemedies(view, place, functions, failure.origin),
      logged: {
        headline: ({ functions, captures }) => `${who(functions)} may not open ${captures["path"] ?? "a file"}`,
        summary: () =>
          "Lambda's user lacks the right to read the file, or the code writes outside of /tmp, which is the only folder that it may write to.",
      },
    }),
});
