// Bundles an entry as the command line is bundled: a chunk for each part that is loaded only when it is needed, and the
// loader of them, which keeps V8's compiled code between runs. What Node's own loader does for ES modules it cannot do with
// kept code, so every chunk is a CommonJS module, wrapped in its function already.
import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { filesOf } from "./packs.mjs";
import { plugins } from "./spare.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

const shared = {
  absWorkingDir: root,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["pg-native"],
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  write: false,
};

/** Writes to `outdir` the files of `entry`, a module with a function `run(process)`; what was there before goes. */
export async function bundle(entry, outdir) {
  const chunks = await build({
    ...shared,
    entryPoints: { main: entry },
    outdir,
    splitting: true,
    format: "esm",
    plugins,
    define: { CSCP_VERSION: JSON.stringify(version), "import.meta.url": "__meta.url" },
    metafile: true,
  });
  const modules = await Promise.all(
    chunks.outputFiles.map(async ({ path: file, text }) => {
      // Compiled code can be kept of scripts that hold no import() of their own.
      const { code } = await transform(text, {
        format: "cjs",
        platform: "node",
        target: "node20",
        supported: { "dynamic-import": false },
        minifyWhitespace: true,
        minifySyntax: true,
      });
      return { name: path.basename(file), text: `function (exports, require, module, __meta) {${code}}` };
    }),
  );

  const files = filesOf(chunks.metafile.outputs, path.relative(root, path.join(outdir, "main.cjs")), modules);
  const content = createHash("sha256");
  for (const { name, text } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) content.update(`${name}\n${text}`);
  const loader = await build({
    ...shared,
    entryPoints: { load: "src/cli/load.ts" },
    outdir,
    format: "cjs",
    minify: true,
    define: { CSCP_BUILD: JSON.stringify(`${version}-${content.digest("hex").slice(0, 16)}`) },
  });

  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  for (const { name, text } of files) writeFileSync(path.join(outdir, name), text);
  for (const { path: file, text } of loader.outputFiles) writeFileSync(file, text);
}
