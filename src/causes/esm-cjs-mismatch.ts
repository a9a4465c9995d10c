import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "esm-cjs-mismatch",
  title: "CommonJS and ES modules are mixed up",
  explanation:
    'Node loads a file as one kind of module and it is written as the other: require() of an ES module, import in a .js file without "type": "module", or a bundle of the wrong format.',
  mending: "Let the file's extension (.mjs, .cjs), the package's `type` and the bundler's format agree.",
  propose: (view) =>
    proposeImport(view, {
      cause: "esm-cjs-mismatch",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "loads", "load")} ${failure.module} as the wrong kind of module`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(
            place,
            `Let the extension, the "type" in package.json and the bundler agree on what ${failure.file ?? failure.module} is.`,
          ),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "loads", "load")} ${captures["module"] ?? "a file"} as the wrong kind of module`,
        summary: () =>
          sentences("Node tells CommonJS from ES modules by extension and package.json.", failsBeforeItsCode),
      },
    }),
});
