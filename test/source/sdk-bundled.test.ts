// The bundle leaves out what the SDK's clients have for operations that are never called. What is left must be whole: each
// command's schema with all that it refers to, and each error that a service may answer with.
import { build, type Plugin } from "esbuild";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot } from "../lab/cli.ts";

const sdk = path.join(projectRoot(), "src", "source", "sdk");
const above = path.join(projectRoot(), "node_modules", ".cache");
mkdirSync(above, { recursive: true });
const folder = mkdtempSync(path.join(above, "cscp-sdk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clients = readdirSync(sdk).filter((name) => !["base.ts", "signer.ts"].includes(name));

beforeAll(async () => {
  const spare: unknown = await import(pathToFileURL(path.join(projectRoot(), "scripts", "spare.mjs")).href);
  const { plugins } = spare as { readonly plugins: Plugin[] };
  for (const [name, used] of [
    ["spared", plugins],
    ["whole", []],
  ] as const) {
    await build({
      entryPoints: clients.map((file) => path.join(sdk, file)),
      outdir: path.join(folder, name),
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      mainFields: ["module", "main"],
      plugins: [...used],
      minifySyntax: true,
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
  }
}, 60_000);

interface Client {
  readonly config: {
    readonly protocol: { readonly compositeErrorRegistry: { readonly schemas: Map<string, unknown> } };
  };
}

/** A schema with what it refers to written out; of one that refers to itself, its name. */
function whole(schema: unknown, within: readonly unknown[] = []): unknown {
  const found: unknown = typeof schema === "function" ? (schema as () => unknown)() : schema;
  if (!Array.isArray(found)) return found;
  if (within.includes(found)) return found.slice(0, 3);
  return found.map((part) => whole(part, [...within, found]));
}

const parts = async (kind: "spared" | "whole", client: string) => {
  const file = path.join(folder, kind, client.replace(".ts", ".mjs"));
  const exported = Object.entries(
    (await import(pathToFileURL(file).href)) as Record<string, new (given: object) => unknown>,
  );
  return {
    bytes: statSync(file).size,
    schemas: Object.fromEntries(
      exported.flatMap(([name, Command]) =>
        name.endsWith("Command") ? [[name, whole((new Command({}) as { schema: unknown }).schema)]] : [],
      ),
    ),
    errors: exported.flatMap(([name, Made]) =>
      name.endsWith("Client")
        ? [...(new Made({ region: "eu-west-1" }) as Client).config.protocol.compositeErrorRegistry.schemas].map(
            ([id, error]) => [id, whole(error)],
          )
        : [],
    ),
  };
};

it.each(clients)("%s has all of its commands' schemas and all errors", async (client) => {
  const [spared, all] = [await parts("spared", client), await parts("whole", client)];
  expect(Object.keys(spared.schemas).length).toBeGreaterThan(0);
  expect(spared.schemas).toEqual(all.schemas);
  expect(spared.errors.length).toBeGreaterThan(0);
  expect(spared.errors).toEqual(all.errors);
});

it("leaves out what others need", async () => {
  expect((await parts("spared", "ec2.ts")).bytes).toBeLessThan((await parts("whole", "ec2.ts")).bytes / 10);
  expect((await parts("spared", "lambda.ts")).bytes).toBeLessThan((await parts("whole", "lambda.ts")).bytes / 1.5);
});
