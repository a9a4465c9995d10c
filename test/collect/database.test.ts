import { describe, expect, test } from "vitest";
import {
  exampleConfiguration,
  exampleFunction,
  exampleInventory,
  exampleLayer,
} from "../../src/checks/support/examples.ts";
import { collectDatabaseUse } from "../../src/collect/database.ts";
import { collectImportPrediction } from "../../src/collect/packages.ts";
import { collectDatabaseUrl } from "../../src/collect/settings.ts";
import { collector, createFacts, known, unreadable, type Fact } from "../../src/core/fact.ts";
import { configuration, parseConfiguration } from "../../src/facts/configuration.ts";
import { databaseUse } from "../../src/facts/database.ts";
import { functionConfiguration } from "../../src/facts/functions.ts";
import type { Inventory, Step } from "../../src/facts/inventory.ts";
import { functionInventory, layerInventory } from "../../src/facts/packages.ts";

const fn = exampleFunction();
const layer = exampleLayer(7);
const denied = unreadable("denied", `the layer ${layer.label}`, "It was denied.", "lambda:GetLayerVersion");
const imports = (line: number, module: string): Step => ({ do: "import", line, module });

const packageOf = (files: Readonly<Record<string, readonly Step[]>>): Fact<Inventory> =>
  known({
    ...exampleInventory({ files: Object.fromEntries(Object.keys(files).map((file) => [file, 100])) }),
    python: Object.fromEntries(Object.entries(files).map(([file, steps]) => [file, { steps: [...steps], later: [] }])),
  });

function useOf(own: Fact<Inventory>, environment: Readonly<Record<string, string>>) {
  const found = exampleConfiguration({
    runtime: "python3.12",
    handler: "app.handler",
    environment,
    layers: [{ arn: layer.id, codeSize: 1 }],
  });
  const facts = createFacts(
    [
      collectDatabaseUse,
      collectImportPrediction,
      collectDatabaseUrl,
      collector(configuration, async () => known(parseConfiguration({}))),
      collector(functionConfiguration, async () => known(found)),
      collector(functionInventory, async () => own),
      collector(layerInventory, async () => denied),
    ],
    { ask: async () => ({ status: "not-recorded" }) },
  );
  return facts.get(databaseUse, fn);
}

describe("whether a function uses the database, with a layer that may not be read", () => {
  test("is told by the driver that its own code imports", async () => {
    const own = packageOf({ "app.py": [imports(3, "db")], "db.py": [imports(5, "pg8000")] });
    expect(await useOf(own, {})).toMatchObject({
      state: "known",
      value: { uses: true, because: "GetCustomerUsage imports pg8000 (/var/task/db.py:5)." },
    });
  });

  test("is told by a variable for the URL, even an empty one, where its code asks the layer for the rest", async () => {
    const own = packageOf({ "app.py": [imports(3, "common_db")] });
    expect(await useOf(own, { DATABASE_URL: "" })).toMatchObject({
      state: "known",
      value: { uses: true, because: "GetCustomerUsage has a variable DATABASE_URL for the database URL." },
    });
    expect(await useOf(own, { DATABASE_URL_PARAM_NAME: " " })).toMatchObject({ value: { uses: true } });
    expect(await useOf(own, { DATABASE_NAME: "copilot" })).toEqual(denied);
  });

  test("is told by code that needs nothing of the layer, whatever its variables are", async () => {
    const own = packageOf({ "app.py": [imports(1, "json"), { do: "bind", names: ["handler"] }] });
    expect(await useOf(own, { DATABASE_URL: "" })).toMatchObject({ state: "known", value: { uses: false } });
  });

  test("is told by the variable where the package may not be read either", async () => {
    expect(await useOf(denied, { DATABASE_URL: "" })).toMatchObject({ state: "known", value: { uses: true } });
    expect(await useOf(denied, {})).toEqual(denied);
  });
});
