// Reads of a package what Node's imports depend on: the function's own sources, then what they reach in node_modules.
import type { NodePackage, NodeSource } from "../../facts/inventory.ts";
import type { Gathering } from "../inventory.ts";
import { nativeFacts } from "../native.ts";
import { nodeDrivers } from "../drivers.ts";
import { locateNode, parentOf, splitSpecifier, type NodeFiles } from "./locate.ts";
import { nodeSourceFacts } from "./source-facts.ts";
import { loadNodeParser, readNode } from "./source.ts";

/** Waves of following imports: deeper chains than this are not known. */
const maxWaves = 60;

/** Fills the Node parts of the inventory. */
export async function gatherNode(gathering: Gathering): Promise<void> {
  const { inventory, store } = gathering;
  const paths = store.files;
  const own = [...paths.keys()].filter((path) => path.endsWith("js") && isOwnScript(path));
  const drivers = [...nodeDrivers].flatMap((name) =>
    ["", "nodejs/"].map((root) => `${root}node_modules/${name}/package.json`).filter((path) => paths.has(path)),
  );
  if (own.length === 0 && drivers.length === 0) return;
  const folders = new Set<string>();
  for (const path of Object.keys(inventory.folders)) for (let at = path; at !== ""; at = parentOf(at)) folders.add(at);
  const files: NodeFiles = {
    isFile: (path) => paths.has(path),
    isFolder: (path) => folders.has(path),
    packageAt: (path) => inventory.node.packages[path],
  };
  const layerModules = [
    "nodejs/node_modules",
    ...[...folders].filter((path) => /^nodejs\/node\d+\/node_modules$/.test(path)),
  ];
  const near = own.map((path) => manifestsAbove(path, paths)).flat();
  await readManifests(gathering, [...new Set([...near, ...drivers])]);
  let wave = [...own, ...drivers.flatMap((path) => entryOf(files, parentOf(path)))];
  const seen = new Set<string>(wave);
  for (let count = 0; count < maxWaves && wave.length > 0; count++) {
    await readSources(gathering, wave, count === 0 ? new Set(own) : new Set());
    const edges = wave.flatMap((path) =>
      (inventory.node.sources[path]?.imports ?? []).map((each) => ({
        folder: parentOf(path),
        specifier: each.specifier,
        how: each.how,
      })),
    );
    const manifests = edges.flatMap(({ folder, specifier }) =>
      /^[./]/.test(specifier)
        ? manifestIn(folder, specifier, paths)
        : manifestsNamed(splitSpecifier(specifier).name, paths),
    );
    await readManifests(gathering, [...new Set(manifests)]);
    const next = new Set<string>();
    for (const { folder, specifier, how } of edges) {
      const found = locateNode(files, folder, specifier, how === "require" ? "require" : "import", layerModules);
      if (found.kind === "file" && !seen.has(found.path)) next.add(found.path);
    }
    for (const path of next) seen.add(path);
    wave = [...next];
  }
}

function isOwnScript(path: string): boolean {
  return /\.[cm]?js$/.test(path) && !path.split("/").includes("node_modules");
}

/** The package.json files of a source's folder and those above it: they say which module system it is. */
function manifestsAbove(path: string, paths: ReadonlyMap<string, unknown>): string[] {
  const found: string[] = [];
  for (let at = parentOf(path); ; at = parentOf(at)) {
    const manifest = at === "" ? "package.json" : `${at}/package.json`;
    if (paths.has(manifest)) found.push(manifest);
    if (at === "") return found;
  }
}

function manifestIn(folder: string, specifier: string, paths: ReadonlyMap<string, unknown>): string[] {
  const path = `${folder}/${specifier}/package.json`.replaceAll(/\/\.\//g, "/");
  return paths.has(path) ? [path] : [];
}

function manifestsNamed(name: string, paths: ReadonlyMap<string, unknown>): string[] {
  const end = `node_modules/${name}/package.json`;
  return [...paths.keys()].filter((path) => path === end || path.endsWith(`/${end}`));
}

function entryOf(files: NodeFiles, folder: string): string[] {
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  const found = locateNode(files, folder.slice(0, folder.lastIndexOf("node_modules/")), name, "require", []);
  return found.kind === "file" ? [found.path] : [];
}

async function readManifests(gathering: Gathering, paths: readonly string[]): Promise<void> {
  const { inventory } = gathering;
  const fresh = paths.filter((path) => inventory.node.packages[path] === undefined);
  const read = await gathering.read(
    fresh.map((path) => ({ path })),
    true,
  );
  for (const [path, { bytes }] of read) inventory.node.packages[path] = readManifest(new TextDecoder().decode(bytes));
}

function readManifest(text: string): NodePackage {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { damaged: true };
  }
  if (typeof parsed !== "object" || parsed === null) return { damaged: true };
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const found: NodePackage = {};
  for (const key of ["name", "version", "type", "main"] as const) {
    const value = fields.get(key);
    if (typeof value === "string") found[key] = value;
  }
  if (fields.has("exports")) found.exports = fields.get("exports");
  const dependencies = fields.get("dependencies");
  if (typeof dependencies === "object" && dependencies !== null) found.dependencies = Object.keys(dependencies);
  return found;
}

async function readSources(gathering: Gathering, paths: readonly string[], own: ReadonlySet<string>): Promise<void> {
  const { inventory, limits } = gathering;
  const fresh = paths.filter((path) => inventory.node.sources[path] === undefined && /\.(?:[cm]?js|node)$/.test(path));
  const read = await gathering.read(
    fresh.map((path) => ({ path })),
    true,
  );
  if (read.size === 0) return;
  const parser = await loadNodeParser();
  for (const [path, { bytes }] of read) {
    if (path.endsWith(".node")) {
      inventory.native[path] = nativeFacts(bytes, gathering.store.files.get(path)?.size ?? bytes.length);
      continue;
    }
    if (Object.keys(inventory.node.sources).length >= limits.maxSources || bytes.length > limits.maxSourceBytes) {
      gathering.cut("sources", limits.maxSources, `Of this package's sources some were not parsed; ${path} is one.`);
      continue;
    }
    const text = new TextDecoder().decode(bytes);
    const tree = parser.parse(text);
    const source: NodeSource = readNode(tree, text);
    // A published package's source was run before it was published: there the parser's own gaps are likelier.
    if (!own.has(path)) delete source.syntaxError;
    inventory.node.sources[path] = source;
    if (own.has(path)) inventory.sourceFacts.push(...nodeSourceFacts(tree, text, path));
  }
}
