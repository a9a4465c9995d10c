// Bundles an entry as the command line is bundled: a chunk for each part that is loaded only when it is needed, and the
// loader of them, which keeps V8's compiled code between runs. What Node's own loader does for ES modules it cannot do with
// kept code, so every chunk is a CommonJS module, wrapped in its function already.
import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
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
    for (const { path: next, kind, external } of chunks.metafile.outputs[output].imports)
      if (kind === "import-statement" && external !== true) addFirst(next);
  };
  addFirst(path.relative(root, path.join(outdir, "main.cjs")).replaceAll(path.sep, "/"));
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
