import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-libc-musl",
  title: "A package is built for Alpine Linux",
  explanation:
    "The compiled part of a package links against musl, the C library of Alpine Linux: it was built or installed in an Alpine container. Lambda's Amazon Linux has glibc.",
  mending: "Install manylinux wheels instead of musllinux ones, in an Amazon Linux image or with pip's --platform.",
  propose: (view) =>
    proposeImport(view, {
      cause: "wrong-libc-musl",
      headline: ({ failure }, functions) =>
        `The ${packageName(failure)} of ${who(functions)} is built for Alpine Linux`,
      summary: ({ failure }) =>
        sentences(sentence(failure.explanation), `It is in ${originPlace(failure.origin)}.`, failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot load the compiled part of ${captures["module"] ?? "a package"}: it is built for Alpine Linux`,
        summary: () => sentences("It links against musl, and Lambda has glibc.", failsBeforeItsCode),
      },
    }),
});
