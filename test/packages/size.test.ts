import { describe, expect, it } from "vitest";
import { inventoryOfFolder } from "../../src/packages/inventory.ts";
import { sizeReport, type SizePart } from "../../src/packages/size.ts";

async function part(
  kind: SizePart["kind"],
  name: string,
  files: Readonly<Record<string, number | string>>,
): Promise<SizePart> {
  const result = await inventoryOfFolder(
    Object.entries(files).map(([path, content]) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.alloc(content, 35);
      return { path, mode: 0o100644, size: bytes.length, read: () => Promise.resolve(bytes) };
    }),
  );
  if (!result.ok) throw new Error(result.problem.text);
  return { kind, name, inventory: result.inventory };
}
const distribution = (root: string, name: string, version: string, top: string, bytes: number) => ({
  [`${root}${top}/__init__.py`]: bytes,
  [`${root}${name.replaceAll("-", "_")}-${version}.dist-info/METADATA`]: `Name: ${name}\nVersion: ${version}\n`,
  [`${root}${name.replaceAll("-", "_")}-${version}.dist-info/top_level.txt`]: `${top}\n`,
});

describe("the size of a function", () => {
  it("is that of its code and layers, the heaviest packages first, libraries counted with their package", async () => {
    const report = sizeReport(
      [
        await part("package", "fn", { "app.py": 100, "shared/__init__.py": 50 }),
        await part("layer", "common:3", {
          ...distribution("python/", "psycopg2-binary", "2.9.9", "psycopg2", 5000),
          "python/psycopg2_binary.libs/libpq-1.so.5": 20_000,
          "python/numpy/__init__.py": 7000,
        }),
      ],
      "python3.12",
    );
    expect(report.parts.map(({ name }) => name)).toEqual(["fn", "common:3"]);
    expect(report.unpackedBytes).toBe(report.parts.reduce((sum, { bytes }) => sum + bytes, 0));
    const [first, second] = report.heaviest;
    expect(first).toMatchObject({ name: "psycopg2-binary", version: "2.9.9", in: "common:3" });
    expect(first?.bytes).toBeGreaterThanOrEqual(25_000);
    expect(second).toEqual({ name: "numpy", in: "common:3", bytes: 7000 });
    expect(report.duplicates).toEqual([]);
    expect(report.provided).toEqual([]);
  });

  it("tells what is in more than one part, and whose files win", async () => {
    const old = await part("layer", "a:1", distribution("python/", "psycopg2-binary", "2.9.9", "psycopg2", 10));
    const young = await part("layer", "b:1", distribution("python/", "psycopg2-binary", "2.9.10", "psycopg2", 10));
    const own = await part("package", "fn", distribution("", "psycopg2-binary", "2.9.8", "psycopg2", 10));
    const bare = await part("package", "fn", { "app.py": 1 });
    const two = sizeReport([bare, old, young], "python3.12").duplicates;
    expect(two).toMatchObject([{ name: "psycopg2-binary", winner: "b:1" }]);
    expect(two[0]?.copies.map(({ version }) => version)).toEqual(["2.9.9", "2.9.10"]);
    expect(sizeReport([own, old, young], "python3.12").duplicates).toMatchObject([
      { winner: "fn", copies: [{ in: "fn" }, { in: "a:1" }, { in: "b:1" }] },
    ]);
  });

  it("tells what the runtime brings, by distribution or by folder, for Python and for Node", async () => {
    const python = await part("layer", "sdk:1", {
      ...distribution("python/", "boto3", "1.34.0", "boto3", 900),
      "python/botocore/__init__.py": 12_000,
      "python/boto3x/__init__.py": 5,
    });
    expect(sizeReport([python], "python3.12").provided.map(({ name }) => name)).toEqual(["boto3", "botocore"]);
    expect(sizeReport([python], "nodejs22.x").provided).toEqual([]);
    const node = await part("package", "fn", {
      "index.js": "exports.handler = () => require('@aws-sdk/client-s3')",
      "node_modules/@aws-sdk/client-s3/package.json": '{"version": "3.1.0", "main": "index.js"}',
      "node_modules/@aws-sdk/client-s3/index.js": 4000,
      "node_modules/pg/index.js": 10,
    });
    expect(sizeReport([node], "nodejs22.x").provided).toMatchObject([{ name: "@aws-sdk/client-s3", version: "3.1.0" }]);
    expect(sizeReport([node], "nodejs16.x").provided).toEqual([]);
  });
});
