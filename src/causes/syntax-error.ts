import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "syntax-error",
  title: "The code does not parse on the function's runtime",
  explanation:
    "The runtime refuses a file for its grammar: a typing error, a merge conflict left in place, or syntax of a newer language version than the runtime's.",
  mending: "Correct the line, or choose a runtime whose version has that syntax.",
  propose: (view) =>
    proposeImport(view, {
      cause: "syntax-error",
      headline: ({ failure }, functions) =>
        `${who(functions)} cannot import ${failure.module}: the runtime does not accept its syntax`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(place, `Correct ${failure.file ?? failure.module}, or choose a runtime that knows its syntax.`),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot import ${captures["module"] ?? "a file"}: the runtime does not accept its syntax`,
        summary: () => sentences("The file is there and does not parse.", failsBeforeItsCode),
      },
    }),
});
