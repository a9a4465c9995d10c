// Installed distributions from their metadata folders: METADATA, RECORD, WHEEL, top_level.txt, direct_url.json.
import type { Distribution } from "../../facts/inventory.ts";
import { isNativeName } from "../native.ts";

/** The files of a metadata folder that are read; METADATA's headers come first, so that a head of it is enough. */
export const metadataFiles = ["METADATA", "PKG-INFO", "RECORD", "WHEEL", "top_level.txt", "direct_url.json"] as const;

/** True for the path of a metadata folder. */
export function isMetadataFolder(path: string): boolean {
  return /(?:\.dist-info|\.egg-info)$/.test(path);
}

/**
 * Reads one distribution. `text` gives the content of a file of its folder, where it is there; name and version come from
 * METADATA, else from the folder's name.
 */
export function readDistribution(path: string, text: (file: string) => string | undefined): Distribution {
  const folder = path.slice(path.lastIndexOf("/") + 1);
  const [, folderName = folder, folderVersion = ""] =
    /^(.+?)-([^-]+?)(?:-py[\d.]+)?\.(?:dist|egg)-info$/.exec(folder) ?? [];
  const metadata = (text("METADATA") ?? text("PKG-INFO") ?? "").split(/\r?\n\r?\n/, 1)[0] ?? "";
  const fields = (name: string) =>
    [...metadata.matchAll(new RegExp(`^${name}:[ \\t]*(.*)$`, "gim"))].map((match) => (match[1] ?? "").trim());
  const record = (text("RECORD") ?? "").split(/\r?\n/).flatMap((line) => {
    const file = line.startsWith('"') ? line.slice(1, line.indexOf('"', 1)) : line.split(",", 1)[0];
    return file === undefined || file === "" ? [] : [file];
  });
  const name = fields("Name")[0] ?? folderName.replace(/\.(?:dist|egg)-info$/, "");
  const found: Distribution = {
    path,
    name,
    version: fields("Version")[0] ?? folderVersion,
    topLevel: topLevelOf(text("top_level.txt"), record, name, folder),
    requires: fields("Requires-Dist"),
    tags: [...(text("WHEEL") ?? "").matchAll(/^Tag:\s*(\S+)/gim)].map((match) => match[1] ?? ""),
    natives: record.filter((file) => isNativeName(file) && !file.includes(".libs/") && !file.includes(".dylibs/")),
  };
  const requiresPython = fields("Requires-Python")[0];
  if (requiresPython !== undefined && requiresPython !== "") found.requiresPython = requiresPython;
  if (/"editable"\s*:\s*true/.test(text("direct_url.json") ?? "")) found.editable = true;
  return found;
}

function topLevelOf(listed: string | undefined, record: readonly string[], name: string, folder: string): string[] {
  const tops = new Set(
    (listed ?? "")
      .split(/\s+/)
      .filter((top) => top !== "")
      .map((top) => top.split("/", 1)[0] ?? top),
  );
  for (const file of record) {
    if (file.startsWith("..") || file.startsWith(`${folder}/`)) continue;
    const slash = file.indexOf("/");
    const top = slash < 0 ? file : file.slice(0, slash);
    if (top === "__pycache__" || /\.(?:libs|dylibs|data|pth)$/.test(top)) continue;
    if (slash >= 0) tops.add(top);
    else if (/\.(?:py|so|pyd)$/.test(top)) tops.add(top.split(".", 1)[0] ?? top);
  }
  // Without either list the import name is usually the distribution's own.
  return tops.size > 0 ? [...tops] : [name.toLowerCase().replaceAll(/[-.]/g, "_")];
}

/** The native files that the distribution which brought a file lists. */
export function nativesBeside(distributions: readonly Distribution[], file: string): string[] {
  for (const { path, topLevel, natives } of distributions) {
    const root = path.slice(0, path.lastIndexOf("/") + 1);
    if (!file.startsWith(root)) continue;
    const top = file.slice(root.length).split(/[/.]/, 1)[0] ?? "";
    if (topLevel.includes(top)) return natives.map((native) => root + native);
  }
  return [];
}
