import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "shared-library-missing",
  title: "A shared library that a package needs is missing",
  explanation:
    "A compiled extension asks the loader for a library that is neither in the package nor in Lambda, libpq.so.5 for example: the package was built from source on a machine that has it, or the folder with its bundled libraries was left out.",
  mending:
    "Use the distribution that brings its libraries along (psycopg2-binary instead of psycopg2), or put the library into lib/ of a layer.",
  propose: (view) =>
    proposeImport(view, {
      cause: "shared-library-missing",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} needs a library that Lambda does not have`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load ${captures["library"] ?? "a shared library"}, which a package needs`,
        summary: () => sentences("The library is neither in the package nor in Lambda.", failsBeforeItsCode),
      },
    }),
});
