import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import { layerRef, type FunctionRef, type LayerRef } from "../core/subject.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import {
  functionLayerContents,
  functionLayers,
  layers,
  layerVersion,
  newestLayerVersion,
  type FunctionLayer,
  type LayerContent,
} from "../facts/layers.ts";
import { layerInventory } from "../facts/packages.ts";
import { ask } from "../facts/requests/index.ts";
import { lambdaLayerVersion, lambdaLayerVersions } from "../facts/requests/lambda.ts";
import { identity } from "../facts/run.ts";

export const collectLayers = collector(layers, async (context) => {
  const list = await context.get(functions, null);
  if (list.state === "unreadable") return list;
  const configurations = await Promise.all(list.value.map((fn) => context.get(functionConfiguration, fn)));
  const attached = new Map<string, LayerRef>();
  for (const configuration of configurations) {
    if (configuration.state === "unreadable") continue;
    for (const { arn } of configuration.value.layers) {
      const layer = layerRef(arn);
      if (layer !== undefined) attached.set(arn, layer);
    }
  }
  return known([...attached.values()]);
});

export const collectLayerVersion = collector(layerVersion, async (context, layer) => {
  const reply = await ask(context, lambdaLayerVersion, { arn: layer.id });
  if (reply.status === "ok") return known(reply.body);
  return foreignOr(await context.get(identity, null), layer, unreadableReply(reply, `the layer ${layer.id}`));
});

export const collectNewestLayerVersion = collector(newestLayerVersion, async (context, layer) => {
  const reply = await ask(context, lambdaLayerVersions, { layerArn: layer.layerArn });
  if (reply.status !== "ok") {
    return foreignOr(
      await context.get(identity, null),
      layer,
      unreadableReply(reply, `the versions of the layer ${layer.name}`),
    );
  }
  const newest = reply.body.reduce((best, entry) => (entry.version > best.version ? entry : best), {
    arn: layer.id,
    version: layer.version,
  });
  return known(layerRef(newest.arn) ?? layer);
});

export const collectFunctionLayers = collector(functionLayers, (context, fn) =>
  forEachLayer(context, fn, async (layer): Promise<FunctionLayer> => {
    const [version, newest] = await Promise.all([
      context.get(layerVersion, layer),
      context.get(newestLayerVersion, layer),
    ]);
    return { layer, version, newest };
  }),
);

export const collectFunctionLayerContents = collector(functionLayerContents, (context, fn) =>
  forEachLayer(context, fn, async (layer): Promise<LayerContent> => {
    return { layer, inventory: await context.get(layerInventory, layer) };
  }),
);

async function forEachLayer<T>(
  context: CollectContext,
  fn: FunctionRef,
  read: (layer: LayerRef) => Promise<T>,
): Promise<Fact<readonly T[]>> {
  const configuration = await context.get(functionConfiguration, fn);
  if (configuration.state === "unreadable") return configuration;
  const attached = configuration.value.layers.flatMap(({ arn }) => layerRef(arn) ?? []);
  return known(await Promise.all(attached.map(read)));
}

/** What another account's layer does not show is nobody's fault and no gap: it is noted. */
function foreignOr<T>(
  caller: Fact<{ readonly account: string }>,
  layer: LayerRef,
  otherwise: ReturnType<typeof unreadable>,
): Fact<T> {
  const account = layer.layerArn.split(":")[4];
  if (caller.state === "unreadable" || account === caller.value.account) return otherwise;
  return unreadable(
    "foreign",
    otherwise.what,
    `The layer ${layer.id} is another account's and may not be read.`,
    otherwise.action,
  );
}
