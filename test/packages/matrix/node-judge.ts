// Holds the prediction for a function of Node against what a real Node says of the same folder.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inventoryOfFolder } from "../../../src/packages/inventory.ts";
import { importedNames } from "../../../src/packages/judge.ts";
import { predictHandler, type HandlerPrediction } from "../../../src/packages/predict.ts";
import { buildView } from "../../../src/packages/view.ts";
import { filesOf, type Outcome } from "./interpreter.ts";
import type { NodeCell } from "./node-cells.ts";

export type JudgedNode = {
  cell: NodeCell;
  real: Outcome;
  prediction: HandlerPrediction;
  verdictAgrees: boolean;
  messageAgrees: boolean;
};

export type NodeProgram = { program: string; version: number };

const loader = path.join(process.cwd(), "test", "packages", "matrix", "load-handler.mjs");
/** What Lambda passes to its Nodes (AWS's guide, "Building Lambda functions with Node.js"). */
const flags: Readonly<Record<number, readonly string[]>> = {
  20: ["--no-experimental-require-module"],
  22: ["--no-experimental-require-module", "--no-experimental-detect-module"],
  24: [],
};

/** Lays a cell's files out below `root` and loads its handler for real. */
export async function judgeNode(cell: NodeCell, root: string, node: NodeProgram): Promise<JudgedNode> {
  const task = path.join(root, cell.name.replaceAll(/\W+/g, "-"), "task");
  const opt = path.join(path.dirname(task), "opt");
  for (const [folder, files] of [
    [task, cell.files],
    [opt, cell.layer ?? {}],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
  }
  return judgeFolders(cell, task, opt, node);
}

/** The same of folders that are there already. */
export async function judgeFolders(cell: NodeCell, task: string, opt: string, node: NodeProgram): Promise<JudgedNode> {
  const handler = cell.handler ?? "index.handler";
  const real = await reallyLoad(node, task, opt, handler);
  const own = await inventoryOfFolder(filesOf(task));
  if (!own.ok) throw new Error(own.problem.text);
  const layer = await inventoryOfFolder(filesOf(opt), { modules: importedNames(own.inventory) });
  if (!layer.ok) throw new Error(layer.problem.text);
  const view = buildView({
    package: { name: "cell", inventory: own.inventory },
    layers: [{ name: "layer", inventory: layer.inventory }],
  });
  const prediction = predictHandler(view, {
    runtime: `nodejs${node.version}.x`,
    handler,
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
  });
  const { verdict, failure } = prediction;
  const verdictAgrees = verdict === (real.ok ? "will-import" : "will-fail");
  const said = failure === undefined ? undefined : { type: failure.errorType, message: failure.message };
  const same =
    real.ok || said === undefined
      ? verdictAgrees
      : said.type === real.type &&
        (failure?.exact === false ? begins(real.message, said.message) : said.message === real.message);
  return { cell, real, prediction, verdictAgrees, messageAgrees: same };
}

/** Where a part of the text is not known in advance, it stands as `…`. */
function begins(real: string, predicted: string): boolean {
  return predicted.endsWith("…") ? real.startsWith(predicted.slice(0, -1)) : real === predicted;
}

function reallyLoad({ program, version }: NodeProgram, task: string, opt: string, handler: string): Promise<Outcome> {
  const NODE_PATH = [`${opt}/nodejs/node${version}/node_modules`, `${opt}/nodejs/node_modules`, task].join(":");
  const env = { PATH: process.env["PATH"] ?? "", NODE_PATH };
  const args = ["--no-warnings", ...(flags[version] ?? []), loader, task, handler];
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 60_000 }, (error, output) => {
      const line = output.trim().split("\n").at(-1) ?? "";
      const text = line
        .replaceAll(`file://${task}`, "/var/task")
        .replaceAll(task, "/var/task")
        .replaceAll(opt, "/opt")
        .replaceAll(loader, "/var/runtime/index.mjs");
      resolve(
        text.startsWith("{")
          ? (JSON.parse(text) as Outcome)
          : { ok: false, type: "crash", message: error?.message ?? "" },
      );
    });
  });
}
