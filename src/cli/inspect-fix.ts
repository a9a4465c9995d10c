import {
  chooseRequirement,
  isPure,
  normalName,
  pipInstall,
  withCompanions,
  type KnownVersion,
  type Requirement,
} from "../causes/support/packages.ts";
import { joinPath, placeholder, quote } from "../causes/support/shell.ts";
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { ImportFailure } from "../facts/packages.ts";
import type { InspectFix } from "../report/inspect.ts";

/** Where a package or layer lies, so far as something can be installed into it. */
export interface Site {
  readonly name: string;
  readonly kind: "folder" | "zip" | "elsewhere";
  /** As the reader of the remedy would write it. */
  readonly path: string;
  /** A layer: its modules lie in `python/`. */
  readonly layered: boolean;
}

export interface Mending {
  readonly runtime: string;
  readonly architecture: string;
  readonly own: Site;
  readonly layers: readonly Site[];
  /** Versions that the project pins, then those that are installed. */
  readonly versions: readonly KnownVersion[];
}

/** Causes that installing the package anew, for Lambda's platform, mends. */
const reinstalled: ReadonlySet<CauseId> = new Set<CauseId>([
  "module-missing",
  "transitive-dependency-missing",
  "native-extension-missing",
  "driver-backend-missing",
  "shared-library-missing",
  "wrong-platform-macos",
  "wrong-platform-windows",
  "wrong-platform-unspecified",
  "wrong-arch",
  "wrong-python-abi",
  "wrong-libc-musl",
  "glibc-too-old",
  "symbol-mismatch",
  "corrupt-artifact",
]);

/** How a failing import is mended: the install command where one does it, else what the cause says. */
export async function fixOf(failure: ImportFailure, mending: Mending): Promise<InspectFix> {
  if (failure.mending !== undefined) return { commands: [], advice: [failure.mending] };
  const requirement = reinstalled.has(failure.cause) ? requirementOf(failure, mending) : undefined;
  if (requirement === undefined) {
    const { causes } = await import("../causes/registry.gen.ts");
    const said = causes.find(({ id }) => id === failure.cause)?.mending;
    return { commands: [], advice: said === undefined ? [] : [said] };
  }
  const site = siteOf(failure, mending);
  return { commands: commandsFor(site, requirement, mending), advice: adviceFor(site) };
}

function requirementOf(failure: ImportFailure, mending: Mending): Requirement | undefined {
  if (mending.runtime.startsWith("nodejs")) {
    const name = nodePackage(failure);
    return name === undefined ? undefined : { name };
  }
  const { versions } = mending;
  // The package that needs it brings it along, in the version that fits.
  const needing = failure.cause === "transitive-dependency-missing" ? ownerOf(failure, versions) : undefined;
  return needing ?? chooseRequirement(versions, failure.module);
}

/** The package of npm to install again: the one that needs what is missing, the one that a file is of, or what is missing. */
function nodePackage({ module, cause, chain, file }: ImportFailure): string | undefined {
  const needing = cause === "transitive-dependency-missing" ? chain.at(-1)?.file : module.startsWith("/") ? file : "";
  const inner = /^.*\/node_modules\/(.+)$/.exec(needing ?? "")?.[1];
  const name = /^(?:@[\w.-]+\/)?[A-Za-z0-9][\w.-]*/.exec(inner ?? module)?.[0];
  // A module of the function's own, or what Prisma generates, comes from no registry.
  return module.startsWith(".") ? undefined : name;
}

/** The distribution whose file asks for what is missing. */
function ownerOf({ chain }: ImportFailure, versions: readonly KnownVersion[]): Requirement | undefined {
  const file = chain.at(-1)?.file ?? "";
  const inner = file.replace(/^\/var\/task\/|^\/opt\/python\/(?:lib\/python3\.\d+\/site-packages\/)?/, "");
  const top = (inner.split("/")[0] ?? "").replace(/\.py$/, "");
  return versions.some(({ topLevel }) => topLevel.includes(top)) ? chooseRequirement(versions, top) : undefined;
}

/** Where the package at fault is; what is nowhere goes to the first layer that can be written, else to the package. */
function siteOf({ origin }: ImportFailure, { own, layers }: Mending): Site {
  if (origin?.kind === "layer") return layers.find(({ name }) => name === origin.arn) ?? own;
  if (origin?.kind === "package") return own;
  return layers.find(({ kind }) => kind === "folder") ?? own;
}

function commandsFor(site: Site, requirement: Requirement, mending: Mending): readonly string[] {
  const isNode = mending.runtime.startsWith("nodejs");
  const inner = site.layered ? (isNode ? "nodejs" : "python") : "";
  const install = (folder: string): string => {
    if (!isNode) {
      const all = withCompanions([requirement]);
      return pipInstall(folder, all, { ...mending }, !all.every(isPure));
    }
    const cpu = mending.architecture === "arm64" ? "arm64" : "x64";
    return `npm install --prefix ${folder} --os linux --cpu ${cpu} ${quote(requirement.name)}`;
  };
  switch (site.kind) {
    case "folder":
      return [
        install(quote(site.path.startsWith("/") ? `/${joinPath(site.path, inner)}` : joinPath(site.path, inner))),
      ];
    case "zip": {
      const archive = site.path.startsWith("/") ? quote(site.path) : `"$OLDPWD"/${quote(site.path)}`;
      const target = inner === "" ? '"$work"' : `"$work"/${inner}`;
      return ["work=$(mktemp -d)", install(target), `(cd "$work" && zip -qr ${archive} .)`];
    }
    case "elsewhere":
      return [
        install(
          placeholder(inner === "" ? "folder of the package" : `folder of the layer`) +
            (inner === "" ? "" : `/${inner}`),
        ),
      ];
  }
}

function adviceFor({ kind, path, name }: Site): readonly string[] {
  if (kind === "elsewhere")
    return [`Then build and deploy ${name} from there; cscp doctor --stack NAME prints those commands filled in.`];
  if (path.split("/").includes(".aws-sam")) {
    return [
      "sam build makes this folder anew: list it in the code's requirements too, and build with --use-container.",
    ];
  }
  return [];
}

/** Versions by what is installed, as requirements are chosen among them. */
export function installedVersions(
  inventories: readonly { readonly distributions: readonly KnownVersion[] }[],
): readonly KnownVersion[] {
  return inventories.flatMap(({ distributions }) =>
    distributions
      .filter(({ name }) => normalName(name) !== "")
      .map(({ name, version, topLevel }) => ({ name, version, topLevel })),
  );
}
