import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "glibc-too-old",
  title: "A package needs a newer glibc than the runtime has",
  explanation:
    "The extension was linked against a newer C library than the runtime's: runtimes up to Python 3.11 have glibc 2.26, from Python 3.12 on 2.34.",
  mending:
    "Take wheels for manylinux2014, which run everywhere, in a version that has them, or move to a runtime on Amazon Linux 2023.",
  propose: (view) =>
    proposeImport(view, {
      cause: "glibc-too-old",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} needs a newer glibc than the runtime has`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) =>
        // The version that is there has no older wheel, or pip would have taken it: which one has, pip finds.
        reinstall(
          view,
          place,
          fault,
          ({ name }) => ({ name }),
          "pip picks the newest version with a wheel for the runtime's glibc; a runtime from Python 3.12 on takes newer wheels.",
        ),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load ${captures["module"] ?? "a package"}: it needs a newer glibc than the runtime has`,
        summary: () => sentences("The extension was linked on a newer system.", failsBeforeItsCode),
      },
    }),
});
