import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { inventorySchema, inventoryVersion } from "../../src/facts/inventory.ts";
import { inventoryFileName, readCached, writeCached } from "../../src/source/inventory-cache.ts";
import { inventoryOf } from "../packages/support/view.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hash = Buffer.alloc(32, 7).toString("base64");

test("An inventory of the present form is used again, one of an older form is made anew and yet replays", async () => {
  const inventory = await inventoryOf({ "app.py": "import json\n" });
  await writeCached(folder, hash, [], inventory);
  expect(await readCached(folder, hash, [])).toEqual(inventory);
  expect(await readCached(folder, hash, ["orjson"])).toBeUndefined();
  const file = path.join(folder, inventoryFileName(hash));
  const older = { ...inventory, version: inventoryVersion - 1 };
  writeFileSync(file, JSON.stringify({ version: inventoryVersion - 1, codeSha256: hash, inventory: older }));
  expect(readFileSync(file, "utf8")).toContain(`"version":${inventoryVersion - 1}`);
  expect(await readCached(folder, hash, [])).toBeUndefined();
  expect(inventorySchema.safeParse(older).success).toBe(true);
});
