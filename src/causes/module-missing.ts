import { defineCause } from "../core/cause.ts";
import { originPlace, packageName, proposeImport, requirementOf } from "./support/imports.ts";
import { advice } from "./support/remedies.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";
import { vendorRemedies } from "./support/vendor.ts";

export default defineCause({
  id: "module-missing",
  title: "A module is on no layer and not in the package",
  explanation:
    "The handler imports a module that is nowhere on the function's import path: not in its package, not in a layer, not in the runtime. " +
    "It was never vendored, its layer is not attached, or the layer's zip lacks the folder python/ (nodejs/node_modules/ for Node) at its root.",
  mending: "Vendor the module into the layer or the package that the function uses, publish it, and attach it.",
  propose: (view) =>
    proposeImport(view, {
      cause: "module-missing",
      headline: (fault, functions) =>
        fault.failure.origin === undefined || fault.failure.origin.kind === "runtime"
          ? `${who(functions)} ${verb(functions, "imports", "import")} ${packageName(fault.failure)}, which is on no layer and not in the package`
          : `${who(functions)} cannot import ${packageName(fault.failure)}, though ${originPlace(fault.failure.origin)} holds it`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      async remedies(view, place, fault) {
        const requirement = await requirementOf(view, place, fault);
        if (requirement === undefined) {
          const { module } = fault.failure;
          return [
            advice(
              "now",
              `Put ${module} into the package or a layer.`,
              `Nothing tells which distribution brings ${module}. If it is a file of your own, see that the template's CodeUri holds it; if not, vendor the distribution that you know to bring it, since a guessed name may be anybody's package.`,
            ),
          ];
        }
        return vendorRemedies(view, place, {
          functions: fault.functions,
          requirements: [requirement],
          origin: fault.failure.origin,
          native: false,
        });
      },
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot import ${captures["module"] ?? "a module"}: it is not found`,
        summary: () =>
          sentences("The log says that the module is on no path that the runtime looks at.", failsBeforeItsCode),
      },
    }),
});
