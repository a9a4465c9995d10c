// Loads a handler in the order in which Lambda's Node runtime looks for it, and prints what came of it as JSON.
// node load-handler.mjs FOLDER HANDLER
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const [root, handler] = process.argv.slice(2);
const slash = handler.lastIndexOf("/") + 1;
const dot = handler.indexOf(".", slash);
const base = path.join(root, handler.slice(0, dot));
const typescript = Number(process.versions.node.split(".", 1)[0]) >= 24;

/** Whether the nearest package.json makes modules of `.js` files. */
function isModuleFolder(folder) {
  const manifest = path.join(folder, "package.json");
  if (folder.endsWith("/node_modules")) return false;
  if (existsSync(manifest)) {
    try {
      return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
    } catch {
      return false;
    }
  }
  return folder !== "/" && isModuleFolder(path.dirname(folder));
}

async function loaded() {
  const byRequire = (file) => () => require(file);
  const byImport = (file) => () => import(file);
  const plain = isModuleFolder(path.dirname(base)) ? byImport : byRequire;
  const ways = [
    ["", byRequire],
    [".js", plain],
    [".mjs", byImport],
    [".cjs", byRequire],
    ...(typescript
      ? [
          [".ts", plain],
          [".mts", byImport],
          [".cts", byRequire],
        ]
      : []),
  ];
  const found = ways.find(([extension]) => existsSync(base + extension));
  if (found !== undefined) return found[1](base + found[0])();
  return require(require.resolve(handler.slice(slash, dot), { paths: [root, path.dirname(base)] }));
}

function outcome(error) {
  if (error instanceof SyntaxError) return { type: "Runtime.UserCodeSyntaxError", message: String(error) };
  if (error.code === "MODULE_NOT_FOUND") return { type: "Runtime.ImportModuleError", message: String(error) };
  return { type: error.name, message: error.message };
}

let said;
try {
  const names = handler.slice(dot + 1).split(".");
  const found = names.reduce((at, name) => at?.[name], await loaded());
  said = found
    ? { ok: true }
    : { ok: false, type: "Runtime.HandlerNotFound", message: `${handler} is undefined or not exported` };
} catch (error) {
  said = { ok: false, ...outcome(error) };
}
console.log(JSON.stringify(said));
process.exit(0);
