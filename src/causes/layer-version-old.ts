import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { layerRef, type FunctionRef, type LayerRef } from "../core/subject.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { newestLayerVersion } from "../facts/layers.ts";
import { importPrediction, importPredictionWithNewestLayers, type ImportPrediction } from "../facts/packages.ts";
import { listed } from "../checks/support/text.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy, uniqueBy } from "./support/groups.ts";
import { importSymptoms, mendedByNewestLayers, packageName, proof } from "./support/imports.ts";
import { allFunctions, configured, placeOf, verifying, type Place } from "./support/place.ts";
import { fixedVersionRemark, remedy } from "./support/remedies.ts";
import { distinct } from "./support/symptoms.ts";
import { failsBeforeItsCode, sentences, verb, who } from "./support/text.ts";
import { attachCommands } from "./support/vendor.ts";

/** A layer of a function of which a newer version exists. */
interface Outdated {
  readonly layer: LayerRef;
  readonly newest: LayerRef;
}

interface Entry {
  readonly fn: FunctionRef;
  readonly outdated: readonly Outdated[];
  readonly failing: ImportPrediction | undefined;
  readonly newest: ImportPrediction | undefined;
}

export default defineCause({
  id: "layer-version-old",
  title: "Functions run on an old version of a layer",
  explanation:
    "A function keeps the layer version that was attached to it until another one is attached: publishing a layer changes no function. " +
    "What was added to the layer since, a database driver for example, is then missing in these functions and not in others.",
  mending:
    "Attach the newest version of the layer to the functions. A deploy of the stack does it where the template refers to the layer itself rather than to one version's ARN.",
  async propose(view) {
    const place = await placeOf(view);
    const entries = (await Promise.all((await allFunctions(view)).map((fn) => entryOf(view, fn)))).filter(
      ({ outdated }) => outdated.length > 0,
    );
    const broken = entries.filter(({ failing }) => failing?.failure !== undefined);
    // Functions that fail and functions that do not yet, on the same old version, are one fault with one remedy.
    const isBeside = ({ outdated }: Entry): boolean =>
      broken.some((entry) => keyOf(entry.outdated) === keyOf(outdated));
    const harmless = entries.filter(({ failing }) => failing?.failure === undefined);
    const working = harmless.filter((entry) => !isBeside(entry));
    return [
      ...(await Promise.all(
        groupBy(broken, ({ failing, outdated }) => `${failing?.failure?.module} ${keyOf(outdated)}`).map((group) =>
          brokenProposal(
            view,
            place,
            group,
            harmless.filter(({ outdated }) => keyOf(outdated) === keyOf(group[0].outdated)),
          ),
        ),
      )),
      ...(
        await Promise.all(
          groupBy(working, ({ outdated }) => keyOf(outdated)).map((group) => workingProposal(view, place, group)),
        )
      ).flat(),
    ];
  },
});

const keyOf = (outdated: readonly Outdated[]): string => outdated.map(({ newest }) => newest.id).join(" ");

/** What a function's layers lack; `failing` only where their newest versions would mend it. */
async function entryOf(view: View, fn: FunctionRef): Promise<Entry> {
  const configuration = await view.value(functionConfiguration, fn);
  const attached = (configuration?.layers ?? []).flatMap(({ arn }) => layerRef(arn) ?? []);
  const outdated: Outdated[] = [];
  for (const layer of attached) {
    const newest = await view.value(newestLayerVersion, layer);
    if (newest !== undefined && newest.version > layer.version) outdated.push({ layer, newest });
  }
  const mended = await mendedByNewestLayers(view, fn);
  return {
    fn,
    outdated,
    failing: mended ? await view.value(importPrediction, fn) : undefined,
    newest: mended ? await view.value(importPredictionWithNewestLayers, fn) : undefined,
  };
}

async function brokenProposal(
  view: View,
  place: Place,
  group: readonly [Entry, ...Entry[]],
  beside: readonly Entry[],
): Promise<Proposal> {
  const functions = group.map(({ fn }) => fn);
  const together = [...functions, ...beside.map(({ fn }) => fn)];
  const [{ failing, newest }] = group;
  const failure = failing?.failure;
  const name = failure === undefined ? "what they import" : packageName(failure);
  // The layer whose newest version brings the package; without a driver to tell, any of the outdated ones may.
  const all = group.flatMap(({ outdated }) => outdated);
  const bringing = newest?.drivers.find(
    ({ module, origin }) => module.split(".")[0] === name && origin?.kind === "layer",
  );
  const arn = bringing?.origin?.kind === "layer" ? bringing.origin.arn : undefined;
  const about = all.filter((entry) => arn === undefined || entry.newest.id === arn);
  const lacks = failure?.cause === "module-missing" || failure?.cause === "transitive-dependency-missing";
  const what = lacks ? `that lacks ${name}` : `whose ${name} cannot be imported`;
  const symptoms = await importSymptoms(view, "layer-version-old", functions, failure?.module ?? "");
  const explains = distinct(
    findingsOf(view, "imports-work", functions),
    findingsOf(view, "layers-newest", together),
    symptoms,
  );
  const has = lacks
    ? `has ${name}${bringing?.version === undefined ? "" : ` ${bringing.version}`}`
    : `has a ${name} that can be imported`;
  const old = uniqueBy(about, ({ layer }) => layer.id).map(({ layer }) => `:${layer.version}`);
  const newer = uniqueBy(about, (entry) => entry.newest.id).map((entry) => entry.newest.label);
  return {
    headline: `${who(functions)} ${verb(functions, "runs", "run")} on an old layer ${what}`,
    summary: sentences(
      `The layer ${listed(newer)} ${has}; ${functions.length === 1 ? "this function is" : "these functions are"} still on ${listed(old)}${lacks ? ", which has not" : ""}.`,
      failsBeforeItsCode,
    ),
    subjects: functions,
    confidence: "certain",
    because: proof([], explains),
    explains,
    remedies: await remediesOf(view, place, together, all),
  };
}

/** An old version that does no harm yet: only what the check of layer versions found is explained. */
async function workingProposal(
  view: View,
  place: Place,
  group: readonly [Entry, ...Entry[]],
): Promise<readonly Proposal[]> {
  const functions = group.map(({ fn }) => fn);
  const explains = findingsOf(view, "layers-newest", functions);
  if (explains.length === 0) return [];
  const [{ outdated }] = group;
  const versions = outdated.map(
    ({ layer, newest }) => `${layer.label}, of which version ${newest.version} is the newest`,
  );
  return [
    {
      headline: `${who(functions)} ${verb(functions, "uses", "use")} ${listed(versions)}`,
      summary: "Publishing a layer version changes no function: each keeps the version that was attached to it.",
      subjects: functions,
      confidence: "certain",
      because: [],
      explains,
      remedies: await remediesOf(
        view,
        place,
        functions,
        group.flatMap((entry) => entry.outdated),
      ),
    },
  ];
}

function findingsOf(
  view: View,
  check: "imports-work" | "layers-newest",
  functions: readonly FunctionRef[],
): readonly Finding[] {
  return view.of(check).filter(({ subject }) => functions.some(({ id }) => id === subject.id));
}

async function remediesOf(view: View, place: Place, functions: readonly FunctionRef[], outdated: readonly Outdated[]) {
  const list = await configured(view, functions);
  const newest = (arn: string): string => outdated.find(({ layer }) => layer.id === arn)?.newest.id ?? arn;
  const plan = buildAndDeploy(place);
  return [
    remedy("now", "Attach the newest version of the layer.", attachCommands(place, list, newest), {
      advice: fixedVersionRemark(functions),
    }),
    remedy("for-good", "Build and deploy the stack, so that its template attaches what it builds.", plan.commands, {
      variables: plan.variables,
      advice: sentences("A template that names one version's ARN must name the new one.", plan.advice),
    }),
    verifying(place),
  ];
}
