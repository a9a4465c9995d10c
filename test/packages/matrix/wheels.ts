// Real wheels and Debian packages for the import matrix, fetched once and kept in a cache folder.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Platform = "linux-x86_64" | "linux-aarch64" | "musl-x86_64" | "macos-arm64" | "macos-x86_64" | "windows";

/** A wheel: `project==version`, for one Python and one platform; `any` for a pure one. */
export type WheelSpec = { requirement: string; python: string; platform: Platform | "any" };

const tags: Record<Platform, readonly string[]> = {
  "linux-x86_64": ["manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64"],
  "linux-aarch64": ["manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64"],
  "musl-x86_64": ["musllinux_1_1_x86_64", "musllinux_1_2_x86_64"],
  "macos-arm64": ["macosx_14_0_arm64"],
  "macos-x86_64": ["macosx_14_0_x86_64"],
  windows: ["win_amd64"],
};

/** Where wheels are kept between runs. */
export function cacheFolder(): string {
  const chosen = process.env["CSCP_LAB_CACHE"];
  return path.join(chosen ?? path.join(homedir(), ".cache", "cscp-lab"), "imports");
}

/**
 * The unpacked wheel's folder, or undefined when there is no such wheel. Rejects when pip or its index does not work,
 * so that an absent wheel and an absent network are told apart by the caller's first, known wheel.
 */
export function unpackedWheel(spec: WheelSpec, python: string): Promise<string | undefined> {
  const name = JSON.stringify(spec);
  const known = fetching.get(name) ?? fetchWheel(spec, python);
  fetching.set(name, known);
  return known;
}

/** What `pip install --target` lays down: projects with all that they need, resolved by pip. */
export type InstallSpec = { requirements: readonly string[]; python: string; platform: Platform };

/** The folder of an installation for a platform, or undefined where the index has no wheels that go together. */
export function installed(spec: InstallSpec, python: string): Promise<string | undefined> {
  const name = JSON.stringify(spec);
  const known = fetching.get(name) ?? install(spec, python);
  fetching.set(name, known);
  return known;
}

async function install(spec: InstallSpec, python: string): Promise<string | undefined> {
  const key = `${spec.requirements.join("_").replaceAll(/[^\w.-]+/g, "-")}_${spec.python}_${spec.platform}`;
  const folder = path.join(cacheFolder(), "installs", key);
  if (existsSync(folder)) return readdirSync(folder).length === 0 ? undefined : folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(cacheFolder(), "fetch-"));
  const platforms = tags[spec.platform].flatMap((tag) => ["--platform", tag]);
  const target = ["--python-version", spec.python, "--implementation", "cp", "--only-binary=:all:", "--no-compile"];
  const args = ["-m", "pip", "install", "--quiet", "--target", path.join(work, "tree"), ...platforms, ...target];
  try {
    await run(python, [...args, ...spec.requirements], { timeout: 400_000 });
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    const text = error instanceof Error ? error.message : String(error);
    if (!/No matching distribution found|ResolutionImpossible/.test(text))
      throw new Error(`pip could not install ${spec.requirements.join(" ")}`, { cause: error });
    mkdirSync(folder);
    return undefined;
  }
  renameSync(path.join(work, "tree"), folder);
  rmSync(work, { recursive: true, force: true });
  return folder;
}

const fetching = new Map<string, Promise<string | undefined>>();

async function fetchWheel(spec: WheelSpec, python: string): Promise<string | undefined> {
  const key = `${spec.requirement.replaceAll("==", "-")}_${spec.python}_${spec.platform}`;
  const folder = path.join(cacheFolder(), "wheels", key);
  if (existsSync(folder)) return readdirSync(folder).length === 0 ? undefined : folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(cacheFolder(), "fetch-"));
  const platforms = spec.platform === "any" ? [] : tags[spec.platform].flatMap((tag) => ["--platform", tag]);
  const target = spec.platform === "any" ? [] : ["--python-version", spec.python, "--implementation", "cp"];
  const args = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", ...platforms, ...target];
  try {
    await run(python, [...args, "--dest", work, spec.requirement], { timeout: 240_000 });
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    const text = error instanceof Error ? error.message : String(error);
    if (!/No matching distribution found/.test(text))
      throw new Error(`pip could not fetch ${spec.requirement}`, { cause: error });
    mkdirSync(folder);
    return undefined;
  }
  const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip fetched no wheel of ${spec.requirement}`);
  const unpacked = path.join(work, "unpacked");
  await run(python, ["-m", "zipfile", "-e", path.join(work, wheel), unpacked]);
  renameSync(unpacked, folder);
  rmSync(work, { recursive: true, force: true });
  return folder;
}

/** The folder of Debian's python3-psycopg2, linked to the system's libpq; undefined where apt or dpkg is not there. */
export async function debianPsycopg2(): Promise<string | undefined> {
  const folder = path.join(cacheFolder(), "wheels", "debian-psycopg2");
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(path.join(cacheFolder(), "fetch-"));
  try {
    await run("apt-get", ["download", "python3-psycopg2"], { cwd: work, timeout: 120_000 });
    const file = readdirSync(work).find((name) => name.endsWith(".deb"));
    if (file === undefined) return undefined;
    await run("dpkg-deb", ["-x", path.join(work, file), path.join(work, "root")]);
    cpSync(path.join(work, "root", "usr", "lib", "python3", "dist-packages"), folder, { recursive: true });
    return folder;
  } catch {
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Lays the contents of folders over each other, as `pip install --target` does; files are linked, not copied. */
export async function layOut(sources: readonly string[], target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const source of sources) await run("cp", ["-al", `${source}/.`, `${target}/`]);
}
