import { expect, test } from "vitest";
import { exampleConfiguration, exampleFunction, exampleLayer } from "../../src/checks/support/examples.ts";
import { collectDatabaseSettings } from "../../src/collect/database-settings.ts";
import { collectFunctionLayerContents, collectFunctionLayers } from "../../src/collect/layers.ts";
import { collector, createFacts, known, unreadable, type Collector } from "../../src/core/fact.ts";
import { databaseFunctions, databaseUrl, type Setting } from "../../src/facts/database.ts";
import { databaseSettings } from "../../src/facts/database-settings.ts";
import { functionConfiguration } from "../../src/facts/functions.ts";
import { functionLayerContents, functionLayers, layerVersion, newestLayerVersion } from "../../src/facts/layers.ts";
import { layerInventory } from "../../src/facts/packages.ts";

const fn = exampleFunction();
const [common, vendor] = [exampleLayer(7), exampleLayer(3, "vendor", "999988887777")];
const foreign = unreadable("foreign", `the layer ${vendor.id}`, "It is another account's.");
const source = { ask: async () => Promise.reject(new Error("Nothing is asked.")) };

const attached = collector(functionConfiguration, async () =>
  known(exampleConfiguration({ layers: [common, vendor].map(({ id }) => ({ arn: id, codeSize: 1 })) })),
);
const facts = (...more: readonly Collector[]) =>
  createFacts([collectFunctionLayers, collectFunctionLayerContents, collectDatabaseSettings, ...more], source);

test("a function's layers keep their order, and one that cannot be read costs nothing but itself", async () => {
  const gone = known({ exists: false as const });
  const run = facts(
    attached,
    collector(layerVersion, async (_context, layer) => (layer.id === vendor.id ? foreign : gone)),
    collector(newestLayerVersion, async (_context, layer) =>
      layer.id === vendor.id ? foreign : known(exampleLayer(8)),
    ),
    collector(layerInventory, async () => foreign),
  );
  expect(await run.get(functionLayers, fn)).toMatchObject({
    state: "known",
    value: [
      { layer: common, version: { state: "known", value: { exists: false } }, newest: { value: { version: 8 } } },
      { layer: vendor, version: foreign, newest: foreign },
    ],
  });
  expect(await run.get(functionLayerContents, fn)).toMatchObject({
    state: "known",
    value: [
      { layer: common, inventory: foreign },
      { layer: vendor, inventory: foreign },
    ],
  });
});

test("without the function's configuration its layers are not known", async () => {
  const missing = unreadable("denied", "the configuration", "Denied.", "lambda:GetFunction");
  const run = facts(collector(functionConfiguration, async () => missing));
  expect(await run.get(functionLayers, fn)).toEqual(missing);
  expect(await run.get(functionLayerContents, fn)).toEqual(missing);
});

test("the URLs of all functions that use the database stand side by side", async () => {
  const other = exampleFunction("GetContractInfo");
  const setting = known<Setting>({ looked: ["DATABASE_URL"], value: known({ found: false, reason: "None." }) });
  const run = facts(
    collector(databaseFunctions, async () => known([fn, other])),
    collector(databaseUrl, async (_context, of) => (of.id === fn.id ? setting : foreign)),
  );
  expect(await run.get(databaseSettings, null)).toMatchObject({
    state: "known",
    value: [
      { fn, setting: { state: "known", value: { looked: ["DATABASE_URL"] } } },
      { fn: other, setting: foreign },
    ],
  });
});
