import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Larger files are not read: nothing that a project keeps by hand comes near. */
const maxBytes = 4 * 1024 * 1024;

/** The text of a file; undefined where there is none, it cannot be read, or it is too large to be what was meant. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > maxBytes) return undefined;
    return (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  } catch {
    return undefined;
  }
}

/** Writes a file whole or not at all; folders on the way are made. A fault of the disk is thrown as it comes. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

/** Names of the folders in a folder, in order; none when it is not there. */
export async function listFolders(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted();
  } catch {
    return [];
  }
}

/** The path of something that ships in the package, beside `dist` or `src`. */
export function packageFile(relative: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, relative);
    if (folder === dirname(folder)) return relative;
  }
}

/** Where inventories are kept between runs: in the user's cache folder; undefined when CSCP_CACHE is `off`. */
export function inventoryCacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { CSCP_CACHE: own, XDG_CACHE_HOME: xdg, HOME: home } = env;
  if (own === "off") return undefined;
  if (own !== undefined && own !== "") return own;
  const base = xdg !== undefined && xdg !== "" ? xdg : home === undefined || home === "" ? undefined : join(home, ".cache");
  return base === undefined ? undefined : join(base, "cscp");
}
