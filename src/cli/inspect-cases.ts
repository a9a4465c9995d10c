import path from "node:path";
import { importedNames } from "../packages/judge.ts";
import type { Architecture } from "../packages/runtimes.ts";
import { isThere } from "../source/local-package.ts";
import { readProject, type ProjectFolder } from "../source/project-folder.ts";
import { usageError } from "./exit.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Fetched } from "./inspect-deployed.ts";
import type { OpenLive } from "./open-live.ts";
import type { OutputFlags } from "./program.ts";
import type { StackFlags } from "./options.ts";
import { templateCases } from "./inspect-template.ts";
import type { Surroundings } from "./surroundings.ts";

export interface InspectFlags extends StackFlags, OutputFlags {
  readonly runtime?: string;
  readonly arch?: Architecture;
  readonly handler?: string;
  readonly module: readonly string[];
  readonly layer: readonly string[];
}

/** Where a package or layer is. */
export type Place =
  | { readonly at: "disk"; readonly name: string; readonly file: string }
  | { readonly at: "aws"; readonly name: string; readonly content: Fetched };

/** One thing to judge: a package with its layers on one runtime. */
export interface InspectCase {
  readonly path: string;
  readonly own: Place;
  /** The target is a layer: it is judged as one, without a package. */
  readonly isLayer: boolean;
  readonly layers: readonly Place[];
  readonly runtime: string;
  readonly architecture: Architecture;
  readonly handler: string | undefined;
  /** Undefined where nothing is known of it. */
  readonly environment: Readonly<Record<string, string>> | undefined;
}

/** What the cases are made from; AWS is asked only where a target or layer needs it. */
export interface CaseContext {
  readonly flags: InspectFlags;
  readonly surroundings: Surroundings;
  readonly live: () => Promise<OpenLive>;
  readonly stackName: () => Promise<string>;
  readonly project: { readonly folder: string; readonly read: ProjectFolder } | undefined;
}

/** The project folder beside or at which the command runs. */
export async function projectOf(flags: InspectFlags, { cwd }: Surroundings): Promise<CaseContext["project"]> {
  const folder = flags.project === undefined ? cwd : path.resolve(cwd, flags.project);
  const read = await readProject(folder);
  return read === undefined ? undefined : { folder, read };
}

/**
 * What is to be judged of one target: several cases where functions of a template share its folder.
 * @throws UsageError for a target that is nowhere, and where its runtime is neither given nor known
 */
export async function casesOf(target: string, context: CaseContext): Promise<readonly InspectCase[]> {
  const { cwd } = context.surroundings;
  const file = path.resolve(cwd, target);
  if (await isThere(file)) return localCases(target, file, context);
  if (/^arn:[^:]+:lambda:[^:]*:[^:]*:layer:/.test(target)) return [await layerCase(target, context)];
  if (!target.startsWith("arn:") && /[/\\]|^\.|\.(?:zip|whl)$/.test(target)) {
    throw usageError(`There is no file or folder ${target}.`);
  }
  return [await functionCase(target, context)];
}

async function localCases(target: string, file: string, context: CaseContext): Promise<readonly InspectCase[]> {
  const { flags, surroundings, project } = context;
  const found = await templateCases(file, surroundings.cwd, project);
  const cases: InspectCase[] = [];
  const seen = new Set<string>();
  for (const entry of found.length === 0 ? [undefined] : found) {
    const runtime = checkedRuntime(flags.runtime ?? entry?.runtime, target);
    const architecture = flags.arch ?? architectureOf(entry?.architecture);
    const handler = flags.handler ?? (flags.module.length > 0 ? undefined : entry?.handler);
    const layers = flags.layer.length > 0 ? flags.layer : (entry?.layers ?? []);
    const environment = entry?.environment;
    const key = JSON.stringify([runtime, architecture, handler, layers, environment]);
    if (seen.has(key)) continue;
    seen.add(key);
    if (entry !== undefined && flags.quiet !== true) {
      surroundings.err(
        `cscp: ${target} is the code of ${entry.logicalId} in ${entry.template}: ${runtime}, ${architecture}\n`,
      );
    }
    cases.push({
      path: found.length > 1 && entry !== undefined ? `${target} (${entry.logicalId})` : target,
      own: { at: "disk", name: target, file },
      isLayer: false,
      layers: await layerPlaces(layers, context),
      runtime,
      architecture,
      handler,
      environment,
    });
  }
  return cases;
}

async function layerCase(arn: string, context: CaseContext): Promise<InspectCase> {
  const { flags } = context;
  const { deployedLayer } = await import("./inspect-deployed.ts");
  const layer = await deployedLayer((await context.live()).source, arn, flags.module);
  const [only, ...others] = layer.runtimes;
  const [architecture, ...further] = layer.architectures;
  return {
    path: arn,
    own: { at: "aws", name: arn, content: layer.content },
    isLayer: true,
    layers: await layerPlaces(flags.layer, context),
    runtime: checkedRuntime(flags.runtime ?? (others.length === 0 ? only : undefined), arn),
    architecture: flags.arch ?? architectureOf(further.length === 0 ? architecture : undefined),
    handler: undefined,
    environment: undefined,
  };
}

async function functionCase(target: string, context: CaseContext): Promise<InspectCase> {
  const { flags } = context;
  const { deployedFunction } = await import("./inspect-deployed.ts");
  const { source } = await context.live();
  const fn = await deployedFunction(source, target, await context.stackName(), flags.module);
  const isRead = !("unread" in fn);
  const attached = isRead ? fn.layers : [];
  // A layer is read for what the function imports from it.
  const wanted = [...flags.module, ...(isRead && "inventory" in fn.own ? importedNames(fn.own.inventory) : [])];
  const runtime = flags.runtime ?? (isRead ? fn.runtime : "");
  return {
    path: target,
    own: { at: "aws", name: target, content: isRead ? fn.own : fn },
    isLayer: false,
    layers: await layerPlaces(flags.layer.length > 0 ? flags.layer : attached, context, wanted),
    // A function that could not be read, or is an image, has none that is known.
    runtime: runtime === "" ? "unknown" : checkedRuntime(runtime, target),
    architecture: flags.arch ?? architectureOf(isRead ? fn.architecture : undefined),
    handler: flags.handler ?? (flags.module.length > 0 || !isRead ? undefined : fn.handler),
    environment: isRead ? fn.environment : undefined,
  };
}

async function layerPlaces(
  layers: readonly string[],
  context: CaseContext,
  modules: readonly string[] = context.flags.module,
): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const layer of layers) {
    const file = path.resolve(context.surroundings.cwd, layer);
    if (layer.startsWith("arn:")) {
      const { deployedLayer } = await import("./inspect-deployed.ts");
      const { content } = await deployedLayer((await context.live()).source, layer, modules);
      places.push({ at: "aws", name: layer, content });
    } else if (!(await isThere(file))) {
      throw usageError(`There is no file or folder ${layer} to be a layer.`);
    } else if (layer.endsWith(".whl")) {
      throw usageError(
        `The wheel ${layer} is no layer.`,
        "unpack it into a folder python/ and name the folder above it",
      );
    } else places.push({ at: "disk", name: layer, file });
  }
  return places;
}

const architectureOf = (text: string | undefined): Architecture => (text === "arm64" ? "arm64" : "x86_64");

/** @throws UsageError where none is known, and for one that no Lambda has. */
function checkedRuntime(runtime: string | undefined, target: string): string {
  if (runtime === undefined)
    throw usageError(`The runtime of ${target} is not known.`, "name it: --runtime python3.12");
  if (/^(?:python3\.\d+|nodejs\d+\.x|provided(?:\.\w+)?|java\S+|dotnet\S+|ruby\S+|go1\.x)$/.test(runtime))
    return runtime;
  const usual = ["python3.11", "python3.12", "python3.13", "python3.14", "nodejs20.x", "nodejs22.x", "nodejs24.x"];
  throw usageError(`There is no Lambda runtime ${runtime}.`, didYouMean(runtime, usual) ?? `for example ${usual[1]}`);
}
