// Reads of a package what Python's imports depend on, wave by wave: metadata and drivers first, then what the code reaches.
import { pythonDrivers } from "../drivers.ts";
import { wholeBytes } from "../limits.ts";
import type { Gathering } from "../inventory.ts";
import { isNativeName, nativeFacts, nativeHeadBytes } from "../native.ts";
import type { StoredBytes, Want } from "../store.ts";
import { isMetadataFolder, metadataFiles, readDistribution } from "./distributions.ts";
import { addRoot, candidateFiles, indexOf, join, ownSources, sourceBytes, type Index } from "./layout.ts";
import { pythonSourceFacts } from "./source-facts.ts";
import { wrongEncoding } from "./encoding.ts";
import { parsePython } from "./mend.ts";
import { importsOf, foldersAdded, importsOfCalls, noteCalls, openedBy, type Calls } from "./reached.ts";
import { loadPythonParser, readPython } from "./source.ts";

/** METADATA's headers fit in this; the description after them may be long. */
const metadataHead = 6 * 1024;
/** A folder's sources are read together while they are no larger than this: fewer waves for a few bytes more. */
const folderBytes = 512 * 1024;
/** Packages that a driver cannot work without: read with it, before anything asks for them. */
const companions = ["psycopg_binary", "psycopg_c", "scramp", "asn1crypto", "dateutil"];

type Progress = {
  gathering: Gathering;
  index: Index;
  cache: Map<string, StoredBytes>;
  /** Modules already followed. */
  seen: Set<string>;
  parsed: { files: number; bytes: number };
  calls: Calls;
  /** Libraries that sources open by themselves, and that are still to be read. */
  opened: Set<string>;
};

/** Fills the Python parts of the inventory. */
export async function gatherPython(gathering: Gathering): Promise<void> {
  const index = indexOf(gathering.inventory);
  const progress: Progress = {
    gathering,
    index,
    cache: new Map(),
    seen: new Set(),
    parsed: { files: 0, bytes: 0 },
    calls: { waiting: new Map(), done: new Set() },
    opened: new Set(),
  };
  // The parser's tables load while the first answers are on their way.
  if ([...index.folders.values()].some((rows) => rows.some((row) => row[0].endsWith(".py")))) {
    loadPythonParser().catch(() => undefined);
  }
  const layered = index.roots.length > 1;
  await readFirstWave(progress);
  const own = ownSources(index, gathering.inventory.distributions);
  await fetchAll(progress, own, true);
  const imported = await parseAll(progress, own, true);
  let wanted = [...Object.keys(pythonDrivers), ...(await gathering.modules), ...imported];
  while (wanted.length > 0 || progress.opened.size > 0) wanted = await follow(progress, wanted);
  if (layered && gathering.store.bytes <= wholeBytes) await followUnasked(progress);
  await readUnreachedNatives(progress);
}

/** Metadata, path files, and the drivers' own files: their names are known from the listing alone. */
async function readFirstWave(progress: Progress): Promise<void> {
  const { gathering, index } = progress;
  const metadata: Want[] = [];
  const pathFiles: Want[] = [];
  for (const [folder, rows] of index.folders) {
    if (isMetadataFolder(folder)) {
      for (const name of metadataFiles) {
        if (!rows.some(([each]) => each === name)) continue;
        const path = join(folder, name);
        metadata.push(name === "METADATA" || name === "PKG-INFO" ? { path, head: metadataHead } : { path });
      }
    }
    if (index.roots.includes(folder)) {
      for (const [name] of rows) if (name.endsWith(".pth")) pathFiles.push({ path: join(folder, name) });
    }
  }
  const drivers = [...Object.keys(pythonDrivers), ...companions];
  const early = index.roots.flatMap((root) =>
    drivers.flatMap((driver) => [
      ...sourcesUnder(progress, join(root, driver)),
      ...nativesUnder(progress, join(root, driver)),
    ]),
  );
  const read = await gathering.read([...pathFiles, ...metadata, ...early], false);
  for (const [path, bytes] of read) progress.cache.set(path, bytes);
  const text = (path: string): string | undefined => {
    const found = progress.cache.get(path);
    return found === undefined ? undefined : decode(found.bytes);
  };
  for (const folder of index.folders.keys()) {
    if (!isMetadataFolder(folder)) continue;
    gathering.inventory.distributions.push(readDistribution(folder, (file) => text(join(folder, file))));
  }
  for (const { path } of pathFiles) {
    const lines = (text(path) ?? "").split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
    gathering.inventory.pth[path] = lines.map((line) => line.slice(0, 300));
  }
  for (const { path } of [...metadata, ...pathFiles]) progress.cache.delete(path);
}

/** A package's sources, unless they are many. */
function sourcesUnder({ gathering, index }: Progress, top: string): Want[] {
  const wants: Want[] = [];
  for (const folder of index.packages.get(top) ?? []) {
    for (const [name] of index.folders.get(folder) ?? [])
      if (name.endsWith(".py")) wants.push({ path: join(folder, name) });
  }
  const cost = wants.reduce((sum, want) => sum + gathering.store.cost(want), 0);
  return cost <= folderBytes ? wants : [];
}

/** A package's libraries, and those that its wheel brought beside it. */
function nativesUnder(progress: Progress, top: string): Want[] {
  const { folders, packages } = progress.index;
  const beside = [`${top}.libs`, `${top}_binary.libs`].flatMap((each) => packages.get(each) ?? []);
  return [...(packages.get(top) ?? []), ...beside].flatMap((folder) =>
    (folders.get(folder) ?? [])
      .filter(([name]) => isNativeName(name))
      .map(([name]) => nativeWant(progress, join(folder, name))),
  );
}

/** The whole file where that costs little of what is left, else its head. */
function nativeWant({ gathering }: Progress, path: string): Want {
  const whole = { path };
  return gathering.store.cost(whole) <= gathering.left() / 4 ? whole : { path, head: nativeHeadBytes };
}

async function fetchAll(progress: Progress, paths: readonly string[], needed: boolean): Promise<void> {
  const wants = paths.filter((path) => !progress.cache.has(path)).map((path) => ({ path }));
  const read = await progress.gathering.read(wants, needed);
  for (const [path, bytes] of read) progress.cache.set(path, bytes);
}

/** Parses sources that were read, and gives the modules that they import. */
async function parseAll(progress: Progress, paths: readonly string[], own: boolean): Promise<string[]> {
  const { gathering, cache, index, parsed } = progress;
  const { inventory, limits } = gathering;
  const wanted = new Set<string>();
  if (paths.length === 0) return [];
  const parser = await loadPythonParser();
  for (const path of paths) {
    const found = cache.get(path);
    if (found === undefined || inventory.python[path] !== undefined) continue;
    cache.delete(path);
    const text = decode(found.bytes);
    if (parsed.files >= limits.maxSources || parsed.bytes + text.length > limits.maxSourceBytes) {
      const said = `Of this package's sources only ${parsed.files} files were parsed; ${path} and others were not.`;
      gathering.cut("sources", limits.maxSourceBytes, said);
      continue;
    }
    parsed.files++;
    parsed.bytes += text.length;
    await gathering.pause();
    const read = parsePython(parser, text);
    const source = readPython(read, own);
    source.syntaxError ??= wrongEncoding(found.bytes, read.tree, read.text);
    if (source.syntaxError === undefined) delete source.syntaxError;
    if (text.includes("\0")) source.syntaxError = { line: 1, text: "source code string cannot contain null bytes" };
    // Published packages were compiled before they were published: there the parser's own gaps are likelier.
    if (!own) delete source.syntaxError;
    inventory.python[path] = own ? source : { ...source, later: [] };
    if (own) inventory.sourceFacts.push(...pythonSourceFacts(read.tree, read.text, path));
    for (const module of importsOf(index, path, source, own)) wanted.add(module);
    for (const folder of foldersAdded(path, source)) {
      // What was looked for before may be in it.
      if (!addRoot(index, folder)) continue;
      for (const name of progress.seen) wanted.add(name.replaceAll("/", "."));
      progress.seen.clear();
    }
    noteCalls(index, path, source, progress.calls);
    for (const library of openedBy(index, inventory.distributions, path, source)) progress.opened.add(library);
  }
  for (const module of importsOfCalls(index, inventory.python, progress.calls)) wanted.add(module);
  return [...wanted];
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Reads the files of the wanted modules and of their parents; gives the modules that these import in turn. */
async function follow(progress: Progress, modules: readonly string[]): Promise<string[]> {
  const { gathering, index, seen, cache } = progress;
  const sources = new Set<string>();
  const natives = new Set<string>();
  for (const module of modules) {
    const parts = module.split(".");
    for (let length = 1; length <= parts.length; length++) {
      const name = parts.slice(0, length).join("/");
      if (seen.has(name)) continue;
      seen.add(name);
      for (const root of index.roots) candidateFiles(index, join(root, name), sources, natives);
    }
  }
  const fresh = [...sources].filter((path) => gathering.inventory.python[path] === undefined);
  const together = new Set(fresh);
  for (const path of fresh) if (!cache.has(path)) for (const near of siblings(progress, path)) together.add(near);
  for (const library of progress.opened) natives.add(library);
  progress.opened.clear();
  await Promise.all([fetchAll(progress, [...together], true), readNatives(progress, [...natives])]);
  return parseAll(progress, fresh, false);
}

/** What a layer's functions import is not known: as many of its packages are followed as fit, the small ones first. */
async function followUnasked(progress: Progress): Promise<void> {
  const { gathering, index, seen } = progress;
  const sized = gathering.inventory.distributions.flatMap(({ path, topLevel }) => {
    const root = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    return topLevel.map((top) => ({ top, bytes: sourceBytes(index, root, top) }));
  });
  let left = gathering.limits.maxUnaskedBytes;
  let wanted: string[] = [];
  for (const { top, bytes } of sized.sort((x, y) => x.bytes - y.bytes)) {
    if (seen.has(top) || bytes > left) continue;
    left -= bytes;
    wanted.push(top);
  }
  while (wanted.length > 0 || progress.opened.size > 0) wanted = await follow(progress, wanted);
}

function siblings({ gathering, index, cache }: Progress, path: string): string[] {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (folder === "" || index.roots.includes(folder)) return [];
  const near = (index.folders.get(folder) ?? [])
    .filter(([name]) => name.endsWith(".py"))
    .map(([name]) => join(folder, name))
    .filter((each) => !cache.has(each) && gathering.inventory.python[each] === undefined);
  const cost = near.reduce((sum, each) => sum + gathering.store.cost({ path: each }), 0);
  return cost <= Math.min(folderBytes, gathering.left() / 4) ? near : [];
}

/** Reads natives and, in a further wave, the libraries beside them that they link to. */
async function readNatives(progress: Progress, paths: readonly string[]): Promise<void> {
  const { gathering, cache } = progress;
  const { inventory } = gathering;
  let wave = paths.filter((path) => inventory.native[path] === undefined);
  while (wave.length > 0) {
    const missing = wave.filter((path) => !cache.has(path)).map((path) => nativeWant(progress, path));
    for (const [path, bytes] of await gathering.read(missing, true)) cache.set(path, bytes);
    const next = new Set<string>();
    for (const path of wave) {
      noteNative(progress, path);
      const facts = inventory.native[path];
      if (facts?.format !== "elf") continue;
      for (const name of facts.needed)
        for (const library of progress.index.libraries.get(name) ?? []) next.add(library);
    }
    wave = [...next].filter((path) => inventory.native[path] === undefined && !paths.includes(path));
    paths = [...paths, ...wave];
  }
}

function noteNative({ gathering, cache }: Progress, path: string): void {
  const found = cache.get(path);
  if (found === undefined) return;
  cache.delete(path);
  const size = found.complete ? found.bytes.length : (gathering.store.files.get(path)?.size ?? 0);
  gathering.inventory.native[path] = nativeFacts(found.bytes, size);
}

/** Heads of natives that nothing reached: enough to tell packages that were built for another system. */
async function readUnreachedNatives(progress: Progress): Promise<void> {
  const { gathering, cache } = progress;
  const { inventory, limits, store } = gathering;
  const chosen: string[] = [];
  for (const [folder, rows] of progress.index.folders) {
    for (const row of rows) {
      if (chosen.length >= limits.maxUnreachedNatives) break;
      if (!isNativeName(row[0])) continue;
      const path = join(folder, row[0]);
      if (inventory.native[path] === undefined) chosen.push(path);
    }
  }
  const wants = chosen.filter((path) => !cache.has(path)).map((path) => ({ path, head: nativeHeadBytes }));
  const cost = wants.reduce((sum, want) => sum + store.cost(want), 0);
  if (cost <= gathering.left() / 2) {
    for (const [path, bytes] of await gathering.read(wants, false)) cache.set(path, bytes);
  }
  for (const path of chosen) noteNative(progress, path);
}
