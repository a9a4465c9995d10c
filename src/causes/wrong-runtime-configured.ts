import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { mismatchedLayers, proposeMismatch } from "./support/layer-mismatch.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "wrong-runtime-configured",
  title: "The function's runtime is not the one that its code was made for",
  explanation:
    "The template names one runtime, and the code or the layer was written or built for another: Python code on Node, code for a newer Python than the function's, a layer that was published for other runtimes.",
  mending: "Set the Runtime that the code was made for, or build the code and its layers for the runtime that is set.",
  propose: async (view) => [
    ...(await proposeImport(view, {
      cause: "wrong-runtime-configured",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "runs", "run")} on another runtime than ${failure.module} was made for`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      also: (view, functions) => mismatchedLayers(view, "runtime-mismatch", functions),
      remedies: (_view, place) =>
        Promise.resolve([changeCode(place, "Let Runtime in the template be the one that the code was made for.")]),
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "runs", "run")} on another runtime than the code was made for`,
        summary: () => sentences("The runtime lacks what this code takes for granted.", failsBeforeItsCode),
      },
    })),
    ...(await proposeMismatch(view, "runtime-mismatch")),
  ],
});
