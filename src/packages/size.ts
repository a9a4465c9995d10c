// What a function weighs unpacked, what of it weighs most, and what is there twice or needlessly.
import type { Distribution, Inventory } from "../facts/inventory.ts";
import { indexOf } from "./python/layout.ts";
import { normalName } from "./python/metadata.ts";

/** Code and layers together, unpacked (Lambda's quota of 250 MB, as its error message has it: 262144000). */
export const unpackedLimit = 262_144_000;

export type SizePart = { name: string; kind: "package" | "layer"; inventory: Inventory };

/** One package (or folder, or the loose files) of one part, with its length in bytes. */
export type Weight = { name: string; version?: string; in: string; bytes: number };

export type SizeReport = {
  unpackedBytes: number;
  limitBytes: number;
  /** Each package and layer as a whole, in their order. */
  parts: { name: string; bytes: number }[];
  /** What weighs most, the heaviest first. */
  heaviest: Weight[];
  /** Packages that are in more than one part, with each copy in the parts' order and the part whose files win. */
  duplicates: { name: string; copies: Weight[]; winner: string }[];
  /** Packages that the runtime brings itself. */
  provided: Weight[];
};

const mostHeaviest = 8;
/** Distributions that the Python runtimes bring; AWS names them in its documentation of the runtimes. */
const providedPython = new Set([
  "boto3",
  "botocore",
  "s3transfer",
  "jmespath",
  "urllib3",
  "python-dateutil",
  "dateutil",
  "six",
  "simplejson",
  "awslambdaric",
]);

/** Weighs the parts of one function (its package first, then its layers) for a runtime by name. */
export function sizeReport(parts: readonly SizePart[], runtime: string): SizeReport {
  const weights = parts.flatMap((part) => weigh(part));
  const own = parts.find(({ kind }) => kind === "package")?.name;
  const named = new Map<string, Weighed[]>();
  for (const weight of weights) {
    if (!weight.isPackage) continue;
    const key = normalName(weight.name);
    named.set(key, [...(named.get(key) ?? []), weight]);
  }
  const plain = ({ name, version, in: part, bytes }: Weighed): Weight => ({
    name,
    ...(version === undefined ? {} : { version }),
    in: part,
    bytes,
  });
  const duplicates = [...named.values()].flatMap((copies) => {
    const [first] = copies;
    if (first === undefined || new Set(copies.map((copy) => copy.in)).size < 2) return [];
    // The package is searched before the layers; of these the last listed overwrites file by file.
    const winner = own !== undefined && copies.some((copy) => copy.in === own) ? own : copies.at(-1)?.in;
    return [{ name: first.name, copies: copies.map(plain), winner: winner ?? first.in }];
  });
  return {
    unpackedBytes: parts.reduce((sum, { inventory }) => sum + inventory.unpackedBytes, 0),
    limitBytes: unpackedLimit,
    parts: parts.map(({ name, inventory }) => ({ name, bytes: inventory.unpackedBytes })),
    heaviest: weights
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, mostHeaviest)
      .map(plain),
    duplicates: duplicates.toSorted((a, b) => heaviestCopy(b.copies) - heaviestCopy(a.copies)),
    provided: weights.filter((weight) => weight.isPackage && isProvided(weight.name, runtime)).map(plain),
  };
}

const heaviestCopy = (copies: readonly Weight[]): number => Math.max(...copies.map(({ bytes }) => bytes));

function isProvided(name: string, runtime: string): boolean {
  if (runtime.startsWith("python")) return providedPython.has(normalName(name));
  const major = Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? 0);
  if (major === 0) return false;
  return major >= 18 ? /^@(?:aws-sdk|smithy)\//.test(name) : name === "aws-sdk";
}

type Weighed = Weight & { isPackage: boolean };

/** The packages of one part: distributions, packages of node_modules, other folders, and the files beside them. */
function weigh({ name: part, inventory }: SizePart): Weighed[] {
  const found = new Map<string, Weighed>();
  const owners = ownersOf(inventory.distributions);
  const { roots, folders } = indexOf(inventory);
  const isModule = (path: string) => (folders.get(path) ?? []).some(([name]) => name === "__init__.py");
  const deepestFirst = roots.toSorted((a, b) => b.length - a.length);
  for (const [folder, rows] of Object.entries(inventory.folders)) {
    const root = deepestFirst.find((each) => each === "" || folder === each || folder.startsWith(`${each}/`)) ?? "";
    const inner = root === "" ? folder : folder.slice(root.length + 1);
    for (const [file, bytes] of rows) {
      const group =
        nodePackage(folder, inventory) ??
        (inner === ""
          ? fileGroup(root, file, owners)
          : folderGroup(root, inner.split("/", 1)[0] ?? inner, owners, isModule));
      const key = `${group.isPackage}:${group.name}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { ...group, in: part, bytes });
      else known.bytes += bytes;
    }
  }
  return [...found.values()];
}

type Group = Pick<Weighed, "name" | "version" | "isPackage">;

/** Distributions by the paths of what they bring; of libraries that a wheel puts beside its package, by that name. */
function ownersOf(distributions: readonly Distribution[]): Map<string, Distribution> {
  const owners = new Map<string, Distribution>();
  for (const each of distributions) {
    const root = each.path.includes("/") ? each.path.slice(0, each.path.lastIndexOf("/") + 1) : "";
    owners.set(each.path, each);
    owners.set(`${root}${normalName(each.name).replaceAll("-", "_")}.libs`, each);
    for (const top of each.topLevel) owners.set(`${root}${top}`, each);
  }
  return owners;
}

function folderGroup(
  root: string,
  top: string,
  owners: ReadonlyMap<string, Distribution>,
  isModule: (path: string) => boolean,
): Group {
  const path = root === "" ? top : `${root}/${top}`;
  const owner = owners.get(path) ?? owners.get(path.toLowerCase());
  if (owner !== undefined) return distributionGroup(owner);
  // A package whose metadata was stripped, or one of the function's own.
  return isModule(path) ? { name: top, isPackage: true } : { name: path, isPackage: false };
}

function fileGroup(root: string, file: string, owners: ReadonlyMap<string, Distribution>): Group {
  const stem = file.split(".", 1)[0] ?? file;
  const owner = owners.get(root === "" ? stem : `${root}/${stem}`);
  return owner === undefined ? { name: "loose files", isPackage: false } : distributionGroup(owner);
}

const distributionGroup = ({ name, version }: Distribution): Group => ({ name, version, isPackage: true });

/** The package of node_modules that a folder is in: the outermost, with what is nested in it. */
function nodePackage(folder: string, inventory: Inventory): Group | undefined {
  const match = /^((?:.*?\/)?node_modules)\/(@[^/]+\/[^/]+|[^/@][^/]*)/.exec(folder);
  const [path, , name] = match ?? [];
  if (path === undefined || name === undefined) return undefined;
  const version = inventory.node.packages[`${path}/package.json`]?.version;
  return { name, ...(version === undefined ? {} : { version }), isPackage: true };
}
