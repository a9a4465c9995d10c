// Files that decide something and were not read. Of the function's own code that leaves the verdict open; a published
// package is presumed whole, unless the names of its compiled files speak against it.
import { thirdPartyModules } from "../drivers.ts";
import { allFiles, isFolder, nodeAt, type ViewFile } from "../view.ts";
import type { Machine } from "./machine.ts";
import { ownerOf } from "./metadata.ts";
import { tagFits } from "./tags.ts";

/** Notes that a file would be imported and was not read. */
export function noteUnread(machine: Machine, module: string, file: ViewFile): void {
  const top = module.split(".", 1)[0] ?? module;
  const published = thirdPartyModules.has(top) || ownerOf(machine, file.path) !== undefined;
  const fits = tagFits(file.path, machine.target);
  if (fits === true || (published && fits === undefined && nativesFit(machine, file, top))) {
    machine.presumed.add(top);
  } else machine.unread.add(file.path);
}

/** Whether nothing in the names of the package's compiled files says that they are for another Python or system. */
function nativesFit(machine: Machine, file: ViewFile, top: string): boolean {
  const at = file.path.lastIndexOf(`/${top}/`);
  const folder = at < 0 ? undefined : nodeAt(machine.view, `${file.path.slice(0, at)}/${top}`);
  if (!isFolder(folder)) return true;
  const told = [...allFiles(folder)]
    .map((each) => (/\.(?:so|pyd)$/.test(each.path) ? tagFits(each.path, machine.target) : undefined))
    .filter((fits) => fits !== undefined);
  return told.length === 0 || told.includes(true);
}
