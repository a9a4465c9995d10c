// What changes of the search path do while an import is simulated, and when they leave open where a module is.
import type { Step } from "../../facts/inventory.ts";
import { isFolder, layerRoot, nodeAt, normalise, taskRoot, type View } from "../view.ts";
import type { Machine, Module } from "./machine.ts";

/** More folders than this nobody adds on purpose: a loop that is simulated adds them again and again. */
const maxFolders = 500;

/** Whether a folder's files are among those of the view, if it is there at all. */
export function isInView(folder: string): boolean {
  return [taskRoot, layerRoot, "/var/lang", "/var/runtime"].some(
    (root) => folder === root || folder.startsWith(`${root}/`),
  );
}

/** Adds folders where a module says so; where they cannot be told, what is not found from then on may be in them. */
export function runPath(machine: Machine, module: Module, step: Extract<Step, { do: "path" }>): void {
  const where = `${module.file?.path ?? module.name}, line ${step.line},`;
  // Packages that are published put in importers for modules of their own.
  if (step.by === "importer" && module.published) return;
  const owner = step.by !== "package" ? undefined : step.of === undefined ? module : machine.modules.get(step.of);
  const list = step.by === "package" ? (owner?.folders ?? []) : machine.target.searchPath;
  const added = (step.folders ?? []).map((folder) => placed(machine, module, folder));
  if (step.folders === undefined || added.includes(undefined) || (step.by === "package" && owner === undefined)) {
    const how = step.by === "importer" ? "brings modules in a way" : "adds a place to search";
    (owner ?? machine).elsewhere ??= `${where} ${how} that cannot be told from the code`;
  }
  const folders = added.filter((folder) => folder !== undefined && list.length < maxFolders);
  if (step.by === "site") folders.push(...foldersOfSite(machine, folders, where));
  // What may not run takes no precedence.
  const at = machine.maybe > 0 ? undefined : step.at;
  for (const folder of at === undefined ? folders : folders.reverse()) {
    if (folder === undefined) continue;
    if (at === undefined) {
      if (!list.includes(folder)) list.splice(list.length, 0, folder);
    } else if (list[at] !== folder) list.splice(at, 0, folder);
  }
  if (owner !== undefined) owner.folders = list;
}

/** Takes a folder out of the search path; where it cannot be told which, what is found from then on may be gone. */
export function runUnpath(machine: Machine, module: Module, step: Extract<Step, { do: "unpath" }>): void {
  const path = machine.target.searchPath;
  const folder = step.folder === undefined ? undefined : placed(machine, module, step.folder);
  const index = step.first === true ? 0 : folder === undefined ? -1 : path.indexOf(folder);
  if (machine.maybe === 0 && machine.elsewhere === undefined && index >= 0) {
    path.splice(index, 1);
    return;
  }
  // Packages that are published take away what they put there themselves.
  if (module.published) return;
  machine.narrowed ??= `${module.file?.path ?? module.name}, line ${step.line}, takes folders from the search path`;
  machine.elsewhere ??= `${module.file?.path ?? module.name}, line ${step.line}, changes the search path in a way that cannot be told from the code`;
}

/** The absolute path of a folder, if it is among those of the view or at least known not to be there. */
function placed(machine: Machine, { file }: Module, folder: string): string | undefined {
  if (!folder.startsWith("/") && file === undefined) return undefined;
  const path = normalise(folder.startsWith("/") ? folder : `${file?.path ?? ""}/../${folder}`);
  const node = nodeAt(machine.view, path);
  // An archive that is imported from, or a file system that is mounted.
  return (node === undefined || isFolder(node)) && isInView(path) ? path : undefined;
}

function foldersOfSite(machine: Machine, sites: readonly (string | undefined)[], where: string): string[] {
  return sites.flatMap((site) =>
    pathFileFolders(machine.view, site ?? "").flatMap(({ file, folder, read }) => {
      if (!read) machine.elsewhere ??= `${where} adds what ${file} names, which was not read`;
      return folder ?? [];
    }),
  );
}

/** The folders that the `.pth` files in a folder name and that are there; lines that import something are not followed. */
export function pathFileFolders(view: View, site: string): { file: string; folder?: string; read: boolean }[] {
  const folder = nodeAt(view, site);
  if (!isFolder(folder)) return [];
  return [...folder.children.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((child) => {
      if (isFolder(child) || !child.path.endsWith(".pth")) return [];
      const lines = child.part.inventory.pth[child.stored];
      const file = child.path;
      const named = (lines ?? []).flatMap((line) => {
        const path = line.startsWith("/") ? line : `${site}/${line}`;
        return !/^import\s/.test(line) && isFolder(nodeAt(view, path)) ? [{ file, folder: path, read: true }] : [];
      });
      return [{ file, read: lines !== undefined }, ...named];
    });
}

/** Why a module that was not found may be there all the same; undefined where it is not. */
export function searchedElsewhere(machine: Machine, name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  const parent = dot < 0 ? undefined : machine.modules.get(name.slice(0, dot));
  return machine.elsewhere ?? parent?.elsewhere;
}
