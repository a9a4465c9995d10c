// The machine's own Python: what it says when it imports, and the target that describes it.
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { FolderFile } from "../../../src/packages/reader.ts";
import { startPreloaded, type PythonTarget } from "../../../src/packages/python/target.ts";

export type Machine = { python: string; version: string; target: PythonTarget };

/** What a real import did. `type` is `crash` when the process died of it. */
export type Outcome = { ok: true } | { ok: false; type: string; message: string };

/** Asks a Python and the loader what they are; undefined when there is no such Python or the machine is another kind. */
export function thisMachine(python = "python3"): Machine | undefined {
  try {
    const script =
      "import json,platform,sys,sysconfig;print(json.dumps([sys.version_info[:3],platform.machine(),platform.libc_ver()[1],sysconfig.get_path('stdlib'),sys.executable]))";
    const answer: unknown = JSON.parse(
      execFileSync(python, ["-I", "-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
    const [version, cpu, glibc, library, executable] = answer as [number[], string, string, string, string];
    if ((cpu !== "x86_64" && cpu !== "aarch64") || glibc === "") return undefined;
    const libraries = systemLibraries(cpu);
    const target: PythonTarget = {
      minor: version[1] ?? 0,
      architecture: cpu === "x86_64" ? "x86_64" : "arm64",
      glibc,
      glibcPath: libraries.get("libc.so.6") ?? "/lib64/libc.so.6",
      libraryPath: [],
      hasLibrary: (name) => libraries.has(name),
      symbolVersions: {},
      searchPath: ["/var/task"],
      sites: [],
      preloaded: startPreloaded,
      executable,
      standardLibrary: library,
      provided: new Set(),
      perhaps: new Set(),
      findLibrary: (name) => [...libraries.keys()].some((file) => file.startsWith(`lib${name}.so`)),
      environment: {},
    };
    return { python, version: version.join("."), target };
  } catch {
    return undefined;
  }
}

function systemLibraries(cpu: string): Map<string, string> {
  const listing = execFileSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  const wanted = cpu === "x86_64" ? "x86-64" : "AArch64";
  const found = new Map<string, string>();
  for (const line of listing.split("\n")) {
    const match = /^\s*(\S+) \(([^)]*)\) => (\S+)/.exec(line);
    const [, name, kind, file] = match ?? [];
    if (name !== undefined && file !== undefined && kind?.includes(wanted) === true && !found.has(name))
      found.set(name, file);
  }
  return found;
}

const importer = `
import sys, json, importlib
sys.path[:0] = [sys.argv[1]]
try:
    for name in sys.argv[2].split(","):
        importlib.import_module(name)
    print(json.dumps({"ok": True}))
except BaseException as error:
    print(json.dumps({"ok": False, "type": type(error).__name__, "message": str(error)}))
`;

/** Imports modules in a clean interpreter that sees one folder and its standard library, and nothing else. */
export function realImport(
  { python }: Machine,
  folder: string,
  modules: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const variables = { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8", ...environment };
  const args = ["-I", "-S", "-B", "-c", importer, folder, modules.join(",")];
  return new Promise((resolve) => {
    execFile(python, args, { env: variables, timeout: 60_000 }, (error, output) => {
      const last = output.trim().split("\n").at(-1) ?? "";
      if (last.startsWith("{")) {
        const outcome = JSON.parse(last) as Outcome;
        resolve(outcome.ok ? outcome : { ...outcome, message: outcome.message.replaceAll(folder, "/var/task") });
      } else resolve({ ok: false, type: "crash", message: error?.signal ?? "" });
    });
  });
}

/** A folder's files for an inventory. */
export function filesOf(root: string, relative = ""): FolderFile[] {
  return readdirSync(path.join(root, relative), { withFileTypes: true }).flatMap((entry) => {
    const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
    if (entry.isDirectory()) return filesOf(root, name);
    const file = path.join(root, name);
    const { mode, size } = statSync(file);
    return [{ path: name, mode, size, read: () => Promise.resolve(readFileSync(file)) }];
  });
}
