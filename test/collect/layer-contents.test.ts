import { expect, test } from "vitest";
import { exampleConfiguration, exampleFunction, exampleLayer } from "../../src/checks/support/examples.ts";
import { collectLayerInventory } from "../../src/collect/packages.ts";
import { collector, createFacts, known, unreadable } from "../../src/core/fact.ts";
import { functionConfiguration, functions } from "../../src/facts/functions.ts";
import { layerVersion, type LayerVersion } from "../../src/facts/layers.ts";
import { functionInventory, layerInventory } from "../../src/facts/packages.ts";
import { inventoryOf } from "../packages/support/view.ts";

const [used, newest, other] = [exampleLayer(3), exampleLayer(4), exampleLayer(1, "other")];
const codeSha256 = Buffer.alloc(32).toString("base64");

test("A layer is read for what all functions import that have it, in whichever version", async () => {
  const [first, second, third, denied] = ["First", "Second", "Third", "Denied"].map((name) => exampleFunction(name));
  if (first === undefined || second === undefined || third === undefined || denied === undefined) throw new Error();
  const sources = new Map([
    [first.id, "import orjson\n\ndef handler(event, context):\n    import sentry_sdk.utils\n"],
    [second.id, "from pandas import DataFrame\n"],
    [third.id, "import numpy\n"],
  ]);
  const content = await inventoryOf({ "python/orjson/__init__.py": "" });
  const asked: unknown[] = [];
  const run = createFacts(
    [
      collectLayerInventory,
      collector(functions, async () => known([first, second, third, denied])),
      collector(functionConfiguration, async (_context, fn) =>
        known(exampleConfiguration({ layers: [{ arn: fn.id === third.id ? other.id : used.id, codeSize: 1 }] })),
      ),
      collector(functionInventory, async (_context, fn) =>
        fn.id === denied.id
          ? unreadable("denied", "the package", "Denied.", "lambda:GetFunction")
          : known(await inventoryOf({ "app.py": sources.get(fn.id) ?? "" })),
      ),
      collector(layerVersion, async () =>
        known<LayerVersion>({ exists: true, codeSha256, runtimes: [], architectures: [], codeSize: 1 }),
      ),
    ],
    {
      ask: async ({ params, how }) => {
        asked.push([params["of"], { modules: await (how as { modules: Promise<unknown> }).modules }]);
        return { status: "ok" as const, body: content };
      },
    },
  );
  await run.get(layerInventory, used);
  await run.get(layerInventory, newest);
  const how = { modules: ["orjson", "pandas", "pandas.DataFrame", "sentry_sdk", "sentry_sdk.utils"] };
  expect(asked).toEqual([
    [{ kind: "layer", arn: used.id }, how],
    [{ kind: "layer", arn: newest.id }, how],
  ]);
});
