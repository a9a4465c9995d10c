import {
  collector,
  known,
  unreadable,
  unreadableReply,
  type CollectContext,
  type Fact,
  type Unreadable,
} from "../core/fact.ts";
import { layerRef, type FunctionRef, type LayerRef } from "../core/subject.ts";
import { isSecret } from "../core/secret.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../facts/functions.ts";
import type { Inventory } from "../facts/inventory.ts";
import { layerVersion, newestLayerVersion } from "../facts/layers.ts";
import {
  functionInventory,
  importPrediction,
  importPredictionWithNewestLayers,
  layerInventory,
  packageOwners,
  type DriverImport,
  type ImportPrediction,
} from "../facts/packages.ts";
import { ask } from "../facts/requests/index.ts";
import { packageInventory } from "../facts/requests/package.ts";
import { functionParams } from "./functions.ts";

export const collectFunctionInventory = collector(functionInventory, async (context, fn) => {
  const configuration = await context.get(functionConfiguration, fn);
  if (configuration.state === "unreadable") return configuration;
  const what = `the package of ${fn.label}`;
  const { packageType, codeSha256 } = configuration.value;
  if (packageType === "Image")
    return unreadable("skipped", what, `${fn.label} is a container image, which is not looked into.`);
  const owners = await context.get(packageOwners, null);
  const owner = owners.state === "known" ? (owners.value[codeSha256] ?? fn) : fn;
  const of = { kind: "function" as const, ...functionParams(owner) };
  const reply = await ask(context, packageInventory, { codeSha256, of }, { modules: [] });
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, what);
});

export const collectPackageOwners = collector(packageOwners, async (context) => {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const configurations = await Promise.all(list.value.map((fn) => context.get(functionConfiguration, fn)));
  const owners: Record<string, FunctionRef> = {};
  for (const [index, fn] of list.value.entries()) {
    const configuration = configurations[index];
    if (configuration?.state === "known") owners[configuration.value.codeSha256] ??= fn;
  }
  return known(owners);
});

export const collectLayerInventory = collector(layerInventory, async (context, layer) => {
  const version = await context.get(layerVersion, layer);
  if (version.state === "unreadable") return version;
  const what = `the layer ${layer.label}`;
  if (!version.value.exists)
    return unreadable("failed", what, `The layer ${layer.id} no longer exists or may not be read.`);
  const { codeSha256 } = version.value;
  const modules = modulesWanted(context, layer);
  const reply = await ask(context, packageInventory, { codeSha256, of: { kind: "layer", arn: layer.id } }, { modules });
  return reply.status === "ok" ? known(reply.body) : unreadableReply(reply, what);
});

/** What the functions that use the layer, in whichever version, import by name: without it most of a large layer is left unread. */
async function modulesWanted(context: CollectContext, layer: LayerRef): Promise<string[]> {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return [];
  const { importedNames } = await import("../packages/judge.ts");
  const wanted = await Promise.all(
    list.value.map(async (fn) => {
      const configuration = await context.get(functionConfiguration, fn);
      if (configuration.state === "unreadable") return [];
      if (!configuration.value.layers.some(({ arn }) => withoutVersion(arn) === withoutVersion(layer.id))) return [];
      const inventory = await context.get(functionInventory, fn);
      return inventory.state === "known" ? importedNames(inventory.value) : [];
    }),
  );
  return [...new Set(wanted.flat())].toSorted();
}

function withoutVersion(arn: string): string {
  return arn.replace(/:\d+$/, "");
}

export const collectImportPrediction = collector(importPrediction, async (context, fn) =>
  predict(context, fn, async (layer) => layer),
);

export const collectImportPredictionWithNewestLayers = collector(
  importPredictionWithNewestLayers,
  async (context, fn) => {
    const newestOf = async (layer: LayerRef): Promise<LayerRef> => {
      const newest = await context.get(newestLayerVersion, layer);
      return newest.state === "known" ? newest.value : layer;
    };
    const configuration = await context.get(functionConfiguration, fn);
    if (configuration.state === "unreadable") return configuration;
    const attached = layersOf(configuration.value);
    const newest = await Promise.all(attached.map(newestOf));
    // Nothing is judged twice: most functions have the newest layers already.
    if (newest.every(({ id }, index) => id === attached[index]?.id)) return context.get(importPrediction, fn);
    return predict(context, fn, newestOf);
  },
);

const layersOf = ({ layers }: FunctionConfiguration): readonly LayerRef[] =>
  layers.flatMap(({ arn }) => layerRef(arn) ?? []);

/**
 * The drivers that the function's own code reaches as far as its files could be read: what is there to be seen even where
 * a layer is not, and the prediction therefore unreadable.
 */
export async function driversInReach(context: CollectContext, fn: FunctionRef): Promise<readonly DriverImport[]> {
  const read = await predictReadable(context, fn, async (layer) => layer);
  return read.state === "known" ? read.value.prediction.drivers : [];
}

async function predict(
  context: CollectContext,
  fn: FunctionRef,
  choose: (layer: LayerRef) => Promise<LayerRef>,
): Promise<Fact<ImportPrediction>> {
  const read = await predictReadable(context, fn, choose);
  if (read.state === "unreadable") return read;
  const { prediction, unread } = read.value;
  // What is missing may be in a layer that could not be read; what was found is found all the same.
  if (unread !== undefined && prediction.verdict !== "will-import") {
    return unreadable(unread.reason, unread.what, unread.message, unread.action);
  }
  return known(prediction);
}

/** The prediction from what could be read, and the first layer that could not. */
async function predictReadable(
  context: CollectContext,
  fn: FunctionRef,
  choose: (layer: LayerRef) => Promise<LayerRef>,
): Promise<Fact<{ readonly prediction: ImportPrediction; readonly unread: Unreadable | undefined }>> {
  const configuration = await context.get(functionConfiguration, fn);
  if (configuration.state === "unreadable") return configuration;
  const attached = layersOf(configuration.value);
  const chosen = await Promise.all(attached.map(choose));
  const [own, ...rest] = await Promise.all([
    context.get(functionInventory, fn),
    ...chosen.map((layer) => context.get(layerInventory, layer)),
  ]);
  if (own.state === "unreadable") return own;
  const unread = rest.find((inventory) => inventory.state === "unreadable");
  const layers = chosen.flatMap((layer, index) => {
    const inventory = rest[index];
    return inventory?.state === "known" ? [{ name: layer.label, arn: layer.id, inventory: inventory.value }] : [];
  });
  const prediction = await predictFrom(fn, configuration.value, own.value, layers);
  return known({ prediction, unread });
}

let last = Promise.resolve();

/**
 * Waits for a turn of the event loop of one's own. Functions that wait for one layer can all be judged at the same moment:
 * what judging hundreds of them makes and lets go of would be held at once.
 */
function turn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => void setImmediate(resolve)));
  return last;
}

async function predictFrom(
  fn: FunctionRef,
  { runtime, handler, architecture, environment }: FunctionConfiguration,
  own: Inventory,
  layers: readonly { readonly name: string; readonly arn: string; readonly inventory: Inventory }[],
): Promise<ImportPrediction> {
  const { predictHandler } = await import("../packages/predict.ts");
  const { buildView } = await import("../packages/view.ts");
  await turn();
  const readable = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (isSecret(value) ? [] : [[name, value]])),
  );
  return predictHandler(buildView({ package: { name: fn.label, inventory: own }, layers: [...layers] }), {
    runtime: runtime ?? "",
    handler: handler ?? "",
    architecture: architecture === "arm64" ? "arm64" : "x86_64",
    environment: readable,
  });
}
