// Runs one TypeScript file of this project on any supported Node: `node scripts/run.mjs FILE [ARG...]`.
// Node 20 cannot strip types, so the file and what it imports from here are bundled first; packages stay outside.
import { build } from "esbuild";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node scripts/run.mjs FILE [ARG...]");
  process.exit(2);
}
const folder = path.join(root, "node_modules", ".cache", "cscp");
mkdirSync(folder, { recursive: true });
const outfile = path.join(folder, `${path.basename(file, ".ts")}-${process.pid}.mjs`);
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
process.argv.splice(1, process.argv.length - 1, path.resolve(file), ...args);
await import(pathToFileURL(outfile).href);
