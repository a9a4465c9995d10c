import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// Which parts of the program are one file. Each file costs a run two reads and a script of V8, a quarter of a millisecond;
// a doctor of 130 chunks spent a tenth of its processor time on that.

/**
 * Files in the order in which the doctor comes to them. Of each, the modules that are imported lazily, whose static imports
 * come with them as far as no file before has them; or two, of whose imports come those that they share.
 */
const packs = [
  { file: "aws", entries: ["src/source/sdk/base.ts", "src/source/agents.ts"] },
  { file: "aws", shared: ["src/source/sdk/sts.ts", "src/source/sdk/cloudformation.ts"] },
  { file: "requests", entries: ["src/facts/requests/index.ts"] },
  { file: "doctor", entries: ["src/cli/commands/doctor.ts", "src/source/live/stack-resources.ts"] },
  {
    file: "stack",
    entries: [
      "src/collect/registry.gen.ts",
      "src/source/live/run.ts",
      "src/source/live/stack.ts",
      "src/source/live/api.ts",
      "src/source/live/project.ts",
      "src/smoke/project-configuration.ts",
    ],
  },
  {
    file: "functions",
    entries: [
      "src/source/live/lambda.ts",
      "src/source/live/package.ts",
      "src/source/live/logs.ts",
      "src/source/live/iam.ts",
      "src/source/live/secrets.ts",
      "src/smoke/plan.ts",
      "src/facts/configuration.ts",
      "src/source/memory.ts",
    ],
  },
  {
    file: "packages",
    entries: [
      "src/packages/inventory.ts",
      "src/packages/judge.ts",
      "src/packages/predict.ts",
      "src/packages/view.ts",
      "src/packages/python/warm-up.ts",
      "node_modules/@lezer/python/dist/index.js",
    ],
  },
  // A tail and a triage classify what they read, and judge nothing else.
  { file: "logs", shared: ["src/cli/commands/logs-tail.ts", "src/checks/registry.gen.ts"] },
  {
    file: "judging",
    entries: [
      "src/checks/registry.gen.ts",
      "src/causes/registry.gen.ts",
      "src/cli/run-doctor.ts",
      "src/source/live/database.ts",
      "src/source/live/smoke.ts",
    ],
  },
];

/**
 * The built files, each an object of its modules by name: what every command begins with, the packs, and what is left, each
 * by itself. A module requires one of another file as `./file.cjs#module.cjs`.
 * @param outputs esbuild's, by path
 * @param main the path of the output that everything begins with
 * @param modules name and text of each output, as a function that Node would wrap it in
 */
export function filesOf(outputs, main, modules) {
  const named = packs.flatMap(({ entries = [], shared = [] }) => [...entries, ...shared]);
  for (const entry of named)
    if (!existsSync(path.join(root, entry))) throw new Error(`${entry}, which a pack names, is not there.`);
  const outputOf = new Map(Object.entries(outputs).map(([output, { entryPoint }]) => [entryPoint, output]));
  /** The outputs that are loaded with one, itself included. */
  const loadedWith = (output, found = new Set()) => {
    if (output === undefined || found.has(output)) return found;
    found.add(output);
    for (const { path: next, kind, external } of outputs[output].imports)
      if (kind === "import-statement" && external !== true) loadedWith(next, found);
    return found;
  };

  const fileOf = new Map();
  const place = (file, output) => {
    const name = path.basename(output);
    if (!fileOf.has(name)) fileOf.set(name, file);
  };
  for (const output of loadedWith(main.replaceAll(path.sep, "/"))) place("main.cjs", output);
  for (const { file, entries = [], shared } of packs) {
    for (const entry of entries) for (const output of loadedWith(outputOf.get(entry))) place(`${file}.cjs`, output);
    if (shared === undefined) continue;
    const [first, second] = shared.map((entry) => loadedWith(outputOf.get(entry)));
    for (const output of first) if (second.has(output)) place(`${file}.cjs`, output);
  }

  const files = new Map();
  for (const { name, text } of modules) {
    const file = fileOf.get(name) ?? name;
    // What esbuild names by a hash is found in the text nowhere else.
    const linked = text.replaceAll(/"\.\/([\w.-]+\.cjs)"/g, (whole, other) =>
      fileOf.has(other) ? `"./${fileOf.get(other)}#${other}"` : whole,
    );
    files.set(file, [...(files.get(file) ?? []), `${JSON.stringify(name)}: ${linked}`]);
  }
  return [...files].map(([name, parts]) => ({ name, text: `({\n${parts.join(",\n")}\n})\n` }));
}
