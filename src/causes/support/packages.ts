// Which distribution brings a module, in which version the project means it, and how pip is told to fetch it for Lambda.
import type { View } from "../../core/cause.ts";
import type { FunctionRef, LayerRef } from "../../core/subject.ts";
import { layerRef } from "../../core/subject.ts";
import { functionConfiguration, type FunctionConfiguration } from "../../facts/functions.ts";
import { newestLayerVersion } from "../../facts/layers.ts";
import { functionInventory, layerInventory } from "../../facts/packages.ts";
import type { Project } from "../../facts/project.ts";
import { driverConflicts } from "../../postgres/conflicts.ts";
import { quote } from "./shell.ts";

/** What to install: the name as pip takes it, with extras, and the exact version where one is known. */
export interface Requirement {
  readonly name: string;
  readonly version?: string;
  /** What pip takes behind the name in place of one version: `<1.5`. */
  readonly specifier?: string;
}

/** Top-level modules of Postgres drivers and of what they need, by the distribution that Lambda can run. */
const distributionOf: Readonly<Record<string, string>> = {
  psycopg2: "psycopg2-binary",
  psycopg: "psycopg[binary]",
  psycopg_binary: "psycopg[binary]",
  psycopg_c: "psycopg[binary]",
  psycopg_pool: "psycopg-pool",
  pg8000: "pg8000",
  asyncpg: "asyncpg",
  aiopg: "aiopg",
  sqlalchemy: "SQLAlchemy",
  scramp: "scramp",
  asn1crypto: "asn1crypto",
  dateutil: "python-dateutil",
  six: "six",
  typing_extensions: "typing-extensions",
  async_timeout: "async-timeout",
  greenlet: "greenlet",
};

/** Distributions that are Python only: any machine's pip fetches what Lambda needs. */
const pure = new Set([
  "pg8000",
  "scramp",
  "asn1crypto",
  "python-dateutil",
  "six",
  "typing-extensions",
  "async-timeout",
]);

/** One spelling of a distribution's name (PEP 503), without extras. */
export function normalName(name: string): string {
  return name
    .replace(/\[.*$/, "")
    .toLowerCase()
    .replaceAll(/[-_.]+/g, "-");
}

export function isPure({ name }: Requirement): boolean {
  return pure.has(normalName(name));
}

/**
 * The distribution that brings a module, undefined where only a guess is left: a name that is guessed may be anybody's
 * package.
 */
export async function requirementFor(
  view: View,
  project: Project | undefined,
  functions: readonly FunctionRef[],
  module: string,
  named?: string,
): Promise<Requirement | undefined> {
  return chooseRequirement(await knownVersions(view, project, functions), module, named);
}

/** The same, of versions that are known already: what comes first goes before what comes after. */
export function chooseRequirement(
  versions: readonly KnownVersion[],
  module: string,
  named?: string,
): Requirement | undefined {
  const top = module.split(".")[0] ?? module;
  const byModule = distributionOf[top];
  const inInventory = versions.find(({ topLevel }) => topLevel.includes(top))?.name;
  const guessed = versions.find(({ name }) => normalName(name) === normalName(top))?.name;
  const name = byModule ?? inInventory ?? guessed ?? (named === "" ? undefined : named);
  if (name === undefined) return undefined;
  const pin = versions.find((entry) => normalName(entry.name) === normalName(name));
  return pin === undefined ? { name } : { name, version: pin.version };
}

export interface KnownVersion {
  readonly name: string;
  readonly version: string;
  readonly topLevel: readonly string[];
}

/** Versions that the project pins, then those that are in packages and layers, the newest layer version included. */
async function knownVersions(
  view: View,
  project: Project | undefined,
  functions: readonly FunctionRef[],
): Promise<readonly KnownVersion[]> {
  return [...pinsIn(project), ...(await installedIn(view, functions))];
}

/** The part of a project that may pin versions. */
interface Pinning {
  readonly requirements: readonly { readonly lines: readonly string[] }[];
  readonly makefile?: { readonly targets: readonly { readonly recipe: readonly string[] }[] } | undefined;
}

/** The exact versions that a project's requirement files and Makefile name. */
export function pinsIn(project: Pinning | undefined): readonly KnownVersion[] {
  if (project === undefined) return [];
  const texts = [
    ...project.requirements.flatMap(({ lines }) => lines),
    ...(project.makefile?.targets ?? []).flatMap(({ recipe }) => recipe),
  ];
  return texts.flatMap((text) =>
    [...text.matchAll(/(?<![\w.-])([A-Za-z][\w.-]*(?:\[[\w, -]+\])?)==([0-9][\w.!+]*)/g)].map(
      ([, name = "", version = ""]) => ({ name, version, topLevel: [] }),
    ),
  );
}

async function installedIn(view: View, functions: readonly FunctionRef[]): Promise<readonly KnownVersion[]> {
  const found: KnownVersion[] = [];
  for (const fn of functions) {
    const configuration = await view.value(functionConfiguration, fn);
    const attached = (configuration?.layers ?? []).flatMap(({ arn }) => layerRef(arn) ?? []);
    for (const layer of attached) {
      const newest = await view.value(newestLayerVersion, layer);
      for (const version of newest === undefined || newest.id === layer.id ? [layer] : [newest, layer]) {
        found.push(...(await distributionsOf(view, version)));
      }
    }
    const own = await view.value(functionInventory, fn);
    for (const { name, version, topLevel } of own?.distributions ?? []) {
      found.push({ name, version, topLevel });
    }
  }
  return found;
}

async function distributionsOf(view: View, layer: LayerRef): Promise<readonly KnownVersion[]> {
  const inventory = await view.value(layerInventory, layer);
  return (inventory?.distributions ?? []).map(({ name, version, topLevel }) => ({
    name,
    version,
    topLevel,
  }));
}

/** The requirement as a word for pip. */
export function pipWord({ name, version, specifier = "" }: Requirement): string {
  return quote(version === undefined ? `${name}${specifier}` : `${name}==${version}`);
}

/** Requirements as pip writes them, several in one text: `pg8000==1.30.5 scramp<1.5`. */
export function parsePins(text: string): readonly Requirement[] {
  return text.split(/\s+/).flatMap((word): readonly Requirement[] => {
    const [, name, specifier = ""] = /^([\w.-]+(?:\[[\w,-]+\])?)(.*)$/.exec(word) ?? [];
    if (name === undefined) return [];
    const exact = /^==([\w.!+]+)$/.exec(specifier)?.[1];
    return [exact === undefined ? { name, specifier } : { name, version: exact }];
  });
}

/**
 * Requirements with what keeps them from conflicts: pip by itself takes the newest version of what a driver builds on, and
 * a driver that is pinned to an older one may not work with that.
 */
export function withCompanions(requirements: readonly Requirement[]): readonly Requirement[] {
  const named = new Set(requirements.map(({ name }) => normalName(name)));
  const pins = requirements.flatMap(({ name, version }) => {
    if (version === undefined) return [];
    // A version beyond all others stands for the newest one, whichever it is on that day.
    const [conflict] = driverConflicts({ scramp: "99999", [normalName(name)]: version });
    return parsePins(conflict?.pins[0] ?? "").filter((pin) => !named.has(normalName(pin.name)));
  });
  return [...requirements, ...pins];
}

/**
 * pip's words for fetching wheels that run on a function's runtime, whatever machine it runs on. Runtimes on Amazon Linux
 * 2023 (from Python 3.12) have glibc 2.34 and take manylinux_2_28 wheels; older ones, with 2.26, need manylinux2014.
 */
function platformWords({ runtime, architecture }: Pick<FunctionConfiguration, "runtime" | "architecture">): string {
  const machine = architecture === "arm64" ? "aarch64" : "x86_64";
  const version = /^python(3\.\d+)$/.exec(runtime ?? "")?.[1];
  const modern = version !== undefined && Number(version.slice(2)) >= 12;
  const platforms = modern ? [`manylinux_2_28_${machine}`, `manylinux2014_${machine}`] : [`manylinux2014_${machine}`];
  const python = version === undefined ? "" : ` --python-version ${version} --implementation cp`;
  return `${platforms.map((name) => `--platform ${name}`).join(" ")}${python} --only-binary=:all:`;
}

/** The command that puts requirements into a folder. */
export function pipInstall(
  target: string,
  requirements: readonly Requirement[],
  configuration: Pick<FunctionConfiguration, "runtime" | "architecture">,
  forPlatform: boolean,
): string {
  const platform = forPlatform ? ` ${platformWords(configuration)}` : "";
  return `python3 -m pip install --upgrade --target ${target}${platform} ${requirements.map(pipWord).join(" ")}`;
}
