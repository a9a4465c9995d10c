// Reads of a package what Node's imports depend on: the function's own sources, then what they reach in node_modules.
import type { Inventory, NodePackage, NodeSource } from "../../facts/inventory.ts";
import type { Gathering } from "../inventory.ts";
import { nativeFacts } from "../native.ts";
import { nodeDrivers } from "../drivers.ts";
import { bindingPath, isRelative, locateNode, parentOf, splitSpecifier, type NodeFiles } from "./locate.ts";
import type { StoredFiles } from "../store.ts";
import { nodeSourceFacts } from "./source-facts.ts";
import { loadNodeReader, readNode } from "./source.ts";

type Paths = Pick<StoredFiles, "has">;

/** Waves of following imports: deeper chains than this are not known. */
const maxWaves = 60;

/** They say what a package or a layer depends on. */
const rootManifests = ["package.json", "nodejs/package.json"];

/** Fills the Node parts of the inventory. */
export async function gatherNode(gathering: Gathering): Promise<void> {
  const { inventory, store } = gathering;
  const modules = await gathering.modules;
  const paths = store.files;
  const own = ownScripts(inventory);
  const named = modules.filter((name) => !isRelative(name)).map((name) => splitSpecifier(name).name);
  const drivers = [...new Set([...nodeDrivers, ...named])].flatMap((name) =>
    ["", "nodejs/"].map((root) => `${root}node_modules/${name}/package.json`).filter((path) => paths.has(path)),
  );
  if (own.length === 0 && drivers.length === 0 && !rootManifests.some((path) => paths.has(path))) return;
  const folders = new Set<string>();
  for (const path of Object.keys(inventory.folders)) for (let at = path; at !== ""; at = parentOf(at)) folders.add(at);
  const files: NodeFiles = {
    isFile: (path) => paths.has(path),
    isFolder: (path) => folders.has(path),
    packageAt: (path) => inventory.node.packages[path],
  };
  const modulesFolders = [...folders].filter((path) => path === "node_modules" || path.endsWith("/node_modules"));
  const layerModules = [
    "nodejs/node_modules",
    ...[...folders].filter((path) => /^nodejs\/node\d+\/node_modules$/.test(path)),
  ];
  const near = [
    ...own.map((path) => manifestsAbove(path, paths)).flat(),
    ...rootManifests.filter((path) => paths.has(path)),
  ];
  await readManifests(gathering, [...new Set([...near, ...drivers])]);
  const asked = [...drivers.map((path) => packageName(parentOf(path))), ...modules];
  const roots = [...new Set(drivers.map((path) => path.slice(0, path.lastIndexOf("node_modules/"))))];
  let wave = [...new Set([...own, ...roots.flatMap((root) => asked.flatMap((name) => entriesOf(files, root, name)))])];
  await readManifests(gathering, [...new Set(wave.flatMap((path) => manifestsAbove(path, paths)))]);
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
      isRelative(specifier)
        ? manifestIn(folder, specifier, paths)
        : manifestsNamed(splitSpecifier(specifier).name, modulesFolders, paths),
    );
    await readManifests(gathering, [...new Set(manifests)]);
    const next = new Set<string>();
    for (const { folder, specifier, how } of edges) {
      for (const way of ways) {
        if ((way.how === "require") !== (how === "require")) continue;
        const found = locateNode(files, folder, specifier, { ...way, fallbacks: layerModules });
        if (found.kind === "file" && !seen.has(found.path)) next.add(found.path);
      }
    }
    for (const binding of wave.flatMap((path) => bindingOf(gathering, path))) if (!seen.has(binding)) next.add(binding);
    for (const path of next) seen.add(path);
    wave = [...next];
    // A folder of a package may say by a package.json of its own which module system its files are of.
    await readManifests(gathering, [...new Set(wave.flatMap((path) => manifestsAbove(path, paths)))]);
  }
}

/** The function's own sources: none of a package, and no declarations of types. */
function ownScripts({ folders }: Inventory): string[] {
  const own: string[] = [];
  for (const [folder, rows] of Object.entries(folders)) {
    if (/(?:^|\/)node_modules(?:\/|$)/.test(folder)) continue;
    for (const row of rows) {
      const name = row[0];
      if (!/\.[cm]?[jt]s$/.test(name) || /\.d\.[cm]?ts$/.test(name)) continue;
      own.push(folder === "" ? name : `${folder}/${name}`);
    }
  }
  return own;
}

/** The package.json files of a source's folder and those above it: they say which module system it is. */
function manifestsAbove(path: string, paths: Paths): string[] {
  const found: string[] = [];
  for (let at = parentOf(path); ; at = parentOf(at)) {
    const manifest = at === "" ? "package.json" : `${at}/package.json`;
    if (paths.has(manifest)) found.push(manifest);
    if (at === "" || at.endsWith("node_modules")) return found;
  }
}

function manifestIn(folder: string, specifier: string, paths: Paths): string[] {
  const path = `${folder}/${specifier}/package.json`.replaceAll(/\/\.\//g, "/");
  return paths.has(path) ? [path] : [];
}

/** The manifests of every package of a name, in whichever folder of modules. */
function manifestsNamed(name: string, modulesFolders: readonly string[], paths: Paths): string[] {
  return modulesFolders.map((folder) => `${folder}/${name}/package.json`).filter((path) => paths.has(path));
}

const packageName = (folder: string): string =>
  folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);

/** The compiled part of the package that a file is in, where its package.json tells where that is. */
function bindingOf({ inventory, store }: Gathering, path: string): string[] {
  const root = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
  const binding = root === undefined ? undefined : bindingPath(root, inventory.node.packages[`${root}/package.json`]);
  return binding !== undefined && store.files.has(binding) ? [binding] : [];
}

/** The files that a package's name may lead to, by whichever way and Node it is loaded. */
function entriesOf(files: NodeFiles, folder: string, specifier: string): string[] {
  return ways.flatMap((way) => {
    const found = locateNode(files, folder.replace(/\/$/, ""), specifier, { ...way, fallbacks: [] });
    return found.kind === "file" ? [found.path] : [];
  });
}

/** An inventory is for every runtime: what any of them would load is read. */
const ways = [
  { how: "require", version: 20 },
  { how: "import", version: 20 },
  { how: "require", version: 24 },
  { how: "import", version: 24 },
] as const;

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
  if (fields.has("imports")) found.imports = fields.get("imports");
  const binary = readBinary(fields.get("binary"));
  if (binary !== undefined) found.binary = binary;
  const optional = fields.get("optionalDependencies");
  if (typeof optional === "object" && optional !== null) found.optional = Object.keys(optional);
  const dependencies = fields.get("dependencies");
  if (typeof dependencies === "object" && dependencies !== null) found.dependencies = Object.keys(dependencies);
  return found;
}

function readBinary(value: unknown): NodePackage["binary"] {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [name, path, versions] = [fields.get("module_name"), fields.get("module_path"), fields.get("napi_versions")];
  if (typeof name !== "string" || typeof path !== "string") return undefined;
  const napi = Array.isArray(versions) ? versions.filter((each): each is number => typeof each === "number") : [];
  return { name, path, ...(napi.length === 0 ? {} : { napi: Math.max(...napi) }) };
}

/** That of published packages was read before they were published. */
const isOwnJson = (path: string): boolean => path.endsWith(".json") && !/(?:^|\/)node_modules\//.test(path);

/** What is wrong with a text that should be JSON, without the pieces of it that some messages quote. */
function jsonFault(text: string): NodeSource["syntaxError"] {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : "";
    const at = Number(/position (\d+)/.exec(said)?.[1] ?? 0);
    return { line: text.slice(0, at).split("\n").length, text: said.includes('"') ? "it is not valid JSON" : said };
  }
}

async function readSources(gathering: Gathering, paths: readonly string[], own: ReadonlySet<string>): Promise<void> {
  const { inventory, limits } = gathering;
  const fresh = paths.filter(
    (path) => inventory.node.sources[path] === undefined && (/\.(?:[cm]?[jt]s|node)$/.test(path) || isOwnJson(path)),
  );
  const read = await gathering.read(
    fresh.map((path) => ({ path })),
    true,
  );
  if (read.size === 0) return;
  const reader = await loadNodeReader();
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
    if (path.endsWith(".json")) {
      const syntaxError = jsonFault(text);
      if (syntaxError !== undefined) {
        inventory.node.sources[path] = { imports: [], exports: [], open: false, syntax: "either", syntaxError };
      }
      continue;
    }
    const tree = reader.parse(text, path.endsWith("ts"));
    const source: NodeSource = readNode(tree, text);
    if (source.syntax !== "esm") {
      const lexed = reader.lex(text);
      if (lexed !== undefined) source.lexed = lexed;
    }
    // A published package's source was run before it was published: there the parser's own gaps are likelier.
    if (!own.has(path)) delete source.syntaxError;
    inventory.node.sources[path] = source;
    if (own.has(path)) inventory.sourceFacts.push(...nodeSourceFacts(tree, text, path));
  }
}
