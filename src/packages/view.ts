// A function's files as its process sees them: the package at /var/task, the layers merged in order at /opt.
import type { FileRow, Inventory } from "../facts/inventory.ts";

/** One package or layer of a function. */
export type Part = {
  kind: "package" | "layer";
  /** The function's or the layer's name, with its version. */
  name: string;
  arn?: string;
  inventory: Inventory;
};

export type ViewFile = {
  /** Absolute path in the running function. */
  path: string;
  size: number;
  /** Permission bits, or undefined when the archive stores none. */
  mode: number | undefined;
  part: Part;
  /** The path inside its package or layer: the key into the inventory's records. */
  stored: string;
};

/**
 * A folder; `mode` is undefined when nothing says otherwise than readable. Its children are made when they are first
 * looked at: most folders of a large layer never are.
 */
export type ViewFolder = {
  path: string;
  mode: number | undefined;
  readonly children: ReadonlyMap<string, ViewFile | ViewFolder>;
};

/** The merged files of one function. */
export type View = { root: ViewFolder; parts: Part[] };

export type ViewInput = {
  package: Omit<Part, "kind">;
  /** In the order in which the function lists them. */
  layers?: Omit<Part, "kind">[];
};

/** Where the two kinds of part are unpacked. */
export const taskRoot = "/var/task";
export const layerRoot = "/opt";

/** A folder while a view is built: the folders in it, and the rows of each part's files. */
type Building = ViewFolder & {
  folders: Map<string, Building>;
  rows: { part: Part; stored: string; rows: readonly FileRow[] }[];
};

function newFolder(path: string): Building {
  let children: ReadonlyMap<string, ViewFile | ViewFolder> | undefined;
  const folder: Building = {
    path,
    mode: undefined,
    folders: new Map(),
    rows: [],
    get children() {
      return (children ??= childrenOf(folder));
    },
  };
  return folder;
}

/** Of two layers' files the later layer's; where one has a file and another a folder, the folder is what stays. */
function childrenOf({ path, folders, rows: all }: Building): Map<string, ViewFile | ViewFolder> {
  const children = new Map<string, ViewFile | ViewFolder>();
  for (const { part, stored, rows } of all) {
    for (const [name, size, mode] of rows) {
      const file: ViewFile = {
        path: `${path}/${name}`,
        size,
        mode: mode === undefined ? 0o644 : mode < 0 ? undefined : mode & 0o7777,
        part,
        stored: stored === "" ? name : `${stored}/${name}`,
      };
      children.set(name, file);
    }
  }
  for (const [name, folder] of folders) children.set(name, folder);
  return children;
}

/** True for a folder of a view. */
export function isFolder(node: ViewFile | ViewFolder | undefined): node is ViewFolder {
  return node !== undefined && "children" in node;
}

/** Merges the package and its layers; of two layers' files of one path, the later layer's wins. */
export function buildView(input: ViewInput): View {
  const root = newFolder("");
  const parts: Part[] = [{ kind: "package", ...input.package }];
  addPart(root, taskRoot, parts[0] as Part);
  for (const layer of input.layers ?? []) {
    const part: Part = { kind: "layer", ...layer };
    parts.push(part);
    addPart(root, layerRoot, part);
  }
  return { root, parts };
}

function addPart(root: Building, at: string, part: Part): void {
  const base = makeFolder(root, at);
  const { folders, folderModes } = part.inventory;
  for (const [folder, rows] of Object.entries(folders)) {
    makeFolder(base, folder).rows.push({ part, stored: folder, rows });
  }
  for (const [folder, mode] of Object.entries(folderModes)) makeFolder(base, folder).mode = mode & 0o7777;
}

function makeFolder(from: Building, path: string): Building {
  let folder = from;
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const child = folder.folders.get(name) ?? newFolder(`${folder.path}/${name}`);
    folder.folders.set(name, child);
    folder = child;
  }
  return folder;
}

/** The file or folder at an absolute path, `.` and `..` resolved; undefined when there is none. */
export function nodeAt(view: View, path: string): ViewFile | ViewFolder | undefined {
  let node: ViewFile | ViewFolder = view.root;
  for (const name of normalise(path).split("/")) {
    if (name === "") continue;
    if (!isFolder(node)) return undefined;
    const child: ViewFile | ViewFolder | undefined = node.children.get(name);
    if (child === undefined) return undefined;
    node = child;
  }
  return node;
}

/** Resolves `.` and `..` in an absolute path. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * Whether the function's user can read the node: it is neither the files' owner nor in their group.
 * Folders must be listable and searchable, too.
 */
export function isReadable(node: ViewFile | ViewFolder): boolean {
  if (node.mode === undefined) return true;
  const needed = isFolder(node) ? 0o005 : 0o004;
  return (node.mode & needed) === needed;
}

/** Every file of the view, in no particular order. */
export function* allFiles(folder: ViewFolder): Generator<ViewFile> {
  for (const child of folder.children.values()) {
    if (isFolder(child)) yield* allFiles(child);
    else yield child;
  }
}

/** How a sentence names a part: `the package of GetTickets`, `layer common:7`. */
export function partName(part: Part): string {
  return part.kind === "package" ? `the package of ${part.name}` : `layer ${part.name}`;
}
