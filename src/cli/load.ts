// Loads the built program. Node compiles JavaScript anew in each process; here V8's compiled code is kept between runs,
// which halves the start of a command. `module.enableCompileCache` does the like from Node 22.1 on; this does for Node 20.
import { isAscii } from "node:buffer";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type * as V8 from "node:v8";
import { Script } from "node:vm";
import { cacheFolder } from "../source/cache-folder.ts";
import { exitCodes } from "./exit.ts";
import type { Process, run } from "./main.ts";
import type { Engine } from "./surroundings.ts";

declare const CSCP_BUILD: string;

type Require = (id: string) => unknown;

/** A module as Node wraps one of CommonJS; `meta` is its `import.meta`. A built file is an object of them by name. */
type Chunk = (exports: object, require: Require, module: { exports: object }, meta: { readonly url: string }) => void;
type Chunks = Readonly<Record<string, Chunk>>;

export interface Loader {
  /** The exports of a built file, such as `main.cjs`. */
  readonly load: (name: string) => object;
  readonly engine: Engine;
  /** Writes the code of every file loaded so far for which none was kept; `shared` with whoever may read the folder. */
  readonly save: (folder: string, shared?: boolean) => void;
}

/** Which code fits: V8 takes it from no other version, and itself compares no more of the source than its length. */
const fitting = `${CSCP_BUILD}-${process.version}-${process.arch}`;

/** Where the build keeps the code that it compiled, in the folder of the built files. */
export const shippedCode = (folder: string): string => path.join(folder, "code", fitting);

/** The flags of V8 that a command may change, as they are usually. From `--no-opt` V8 12 does not come back. */
const usual = {
  optimizing: "--max-optimized-bytecode-size=61440",
  marking: "--incremental-marking",
  growth: "--semi-space-growth-factor=2",
} as const;
type Flag = keyof typeof usual;

/**
 * Loads files of `folder`, each when it is first required, with the code kept in the first of `kept` that has it.
 * Whatever is wrong with kept code, the source is compiled instead.
 */
export function createLoader(folder: string, require: Require, kept: readonly string[]): Loader {
  const modules = new Map<string, { exports: object }>();
  const chunks = new Map<string, Chunk>();
  /** Each file's script, the folder that its code was taken from, and the modules of it that have run. */
  const scripts = new Map<string, { readonly script: Script; readonly from?: string; readonly ran: string[] }>();
  const changed = new Map<Flag, string>();

  function set(flag: string): void {
    // Loaded here, since most commands do without.
    (require("node:v8") as typeof V8).setFlagsFromString(flag);
  }

  function change(flag: Flag, to: string): void {
    changed.set(flag, to);
    set(to);
  }

  function changeBack(...flags: readonly Flag[]): void {
    for (const flag of flags) if (changed.delete(flag)) set(usual[flag]);
  }

  /** V8 takes code from a process with the same flags only: it is made and taken with those that every run begins with. */
  function withUsualFlags<T>(work: () => T): T {
    if (changed.size === 0) return work();
    for (const flag of changed.keys()) set(usual[flag]);
    try {
      return work();
    } finally {
      for (const to of changed.values()) set(to);
    }
  }

  const engine: Engine = {
    hurry(milliseconds) {
      change("optimizing", "--max-optimized-bytecode-size=0");
      change("marking", "--no-incremental-marking");
      setTimeout(() => changeBack("optimizing", "marking"), milliseconds).unref();
    },
    spareMemory() {
      changeBack("marking");
      change("growth", "--semi-space-growth-factor=1");
    },
  };

  function chunkOf(name: string, file: string): Chunk | undefined {
    const known = chunks.get(name);
    if (known !== undefined) return known;
    const filename = path.join(folder, file);
    const bytes = readFileSync(filename);
    // What is ASCII, nearly all of it, is read several times as fast so.
    const source = bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
    const found = codeOf(kept, file);
    const options = { filename, ...(found === undefined ? {} : { cachedData: found.code }) };
    const script = withUsualFlags(() => new Script(source, options));
    const isTaken = found !== undefined && script.cachedDataRejected !== true;
    scripts.set(file, { script, ran: [], ...(isTaken ? { from: found.folder } : {}) });
    for (const [each, chunk] of Object.entries(script.runInThisContext() as Chunks)) chunks.set(each, chunk);
    return chunks.get(name);
  }

  /** @param id `file#module`, or a file's name alone for the module that it is named after */
  function load(id: string): object {
    const [file = id, name = file] = id.split("#");
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const chunk = chunkOf(name, file);
    scripts.get(file)?.ran.push(name);
    chunk?.(module.exports, requireFrom, module, {
      get url() {
        return pathToFileURL(path.join(folder, file)).href;
      },
    });
    return module.exports;
  }

  function requireFrom(id: string): unknown {
    if (id.startsWith("./")) return load(id.slice(2));
    // Node keeps code of its own modules, too, and V8 takes that under the usual flags only.
    return withUsualFlags(() => require(id));
  }

  function save(target: string, shared = false): void {
    try {
      const all = [...scripts];
      // A file holds modules of many commands: the first of them kept no code of those that it did not run.
      const before = all.some(([, { from }]) => from === target) ? ranBefore(target) : {};
      const wanted = all.filter(
        ([file, { from, ran }]) =>
          from === undefined || (from === target && ran.some((name) => before[file]?.includes(name) !== true)),
      );
      if (wanted.length === 0) return;
      changeBack(...changed.keys());
      makeRoom(target, shared ? 0o755 : 0o700);
      if (!isOurs(target)) return;
      const write = (name: string, content: string | Buffer): void => {
        const beside = path.join(target, `${name}.${process.pid}.part`);
        writeFileSync(beside, content, { mode: shared ? 0o644 : 0o600, flag: "wx" });
        renameSync(beside, path.join(target, name));
      };
      for (const [file, { script }] of wanted) write(codeFile(file), twice(script.createCachedData()));
      const now = wanted.map(([file, { ran }]) => [file, [...new Set([...(before[file] ?? []), ...ran])]]);
      write(ranFile, JSON.stringify({ ...before, ...Object.fromEntries(now) }));
    } catch {
      // Nothing can be kept here: the next run compiles again.
    }
  }

  return { load, engine, save };
}

/** Kept code is run as it is, so it is only taken from a folder of the user's that nobody else can write to. */
function isOurs(folder: string): boolean {
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    const user = process.getuid?.();
    return found !== undefined && (user === undefined || (found.uid === user && (found.mode & 0o022) === 0));
  } catch {
    return false;
  }
}

const codeFile = (name: string): string => name.replace(/\.cjs$/, ".code");

/** Names the modules, by file, of which code is kept in a folder. */
const ranFile = "ran.json";

function ranBefore(folder: string): Readonly<Record<string, readonly string[]>> {
  try {
    return JSON.parse(readFileSync(path.join(folder, ranFile), "utf8")) as Record<string, string[]>;
  } catch {
    return {};
  }
}

function codeOf(
  folders: readonly string[],
  name: string,
): { readonly folder: string; readonly code: Buffer } | undefined {
  for (const folder of folders) {
    try {
      const twice = readFileSync(path.join(folder, codeFile(name)));
      const code = twice.subarray(0, twice.length / 2);
      if (code.length > 0 && code.equals(twice.subarray(code.length))) return { folder, code };
    } catch {
      // Not kept here.
    }
  }
  return undefined;
}

/**
 * V8 runs what it is given without noticing a damaged byte, so code is kept twice and taken where both are the same:
 * that is found out faster than a checksum, whose module alone takes a millisecond to load.
 */
const twice = (code: Buffer): Buffer => Buffer.concat([code, code]);

const longUnused = 30 * 24 * 3_600_000;

/** Makes the folder for this version's code, and removes what versions before it left beside it long ago. */
function makeRoom(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode });
  const above = path.dirname(folder);
  for (const name of readdirSync(above)) {
    const other = path.join(above, name);
    const age = Date.now() - statSync(other).mtimeMs;
    if (age > longUnused) rmSync(other, { recursive: true, force: true });
  }
}

/** Runs the command line with the files beside this one. */
export function start(process: Process, require: Require): void {
  const shipped = shippedCode(__dirname);
  const own = cacheFolder(process.env, "code-v1");
  const cache = own === undefined ? undefined : path.join(own, fitting);
  const kept = [...(existsSync(shipped) ? [shipped] : []), ...(cache !== undefined && isOurs(cache) ? [cache] : [])];
  const loader = createLoader(__dirname, require, kept);
  if (cache !== undefined) {
    process.on("exit", () => {
      // Whoever interrupts waits for nothing more.
      if (process.exitCode !== exitCodes.interrupted) loader.save(cache);
    });
  }
  const main = loader.load("main.cjs") as { readonly run: typeof run };
  void main.run(process, { engine: loader.engine });
}
