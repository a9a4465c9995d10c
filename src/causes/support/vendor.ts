// Putting a package where the functions import it from: a layer, which is published anew, or their own code.
import type { Remedy, View } from "../../core/cause.ts";
import { layerRef, type FunctionRef, type LayerRef } from "../../core/subject.ts";
import { layerVersion } from "../../facts/layers.ts";
import { layerInventory, type PackageOrigin } from "../../facts/packages.ts";
import type { MakeTarget, Project } from "../../facts/project.ts";
import { compareVersions } from "../../postgres/driver-names.ts";
import { buildAndDeploy } from "./deploy.ts";
import { layerLocation, patchedCode, repacked, unpacked } from "./deployed-code.ts";
import { groupBy } from "./groups.ts";
import { isPure, normalName, parsePins, pipInstall, pipWord, withCompanions, type Requirement } from "./packages.ts";
import { aws, configured, type Configured, type Place } from "./place.ts";
import { eachFunction, fixedVersionRemark, remedy } from "./remedies.ts";
import { inFolder, joinPath, quote } from "./shell.ts";
import { sentences } from "./text.ts";

interface VendorWish {
  readonly functions: readonly FunctionRef[];
  readonly requirements: readonly Requirement[];
  /** Where the package that is at fault is now; absent when it is nowhere. */
  readonly origin?: PackageOrigin | undefined;
  /** Wheels for Lambda's platform are asked for even where pip would fetch another machine's. */
  readonly native: boolean;
  readonly advice?: string | undefined;
}

/** The remedies that bring the packages to the functions: at once, and in the project. */
export async function vendorRemedies(view: View, place: Place, asked: VendorWish): Promise<readonly Remedy[]> {
  const wish = { ...asked, requirements: withCompanions(asked.requirements) };
  const list = await configured(view, wish.functions);
  const remedies: Remedy[] = [];
  for (const group of groupBy(list, (entry) => targetKey(entry, wish.origin))) {
    const layer = targetLayer(group[0], wish.origin);
    remedies.push(
      ...(layer === undefined ? intoCode(place, group, wish) : await intoLayer(view, place, group, layer, wish)),
    );
  }
  return remedies;
}

/** What is built alike: the same layer, or the same code, for the same runtime and processor. */
function targetKey(entry: Configured, origin: PackageOrigin | undefined): string {
  const layer = targetLayer(entry, origin);
  const { runtime, architecture, codeSha256 } = entry.configuration;
  return JSON.stringify([layer?.id ?? codeSha256, runtime, architecture]);
}

/** The layer that holds the package at fault, else the first of the function's own account. */
function targetLayer({ configuration }: Configured, origin: PackageOrigin | undefined): LayerRef | undefined {
  if (origin?.kind === "package") return undefined;
  const attached = configuration.layers.flatMap(({ arn }) => layerRef(arn) ?? []);
  if (origin?.kind === "layer") return attached.find(({ id }) => id === origin.arn) ?? layerRef(origin.arn);
  const account = configuration.arn.split(":")[4];
  return attached.find(({ layerArn }) => layerArn.split(":")[4] === account);
}

/** What is put somewhere, as a title says it: `pg8000 1.30.5 and scramp<1.5`. */
function namesOf({ requirements }: VendorWish): string {
  return requirements
    .map(({ name, version, specifier = "" }) => `${name}${version === undefined ? specifier : ` ${version}`}`)
    .join(" and ");
}

/** The folder of the project from which a layer is built, relative to the project. */
export function layerFolder({ project }: Place, layer: LayerRef): string | undefined {
  const list = project?.template?.parsed.layers ?? [];
  const named = list.find(
    ({ name, logicalId }) => name === layer.name || (name === undefined && logicalId === layer.name),
  );
  const found = named ?? (list.length === 1 && list[0]?.name === undefined ? list[0] : undefined);
  const uri = found?.contentUri;
  if (uri === undefined || /^[a-z0-9]+:/.test(uri) || uri.endsWith(".zip")) return undefined;
  return joinPath(project?.template?.folder ?? ".", uri);
}

const pythonPackages = (runtime: string | undefined): boolean => !(runtime ?? "").startsWith("nodejs");

function install(folder: string, entry: Configured, { requirements, native }: VendorWish, layered: boolean): string {
  const { configuration } = entry;
  if (pythonPackages(configuration.runtime)) {
    const forPlatform = native || !requirements.every(isPure);
    return pipInstall(layered ? `${folder}/python` : folder, requirements, configuration, forPlatform);
  }
  const packages = requirements.map(({ name, version }) => quote(version === undefined ? name : `${name}@${version}`));
  const cpu = configuration.architecture === "arm64" ? "arm64" : "x64";
  return `npm install --prefix ${layered ? `${folder}/nodejs` : folder} --os linux --cpu ${cpu} ${packages.join(" ")}`;
}

async function intoLayer(
  view: View,
  place: Place,
  group: readonly [Configured, ...Configured[]],
  layer: LayerRef,
  wish: VendorWish,
): Promise<readonly Remedy[]> {
  const [first] = group;
  const functions = group.map(({ fn }) => fn);
  const folder = layerFolder(place, layer);
  const recipe = folder === undefined ? undefined : recipeFor(place.project, folder, wish);
  const names = namesOf(wish);
  const stale = await outdated(view, layer, wish);
  const publish = `layer=$(${await publishCommand(view, place, layer, first)})`;
  const attach = attachCommands(place, group, (arn) => (sameLayer(arn, layer) ? '"$layer"' : quote(arn)));
  const advice = sentences(
    wish.advice,
    unpinnedRemark(wish.requirements),
    stale.length === 0 ? "" : "The rm takes away the metadata of the version before, which pip leaves there.",
    fixedVersionRemark(functions),
  );
  if (folder === undefined) {
    // Without the project the deployed layer is what can be built upon.
    const commands = [
      ...repacked(layerLocation(place, layer.id), [
        ...stale.map((path) => `rm -r ${unpacked}/${quote(path)}`),
        install(unpacked, first, wish, true),
      ]),
      publish,
      ...attach,
    ];
    return [
      remedy("now", `Publish ${layer.name} with ${names} in it, and attach it.`, commands, { advice }),
      remedy("for-good", "Keep it over the next deploy.", [], {
        advice: `Put ${names} into the layer ${layer.name} where it is built; the next deploy would otherwise leave it out again.`,
      }),
    ];
  }
  const commands = [
    ...stale.map((path) => `rm -rf ${quote(joinPath(folder, path))}`),
    recipe ?? install(quote(folder), first, wish, true),
    "work=$(mktemp -d)",
    inFolder(folder, 'chmod -R a+rX . && python3 -m zipfile -c "$work/new.zip" .'),
    publish,
    ...attach,
  ];
  const plan = buildAndDeploy(place);
  const keep = recipe === undefined ? recipeAdvice(place.project, folder, wish) : "";
  return [
    remedy("now", `Put ${names} into ${folder}, publish ${layer.name}, and attach it.`, commands, { advice }),
    remedy("for-good", keepingTitle(place.project, keep, wish), plan.commands, {
      variables: plan.variables,
      advice: sentences(keep, plan.advice),
    }),
  ];
}

/**
 * Folders of a layer with the metadata of other versions of what is asked for: pip replaces a package in its target and
 * leaves them, so that it would seem to be there twice.
 */
async function outdated(view: View, layer: LayerRef, { requirements }: VendorWish): Promise<readonly string[]> {
  const inventory = await view.value(layerInventory, layer);
  return (inventory?.distributions ?? [])
    .filter(({ name, version }) =>
      requirements.some((wished) => normalName(wished.name) === normalName(name) && wished.version !== version),
    )
    .map(({ path }) => path);
}

const sameLayer = (arn: string, layer: LayerRef): boolean => layerRef(arn)?.layerArn === layer.layerArn;

async function publishCommand(
  view: View,
  place: Place,
  layer: LayerRef,
  { configuration }: Configured,
): Promise<string> {
  const published = await view.value(layerVersion, layer);
  const known = published?.exists === true ? published : undefined;
  const runtimes = known?.runtimes.length
    ? known.runtimes
    : configuration.runtime === undefined
      ? []
      : [configuration.runtime];
  const architectures = known?.architectures.length ? known.architectures : [configuration.architecture];
  const forRuntimes = runtimes.length === 0 ? "" : ` --compatible-runtimes ${runtimes.map(quote).join(" ")}`;
  return aws(
    place,
    `lambda publish-layer-version --layer-name ${quote(layer.name)} --zip-file "fileb://$work/new.zip"${forRuntimes} --compatible-architectures ${architectures.map(quote).join(" ")} --query LayerVersionArn --output text`,
  );
}

/**
 * Attaches layers: the whole list each time, in its order, since Lambda takes nothing less. Functions with one list share
 * a loop.
 * @param replaced what stands for each attached ARN, quoted; undefined leaves it out.
 */
export function attachCommands(
  place: Place,
  list: readonly Configured[],
  replaced: (arn: string) => string | undefined,
): readonly string[] {
  return groupBy(list, ({ configuration }) => JSON.stringify(configuration.layers.map(({ arn }) => arn))).flatMap(
    (group) => {
      const layers = group[0].configuration.layers.flatMap(({ arn }) => replaced(arn) ?? []);
      const line = `lambda update-function-configuration --function-name "$fn" --layers ${layers.join(" ")} --query LastUpdateStatus --output text`;
      return eachFunction(
        place,
        group.map(({ fn }) => fn),
        aws(place, line),
      );
    },
  );
}

/** The project's own target that fills the layer's folder, where it brings all that is wished and any machine may run it. */
function recipeFor(
  project: Project | undefined,
  folder: string,
  { requirements, native }: VendorWish,
): string | undefined {
  if (native || !requirements.every(isPure)) return undefined;
  const target = fillingTarget(project, folder);
  const installed = parsePins(target?.recipe.join(" ").replaceAll(/["']/g, "") ?? "");
  const brings = requirements.every((wished) => installed.some((one) => isSuchA(wished, one)));
  if (target === undefined || !brings) return undefined;
  const makefolder = project?.makefile?.folder ?? ".";
  return makefolder === "." ? `make ${target.name}` : `make -C ${quote(makefolder)} ${target.name}`;
}

/** Whether what a recipe installs is what is wished: the very version, or one below the bound that is set. */
function isSuchA(wished: Requirement, { name, version, specifier }: Requirement): boolean {
  if (normalName(name) !== normalName(wished.name)) return false;
  if (wished.version !== undefined) return version === wished.version;
  const below = /^<([\w.]+)$/.exec(wished.specifier ?? "")?.[1];
  if (below === undefined) return true;
  return version === undefined ? specifier === wished.specifier : compareVersions(version, below) < 0;
}

/** The target whose recipe installs into a folder. */
function fillingTarget(project: Project | undefined, folder: string): MakeTarget | undefined {
  const base = project?.makefile?.folder ?? ".";
  return project?.makefile?.targets.find(({ recipe }) =>
    recipe.some((line) =>
      line.split(/\s+/).some((word) => {
        const path = joinPath(base, word.replace(/^--?(target|prefix|t)=/, ""));
        return path === folder || path === `${folder}/python` || path === `${folder}/nodejs`;
      }),
    ),
  );
}

/** What comes before the build is said first: a build as it was would undo what was mended. */
function keepingTitle(project: Project | undefined, keep: string, { native }: VendorWish): string {
  if (keep === "") return "Build and deploy the project with it.";
  const makefile = project?.makefile?.path ?? "the Makefile";
  return `First have ${makefile} ${native === true ? "install for Lambda" : "install it too"}, then build and deploy.`;
}

function recipeAdvice(project: Project | undefined, folder: string, { requirements, native }: VendorWish): string {
  const target = fillingTarget(project, folder);
  if (target === undefined) return "";
  const words = requirements.map(pipWord).join(" ");
  return native
    ? `Its target ${target.name} installs for the machine that it runs on; give it the options above, from --platform to --only-binary.`
    : `Write ${words} into its target ${target.name}, which fills ${folder}.`;
}

function intoCode(place: Place, group: readonly [Configured, ...Configured[]], wish: VendorWish): readonly Remedy[] {
  const [first] = group;
  const functions = group.map(({ fn }) => fn);
  const names = namesOf(wish);
  const commands = patchedCode(place, group, [install(unpacked, first, wish, false)]);
  const advice = sentences(wish.advice, unpinnedRemark(wish.requirements), fixedVersionRemark(functions));
  const plan = buildAndDeploy(place);
  return [
    remedy("now", `Put ${names} into the deployed package.`, commands, { advice }),
    remedy(
      "for-good",
      "List it among the code's requirements, build for Lambda, and deploy.",
      [...listing(place, functions, wish), ...plan.commands],
      {
        variables: plan.variables,
        advice: sentences(
          wish.native ? "sam build --use-container builds in Lambda's own image, where Docker is at hand." : "",
          plan.advice,
        ),
      },
    ),
  ];
}

/** Appends what is missing to the requirements beside the functions' code. */
function listing(
  { project }: Place,
  functions: readonly FunctionRef[],
  { requirements }: VendorWish,
): readonly string[] {
  const template = project?.template;
  const owner = template?.parsed.functions.find(({ logicalId }) => functions.some((fn) => fn.id === logicalId));
  if (template === undefined || owner?.codeUri === undefined) return [];
  const path = joinPath(template.folder, owner.codeUri, "requirements.txt");
  const there = project?.requirements.find((file) => file.path === path)?.lines ?? [];
  const missing = requirements.filter(
    ({ name }) => !there.some((line) => normalName(line.split(/[\s=<>~!;[]/)[0] ?? "") === normalName(name)),
  );
  return missing.map((requirement) => `printf '%s\\n' ${pipWord(requirement)} >> ${quote(path)}`);
}

function unpinnedRemark(requirements: readonly Requirement[]): string {
  const open = requirements
    .filter(({ version, specifier }) => version === undefined && specifier === undefined)
    .map(({ name }) => name);
  return open.length === 0
    ? ""
    : `No version of ${open.join(" and ")} is pinned in the project; note the one that pip installs, and pin it.`;
}
