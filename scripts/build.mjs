// Bundles src/cli into dist: a chunk for each command and library that is loaded only when it is needed, and the loader of
// them, which keeps V8's compiled code between runs. What Node's own loader does for ES modules it cannot do with kept
// code, so every chunk is a CommonJS module, wrapped in its function already.
import { build, transform } from "esbuild";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

/** Commander loads it to start subcommands that are programs of their own; cscp has none, and it takes 2 ms. */
const commanderWithoutPrograms = {
  name: "commander-without-programs",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "nothing", namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

const shared = {
  absWorkingDir: root,
  outdir: "dist",
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

const chunks = await build({
  ...shared,
  entryPoints: { main: "src/cli/main.ts" },
  splitting: true,
  format: "esm",
  plugins: [commanderWithoutPrograms],
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

/** What every command begins with is one file, so that it is read at once. */
const first = new Set();
const addFirst = (output) => {
  if (first.has(path.basename(output))) return;
  first.add(path.basename(output));
  for (const { path: next, kind } of chunks.metafile.outputs[output].imports)
    if (kind === "import-statement") addFirst(next);
};
addFirst("dist/main.cjs");
const asFile = (name, contents) => ({
  name,
  text: `({\n${contents.map((module) => `${JSON.stringify(module.name)}: ${module.text}`).join(",\n")}\n})\n`,
});
const files = [
  asFile(
    "main.cjs",
    modules.filter(({ name }) => first.has(name)),
  ),
  ...modules.filter(({ name }) => !first.has(name)).map((module) => asFile(module.name, [module])),
];
const content = createHash("sha256");
for (const { name, text } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) content.update(`${name}\n${text}`);
const loader = await build({
  ...shared,
  entryPoints: { load: "src/cli/load.ts" },
  format: "cjs",
  minify: true,
  define: { CSCP_BUILD: JSON.stringify(`${version}-${content.digest("hex").slice(0, 16)}`) },
});

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const { name, text } of files) writeFileSync(path.join(dist, name), text);
for (const { path: file, text } of loader.outputFiles) writeFileSync(file, text);

// Without compiled code every command works, only more slowly.
const { status } = spawnSync(process.execPath, [path.join(root, "scripts", "compile.cjs")], { stdio: "inherit" });
if (status !== 0) console.warn("The code could not be compiled ahead; commands compile it when they are first run.");
