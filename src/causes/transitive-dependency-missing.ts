import { defineCause } from "../core/cause.ts";
import { packageName, proposeImport, requirementOf, type ImportFault } from "./support/imports.ts";
import { requirementFor, type Requirement } from "./support/packages.ts";
import type { Place } from "./support/place.ts";
import type { View } from "../core/cause.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";
import { vendorRemedies } from "./support/vendor.ts";

export default defineCause({
  id: "transitive-dependency-missing",
  title: "A package is there, but not what it needs itself",
  explanation:
    "The package that the handler imports is on the import path, and one that it imports in turn is not. " +
    "It was copied by hand, installed with --no-deps, or its dependency was taken for a part of the runtime.",
  mending: "Install the package again with its dependencies into the same layer or package.",
  propose: (view) =>
    proposeImport(view, {
      cause: "transitive-dependency-missing",
      headline: ({ failure, drivers }, functions) => {
        const needing = drivers.find(({ origin }) => origin !== undefined);
        const by = needing === undefined ? "a package" : needing.name;
        return `${who(functions)} ${verb(functions, "has", "have")} ${by}, but not the ${packageName(failure)} that it needs`;
      },
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: async (view, place, fault) =>
        vendorRemedies(view, place, {
          functions: fault.functions,
          requirements: await requirementsOf(view, place, fault),
          origin: fault.failure.origin ?? originOfDriver(fault),
          native: false,
        }),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot import ${captures["module"] ?? "a module"}, which another package needs`,
        summary: () => sentences("The module is one that hardly any code imports by itself.", failsBeforeItsCode),
      },
    }),
});

const originOfDriver = ({ drivers }: ImportFault) => drivers.find(({ origin }) => origin !== undefined)?.origin;

/** The driver that needs it, in its present version, which brings it along; else the missing package itself. */
async function requirementsOf(view: View, place: Place, fault: ImportFault): Promise<readonly Requirement[]> {
  const driver = fault.drivers.find(({ origin }) => origin !== undefined);
  const needing =
    driver === undefined
      ? undefined
      : await requirementFor(view, place.project, fault.functions, driver.module, driver.name);
  const own = await requirementOf(view, place, fault);
  if (needing !== undefined) return [driver?.version === undefined ? needing : { ...needing, version: driver.version }];
  return [own ?? { name: "<DISTRIBUTION>" }];
}
