// Runs for real what `inspect` prints as a fix, in a folder of its own, and inspects again: npm run eval:remedies
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { installed, type InstallSpec } from "../test/packages/matrix/wheels.ts";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly installed?: InstallSpec;
  /** As a zip archive instead of a folder. */
  readonly zipped?: true;
  readonly flags: readonly string[];
  readonly cause: string;
}

const python = ["--runtime", "python3.12", "--arch", "x86_64", "--handler", "app.handler"];
const node = ["--runtime", "nodejs20.x", "--arch", "x86_64", "--handler", "index.handler"];
const handler = (module: string) => `import ${module}\n\ndef handler(event, context):\n    return 1\n`;
const driver = { "app.py": handler("psycopg2"), "requirements.txt": "psycopg2-binary==2.9.10\n" };
const spec = (requirement: string, version: string, platform: InstallSpec["platform"]): InstallSpec => ({
  requirements: [requirement],
  python: version,
  platform,
});

const cases: readonly Case[] = [
  {
    name: "a wheel of macOS",
    files: driver,
    installed: spec("psycopg2-binary==2.9.10", "3.12", "macos-arm64"),
    flags: python,
    cause: "wrong-platform-macos",
  },
  {
    name: "a wheel of macOS in a zip",
    files: driver,
    installed: spec("psycopg2-binary==2.9.10", "3.12", "macos-arm64"),
    zipped: true,
    flags: python,
    cause: "wrong-platform-macos",
  },
  {
    name: "a wheel for another Python",
    files: driver,
    installed: spec("psycopg2-binary==2.9.10", "3.9", "linux-x86_64"),
    flags: python,
    cause: "wrong-python-abi",
  },
  {
    name: "a wheel for another processor",
    files: driver,
    installed: spec("psycopg2-binary==2.9.10", "3.12", "linux-aarch64"),
    flags: python,
    cause: "wrong-arch",
  },
  {
    name: "a dependency that is missing",
    files: { "app.py": handler("pg8000.native"), "requirements.txt": "pg8000==1.31.2\n" },
    flags: python,
    cause: "module-missing",
  },
  {
    name: "a package of npm that is missing",
    files: {
      "index.js": 'const { Client } = require("pg");\nexports.handler = async () => new Client();\n',
      "package.json": '{ "name": "tickets", "dependencies": { "pg": "8.13.1" } }\n',
    },
    flags: node,
    cause: "module-missing",
  },
];

type Inspected = {
  readonly targets: readonly {
    readonly modules: readonly { readonly cause?: string; readonly fix?: { readonly commands: readonly string[] } }[];
  }[];
};

function inspect(target: string, cwd: string, flags: readonly string[]): { status: number | null; report: Inspected } {
  const launcher = path.resolve("bin", "cscp.js");
  const { status, stdout } = spawnSync(process.execPath, [launcher, "inspect", target, ...flags, "-o", "json"], {
    cwd,
    encoding: "utf8",
  });
  return { status, report: JSON.parse(stdout) as Inspected };
}

/** What went wrong in a case; undefined when its fix mended it. */
async function outcome(one: Case, work: string): Promise<string | undefined> {
  const folder = path.join(work, "fn");
  mkdirSync(folder);
  if (one.installed !== undefined) {
    const from = await installed(one.installed, "python3");
    if (from === undefined) return "there is no such wheel to begin with";
    cpSync(from, folder, { recursive: true });
  }
  for (const [name, text] of Object.entries(one.files)) writeFileSync(path.join(folder, name), text);
  if (one.zipped === true) execFileSync("zip", ["-qr", path.join(work, "fn.zip"), "."], { cwd: folder });
  const target = one.zipped === true ? "fn.zip" : "fn";
  if (one.zipped === true) {
    // The versions that the project pins are read beside the archive.
    writeFileSync(path.join(work, "requirements.txt"), one.files["requirements.txt"] ?? "");
    rmSync(folder, { recursive: true });
  }
  const before = inspect(target, work, one.flags);
  const found = before.report.targets.flatMap(({ modules }) => modules);
  const causes = found.flatMap(({ cause }) => cause ?? []);
  if (before.status !== 1 || !causes.includes(one.cause)) return `it began as ${causes.join(", ")}, ${before.status}`;
  const commands = found.flatMap(({ fix }) => fix?.commands ?? []);
  if (commands.length === 0) return "no fix was printed";
  const ran = spawnSync("bash", ["-euc", commands.join("\n")], { cwd: work, encoding: "utf8" });
  if (ran.status !== 0) return `its fix failed: ${commands.join("; ")}\n${ran.stderr.trim().slice(-600)}`;
  const after = inspect(target, work, one.flags);
  const left = after.report.targets.flatMap(({ modules }) => modules.flatMap(({ cause }) => cause ?? []));
  return after.status === 0 ? undefined : `after its fix: ${left.join(", ")}, exit ${after.status}`;
}

let mended = 0;
for (const one of cases) {
  const work = mkdtempSync(path.join(tmpdir(), "cscp-remedy-"));
  try {
    // What one case throws, for want of a registry's answer say, is no word on the others.
    const wrong = await outcome(one, work).catch((error: unknown) => `it could not be tried: ${String(error)}`);
    if (wrong === undefined) mended++;
    console.log(`${wrong === undefined ? "✓" : "✗"} ${one.name}${wrong === undefined ? "" : `: ${wrong}`}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
console.log(JSON.stringify({ cases: cases.length, mended }));
process.exitCode = mended === cases.length ? 0 : 1;
