// Layers that were published for another runtime or processor than their function's.
import type { Proposal, View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { importPrediction } from "../../facts/packages.ts";
import { buildAndDeploy } from "./deploy.ts";
import { groupBy } from "./groups.ts";
import { failsToImport } from "./imports.ts";
import { functionsOf, placeOf, verifying } from "./place.ts";
import { remedy } from "./remedies.ts";
import { verb, who } from "./text.ts";

type Code = "architecture-mismatch" | "runtime-mismatch";

/** The findings of this kind about these functions. */
export function mismatchedLayers(view: View, code: Code, functions: readonly FunctionRef[]): readonly Finding[] {
  return view.of("layers-match", code).filter(({ subject }) => functions.some(({ id }) => id === subject.id));
}

/** What a layer is declared for, where nothing more is known of harm: functions that fail to import have their own cause. */
export async function proposeMismatch(view: View, code: Code): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const plan = buildAndDeploy(place);
  const groups = groupBy(
    view.of("layers-match", code),
    ({ detail }) => `${detail["layer"]} ${detail["version"]} ${detail["expected"]} ${detail["found"]}`,
  );
  const proposals = await Promise.all(
    groups.map(async (group): Promise<Proposal | undefined> => {
      const all = await functionsOf(view, group);
      const predictions = await Promise.all(all.map((fn) => view.value(importPrediction, fn)));
      const functions = all.filter((fn) => !failsToImport(view, fn));
      if (functions.length === 0) return undefined;
      const [{ detail }] = group;
      const { layer = "", version = "", expected = "", found = "" } = detail as Readonly<Record<string, string>>;
      const imports = functions.length === all.length && predictions.every((one) => one?.verdict === "will-import");
      return {
        headline: `The layer ${layer}:${version} of ${who(functions)} is published for ${found}; ${functions.length === 1 ? "it runs" : "they run"} ${expected}`,
        summary: `Lambda attaches a layer whatever it was made for. ${
          imports
            ? `By ${functions.length === 1 ? "its" : "their"} files the ${verb(functions, "function", "functions")} can be imported all the same.`
            : "Compiled parts in it cannot be loaded."
        }`,
        subjects: functions,
        confidence: "certain",
        because: [],
        explains: mismatchedLayers(view, code, functions),
        remedies: [
          remedy("for-good", "Build the layer for what its functions run, and deploy.", plan.commands, {
            variables: plan.variables,
            advice:
              `In the template the layer's CompatibleRuntimes and CompatibleArchitectures say what it is for. ${plan.advice}`.trim(),
          }),
          verifying(place),
        ],
      };
    }),
  );
  return proposals.filter((proposal) => proposal !== undefined);
}
