import { execa } from "execa";
import { createHash } from "node:crypto";
import { cp, mkdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

/** Versions are pinned, so that a lab built next year behaves as the one built today. */
const EMULATOR_PINS = ["ministack[full]==1.5.33"];
const RUNTIME_PINS = ["awslambdaric==4.2.2", "boto3==1.44.5"];

/** Where virtual environments, wheels and layers are kept between runs. */
function labCache(): string {
  const named = process.env["CSCP_LAB_CACHE"];
  if (named !== undefined && named !== "") return path.resolve(named);
  const caches = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(caches, "cscp-lab");
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * A folder of the cache that is made once, even when two processes ask for it at the same moment.
 * `fill` writes into the folder it is given; the folder keeps its final path while it is filled, because
 * virtual environments contain their own path. A lock folder beside it makes the second process wait.
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(labCache(), name);
  const done = path.join(folder, ".complete");
  if (await exists(done)) return folder;
  await mkdir(labCache(), { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock, done);
  const beat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => {}), 2000);
  try {
    if (!(await exists(done))) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await fill(folder);
      await writeFile(done, "");
    }
  } finally {
    clearInterval(beat);
    await rm(lock, { recursive: true, force: true });
  }
  return folder;
}

/** Waits for the lock; a lock without a beat for 15 s belongs to a process that died, and is taken over. */
async function takeLock(lock: string, done: string): Promise<void> {
  for (;;) {
    try {
      await mkdir(lock);
      return;
    } catch {
      if (await exists(done)) {
        // The other process finished between the two looks: take the lock as soon as it lets go.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const held = await stat(lock).catch(() => undefined);
      if (held !== undefined && Date.now() - held.mtimeMs > 15_000) {
        const stale = `${lock}.stale-${process.pid}`;
        await rename(lock, stale).catch(() => {});
        await rm(stale, { recursive: true, force: true });
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** A Python interpreter found on the machine. */
export type Interpreter = {
  readonly executable: string;
  /** "3.11" */
  readonly version: string;
  /** The installation's own prefix, which the sandbox mounts at /var/lang. */
  readonly prefix: string;
};

let interpreter: Promise<Interpreter | undefined> | undefined;

/** The first of python3, python3.11, ... that is at least 3.10 and has venv; undefined when there is none. */
export function findPython(): Promise<Interpreter | undefined> {
  interpreter ??= (async () => {
    const names = ["python3", "python3.11", "python3.12", "python3.13", "python3.10"];
    const question =
      "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2]); print(sys.base_prefix); print(sys.executable)";
    for (const name of names) {
      const reply = await execa(name, ["-c", question], { reject: false });
      const [version, prefix, executable] = String(reply.stdout ?? "").split("\n");
      if (reply.exitCode !== 0 || !version || !prefix || !executable) continue;
      if (Number(version.split(".")[1]) >= 10) return { executable, version, prefix };
    }
    return undefined;
  })();
  return interpreter;
}

async function virtualEnvironment(label: string, pins: readonly string[]): Promise<string> {
  const python = await findPython();
  if (python === undefined) throw new Error("No Python of at least 3.10 is on the PATH.");
  const key = createHash("sha256")
    .update([python.prefix, ...pins].join("\n"))
    .digest("hex");
  return cachedFolder(`${label}-${key.slice(0, 12)}`, async (folder) => {
    await execa(python.executable, ["-m", "venv", folder]);
    await execa(path.join(folder, "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...pins,
    ]);
  });
}

/** The environment that runs the AWS emulator. */
export function emulatorEnvironment(): Promise<string> {
  return virtualEnvironment("emulator", EMULATOR_PINS);
}

/** The environment that stands for Lambda's Python runtime: its client and boto3, nothing of the emulator's. */
export function runtimeEnvironment(): Promise<string> {
  return virtualEnvironment("runtime", RUNTIME_PINS);
}

/** An environment of its own for another program from PyPI, pinned: `awslogs==0.15.0`. */
export function programEnvironment(pin: string): Promise<string> {
  return virtualEnvironment("program", [pin, "setuptools==80.9.0"]);
}

/** What `pip install -t` makes of the requirements, once; `options` are passed to pip (a foreign platform, say). */
export async function pipTarget(requirements: readonly string[], options: readonly string[] = []): Promise<string> {
  const environment = await runtimeEnvironment();
  const key = createHash("sha256")
    .update(JSON.stringify([requirements, options]))
    .digest("hex");
  return cachedFolder(`pip-${key.slice(0, 12)}`, async (folder) => {
    await execa(path.join(environment, "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--no-compile",
      "--target",
      path.join(folder, "python"),
      ...options,
      ...requirements,
    ]);
  });
}

/** Copies the `python/` folder that pipTarget made into a layer's folder. */
export async function copyPython(target: string, layer: string): Promise<void> {
  await cp(path.join(target, "python"), path.join(layer, "python"), { recursive: true });
}

/**
 * Prefixes a command so that the kernel ends it when this process dies, however it dies; a killed test run must not
 * leave servers behind. The command as it is where util-linux is missing.
 */
export async function endsWithThis(command: readonly string[]): Promise<{ file: string; args: string[] }> {
  const flags = ["--pdeathsig", "KILL"];
  const works = await execa("setpriv", [...flags, "true"], { reject: false });
  const whole = works.exitCode === 0 ? ["setpriv", ...flags, ...command] : [...command];
  const [file = "", ...args] = whole;
  return { file, args };
}
