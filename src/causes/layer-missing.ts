import { defineCause, type Proposal } from "../core/cause.ts";
import { layerRef } from "../core/subject.ts";
import { newestLayerVersion } from "../facts/layers.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { fromErrors } from "./support/errors.ts";
import { importSymptoms, proof } from "./support/imports.ts";
import { allFunctions, configured, placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { quote } from "./support/shell.ts";
import { distinct } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";
import { attachCommands } from "./support/vendor.ts";

const cause = "layer-missing";

export default defineCause({
  id: cause,
  title: "A layer version that functions use was deleted",
  explanation:
    "The layer version that is attached no longer exists, or its owner took back the right to use it. A running function keeps its copy; its next update fails, and a template that names the version can no longer be deployed.",
  mending: "Attach a version that exists, and let the template refer to the layer rather than to a version.",
  async propose(view) {
    const place = await placeOf(view);
    const all = await configured(view, await allFunctions(view));
    const plan = buildAndDeploy(place);
    const proven = await Promise.all(
      view.of("layers-exist", "missing").map(async (finding): Promise<Proposal> => {
        const arn = finding.subject.id;
        const layer = layerRef(arn);
        const users = all.filter(({ configuration }) => configuration.layers.some((one) => one.arn === arn));
        const functions = users.map(({ fn }) => fn);
        const newest = layer === undefined ? undefined : await view.value(newestLayerVersion, layer);
        const other = newest !== undefined && newest.id !== arn ? newest : undefined;
        const symptoms = await importSymptoms(view, cause, functions, "");
        const explains = distinct(
          [finding],
          symptoms.filter(({ check }) => check === "known-errors"),
        );
        const commands =
          other === undefined
            ? []
            : attachCommands(place, users, (attached) => quote(attached === arn ? other.id : attached));
        return {
          headline: `${who(functions)} ${verb(functions, "uses", "use")} the layer version ${finding.subject.label}, which was deleted`,
          summary: sentences(
            "What runs keeps its copy; the next update of the function fails.",
            other === undefined ? "" : `Version ${other.version} of the layer exists.`,
          ),
          subjects: [finding.subject, ...functions],
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [
            ...(commands.length === 0 ? [] : [remedy("now", "Attach the newest version that exists.", commands)]),
            remedy("for-good", "Build and deploy the layer with the stack.", plan.commands, {
              variables: plan.variables,
              advice: sentences("A template that names the deleted version must name another.", plan.advice),
            }),
            verifying(place),
          ],
        };
      }),
    );
    return [
      ...proven,
      ...(await fromErrors(view, {
        cause,
        stage: "function",
        headline: ({ functions }) => `A layer of ${who(functions)} is not there`,
        summary: () => "Lambda or the function says that a layer version cannot be found.",
      })),
    ];
  },
});
