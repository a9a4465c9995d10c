// A module that is in the package after all, where Python does not look for it or under a name that it does not see.
import { allFiles, isFolder, isReadable, layerRoot, nodeAt, partName, taskRoot } from "../view.ts";
import type { FailureDetail, Machine } from "./machine.ts";

type Reason = Pick<FailureDetail, "cause" | "explanation"> & Partial<Pick<FailureDetail, "file" | "part" | "mending">>;

/** Why a top-level module that the package or a layer seems to hold is not found; undefined when nothing like it is there. */
export function explainMisplaced(machine: Machine, name: string): Reason | undefined {
  return (
    explainUnreadableFolder(machine, name) ??
    explainCache(machine, name) ??
    explainCase(machine, name) ??
    explainEditable(machine, name) ??
    explainElsewhere(machine, name)
  );
}

function explainUnreadableFolder(machine: Machine, name: string): Reason | undefined {
  for (const path of machine.target.searchPath) {
    for (const at of [path, `${path}/${name}`]) {
      const folder = nodeAt(machine.view, at);
      if (!isFolder(folder) || isReadable(folder)) continue;
      const inside = nodeAt(machine.view, `${path}/${name}`) ?? nodeAt(machine.view, `${path}/${name}.py`);
      if (inside === undefined) continue;
      const mode = `0${((folder.mode ?? 0) & 0o777).toString(8)}`;
      const explanation = `The folder ${at} is not readable by the function's user: its mode is ${mode}.`;
      return { cause: "permission-denied-files", explanation, file: at };
    }
  }
  return undefined;
}

/** Byte code in `__pycache__` is used only beside its source. */
function explainCache(machine: Machine, name: string): Reason | undefined {
  for (const path of machine.target.searchPath) {
    const cache = nodeAt(machine.view, `${path}/__pycache__`);
    if (!isFolder(cache)) continue;
    for (const [file, node] of cache.children) {
      if (isFolder(node) || !file.startsWith(`${name}.cpython-`)) continue;
      const explanation = `Only the byte code ${node.path} is there; Python uses it only beside ${name}.py.`;
      return { cause: "module-missing", explanation, file: node.path, part: node.part };
    }
  }
  return undefined;
}

function explainCase(machine: Machine, name: string): Reason | undefined {
  const wanted = name.toLowerCase();
  for (const path of machine.target.searchPath) {
    const folder = nodeAt(machine.view, path);
    if (!isFolder(folder)) continue;
    for (const [child, node] of folder.children) {
      const stem = isFolder(node) ? child : child.replace(/\.py$/, "");
      if (stem === name || stem.toLowerCase() !== wanted) continue;
      const explanation = `${node.path} differs from ${name} in upper and lower case, which Linux tells apart.`;
      const mending = `Rename ${node.path} to what is imported, or import it by its name.`;
      return { cause: "module-missing", explanation, file: node.path, mending };
    }
  }
  return undefined;
}

function explainEditable(machine: Machine, name: string): Reason | undefined {
  for (const part of machine.view.parts) {
    const found = part.inventory.distributions.find(
      (each) =>
        each.editable === true && each.topLevel.concat(each.name).some((top) => top.replaceAll("-", "_") === name),
    );
    if (found === undefined) continue;
    const explanation = `${found.name} was installed in editable form: ${partName(part)} holds only a link to a folder of the machine that built it.`;
    const mending = `Install ${found.name} from its folder without -e, so that its files are copied into ${partName(part)}.`;
    return { cause: "module-missing", explanation, part, mending };
  }
  return undefined;
}

/** The same module in a folder that is not searched: wrong layer root, another version's folder, backslashes in names. */
function explainElsewhere(machine: Machine, name: string): Reason | undefined {
  const { target, view } = machine;
  const searched = new Set(target.searchPath);
  for (const root of [taskRoot, layerRoot]) {
    const folder = nodeAt(view, root);
    if (!isFolder(folder)) continue;
    for (const file of allFiles(folder)) {
      const base = file.path.slice(file.path.lastIndexOf("/") + 1);
      if (
        base.includes("\\") &&
        base
          .replaceAll("\\", "/")
          .split("/")
          .some((part) => part === name || part === `${name}.py`)
      ) {
        const explanation = `The archive was made with \\ in its names (${base}): Lambda unpacks one file of that name, not folders.`;
        const mending = "Make the archive with / in its names, as zip and Python's shutil.make_archive do.";
        return { cause: "corrupt-artifact", explanation, file: file.path, part: file.part, mending };
      }
      const above = moduleParent(file.path, name);
      // A module inside a package is that package's own, not a misplaced one.
      if (above === undefined || searched.has(above) || nodeAt(view, `${above}/__init__.py`) !== undefined) continue;
      return { ...misplacedIn(machine, above, name), file: file.path, part: file.part };
    }
  }
  return undefined;
}

/** The folder that would have to be searched for this file to be the module `name`. */
function moduleParent(path: string, name: string): string | undefined {
  for (const end of [`/${name}/__init__.py`, `/${name}.py`]) {
    if (path.endsWith(end)) return path.slice(0, -end.length);
  }
  return undefined;
}

function misplacedIn(machine: Machine, above: string, name: string): Pick<Reason, "cause" | "explanation" | "mending"> {
  const { minor, environment } = machine.target;
  const version = /\/python3\.(\d+)\/site-packages$/.exec(above)?.[1];
  const isLayerFolder =
    above === `${layerRoot}/python` || /^\/opt\/python\/lib\/python3\.\d+\/site-packages$/.test(above);
  if (
    isLayerFolder &&
    environment["PYTHONPATH"] !== undefined &&
    (version === undefined || Number(version) === minor)
  ) {
    const explanation = `${name} is in ${above}, which is not searched because the function sets PYTHONPATH.`;
    const mending = `Take PYTHONPATH out of the function's environment, or add ${above} to it.`;
    return { cause: "module-missing", explanation, mending };
  }
  if (version !== undefined && Number(version) !== minor) {
    const explanation = `${name} is in ${above}, where only Python 3.${version} looks; the runtime has 3.${minor}.`;
    return { cause: "wrong-runtime-configured", explanation };
  }
  if (above.startsWith(layerRoot)) {
    const explanation = `${name} is in ${above}; of a layer only ${layerRoot}/python and its site-packages are searched.`;
    const mending = `Put ${name} into the layer's folder python, publish it, and attach that version.`;
    return { cause: "module-missing", explanation, mending };
  }
  return { cause: "module-missing", explanation: `${name} is in ${above}, which is not searched.` };
}
