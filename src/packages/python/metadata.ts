// Installed distributions as the function sees them, and which of them owns a file.
import type { Distribution } from "../../facts/inventory.ts";
import { isFolder, layerRoot, nodeAt, taskRoot, type Part, type ViewFile } from "../view.ts";
import type { Machine } from "./machine.ts";

/** A distribution and where it is. */
export type Installed = { distribution: Distribution; part: Part; folder: string };

/** A distribution's name in the form in which two spellings are the same. */
export function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

/** Every distribution of the view with the folder that its modules are in. */
export function installedIn(machine: Pick<Machine, "view">): Installed[] {
  return machine.view.parts.flatMap((part) =>
    part.inventory.distributions.map((distribution) => {
      const slash = distribution.path.lastIndexOf("/");
      const root = part.kind === "package" ? taskRoot : layerRoot;
      return { distribution, part, folder: slash < 0 ? root : `${root}/${distribution.path.slice(0, slash)}` };
    }),
  );
}

/** The distribution that `importlib.metadata` finds for a name; true for one that the runtime brings. */
export function findDistribution(machine: Machine, name: string): Installed | true | undefined {
  const wanted = normalName(name);
  const found = installedIn(machine).find(
    (each) => normalName(each.distribution.name) === wanted && machine.target.searchPath.includes(each.folder),
  );
  if (found !== undefined) return found;
  const provided = [...machine.target.provided].some((module) => normalName(module) === wanted);
  return provided || wanted === "python-dateutil" ? true : undefined;
}

/** The distribution that owns a file, by its top-level names and the folder that it is installed in. */
export function ownerOf(machine: Machine, path: string): Installed | undefined {
  return installedIn(machine).find(({ distribution, folder }) => {
    if (!path.startsWith(`${folder}/`)) return false;
    const first = path.slice(folder.length + 1).split("/", 1)[0] ?? "";
    const top = first.split(".", 1)[0] ?? first;
    return distribution.topLevel.includes(top) || first === distribution.path.split("/").at(-1);
  });
}

/** The distribution that offers a top-level module, wherever it is in the view. */
export function distributionOf(machine: Pick<Machine, "view">, top: string): Installed | undefined {
  return installedIn(machine).find(({ distribution }) => distribution.topLevel.includes(top));
}

/** The file of the view at a path. */
export function fileAt(machine: Machine, path: string): ViewFile | undefined {
  const node = nodeAt(machine.view, path);
  return isFolder(node) ? undefined : node;
}
