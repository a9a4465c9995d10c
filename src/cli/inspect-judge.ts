import { sizeText } from "../core/bytes.ts";
import type { Inventory } from "../facts/inventory.ts";
import type { ImportFailure } from "../facts/packages.ts";
import { inventoryOfFolder, inventoryOfZip, type InventoryResult } from "../packages/inventory.ts";
import { importedNames, liesAsLayer, modulesIn, predictModules } from "../packages/judge.ts";
import { predictHandler } from "../packages/predict.ts";
import { runtimeNamed } from "../packages/runtimes.ts";
import { buildView, type Part, type View } from "../packages/view.ts";
import type { InspectedModule, InspectedTarget, InspectProblem } from "../report/inspect.ts";
import { sizeReport, type SizePart } from "../packages/size.ts";
import type { InspectSize } from "../report/inspect-size.ts";
import { openLocalPackage } from "../source/local-package.ts";
import { keepYoungSmall, tidyUp } from "../source/memory.ts";
import { pinsIn } from "../causes/support/packages.ts";
import { fixOf, installedVersions, type Mending, type Site } from "./inspect-fix.ts";
import type { CaseContext, InspectCase, Place } from "./inspect-cases.ts";

/** Problems of an archive with which Lambda does not unpack it. */
const fatalProblems = new Set([
  "package-too-large",
  "not-a-zip",
  "directory-damaged",
  "split-archive",
  "entry-encrypted",
]);

/** Those of an archive that was not deployed yet. What Lambda has taken it has unpacked. */
const fatalBeforeDeploy = new Set(["method-unsupported", "entry-damaged"]);

interface Loaded {
  readonly place: Place;
  readonly inventory: Inventory;
}

/** Reads what a case needs, and judges it. Damaged archives are findings; what cannot be read makes it unknown. */
export async function judge(one: InspectCase, { flags, project }: CaseContext): Promise<InspectedTarget> {
  const asked = flags.module;
  const problems: InspectProblem[] = [];
  const unread: string[] = [];
  const load = async (place: Place, modules: readonly string[]): Promise<Loaded | undefined> => {
    const result = await inventoryAt(place, modules);
    if ("unread" in result) unread.push(result.unread);
    else if (!result.ok) problems.push(problemOf(place, result.problem));
    else return { place, inventory: result.inventory };
    return undefined;
  };
  let own = await load(one.own, asked);
  const isLayer = one.isLayer || (own !== undefined && one.handler === undefined && liesAsLayer(own.inventory));
  // A layer is read for what the package imports from it.
  const wanted = [...asked, ...(own === undefined ? [] : importedNames(own.inventory))];
  const names = own === undefined ? [] : namesAsked(one, asked, own.inventory);
  const again = own !== undefined && asked.length === 0 && names.length > 0;
  if (again) {
    // Of a large package one inventory is held at a time.
    const { files } = own?.inventory ?? { files: 0 };
    own = undefined;
    if (files > manyFiles) tidyUp(0);
    own = await load(one.own, names);
  }
  const layers: Loaded[] = [];
  for (const place of one.layers) {
    const layer = await load(place, wanted);
    if (layer !== undefined) layers.push(layer);
  }
  const end = [own, ...layers].some((each) => (each?.inventory.files ?? 0) > manyFiles) ? keepLittle() : undefined;
  const answer = own === undefined ? nothing : await answerOf(one, { own, layers, isLayer }, names, project?.read);
  end?.();
  for (const { place, inventory } of [...(own === undefined ? [] : [own]), ...layers]) {
    problems.push(...inventory.problems.map((problem) => problemOf(place, problem)));
  }
  const size = own === undefined || unread.length > 0 ? null : sizeOf({ own, layers, isLayer }, one.runtime);
  if (size !== null && size.unpackedBytes > size.limitBytes) problems.push(tooLarge(one.path, size));
  return {
    path: one.path,
    runtime: one.runtime,
    architecture: one.architecture,
    handler: one.handler ?? null,
    layers: one.layers.map(({ name }) => name),
    ...withGaps(answer, unread, problems),
    later: answer.later,
    problems,
    size,
  };
}

type Answer = Pick<InspectedTarget, "verdict" | "modules" | "later" | "notes">;

const nothing: Answer = { verdict: "unknown", modules: [], later: [], notes: [] };

/** What is missing may be in what could not be read; what Lambda cannot unpack fails whatever is in it. */
function withGaps(
  { verdict, modules, notes }: Answer,
  unread: readonly string[],
  problems: readonly InspectProblem[],
): Pick<InspectedTarget, "verdict" | "modules" | "notes"> {
  const all = [...new Set([...unread, ...notes])];
  if (problems.some(({ fatal }) => fatal)) return { verdict: "will-fail", modules, notes: all };
  if (unread.length === 0 || verdict !== "will-fail") return { verdict, modules, notes: all };
  const open = modules.map((entry) => (entry.importable === false ? unknownModule(entry.module) : entry));
  return { verdict: "unknown", modules: open, notes: all };
}

/** Bytes of an archive, and files of a package, from which on reading it makes much that is soon let go. */
const largeArchive = 2 * 1024 * 1024;
const manyFiles = 10_000;

/** Lets go of what reading needed, and keeps what judging lets go of small. */
function keepLittle(): () => void {
  tidyUp(0);
  return keepYoungSmall();
}

async function inventoryAt(
  place: Place,
  modules: readonly string[],
): Promise<InventoryResult | { readonly unread: string }> {
  if (place.at === "aws") {
    return "unread" in place.content ? place.content : { ok: true, inventory: place.content.inventory };
  }
  const opened = await openLocalPackage(place.file);
  if (opened.kind === "folder") return inventoryOfFolder(opened.files, { modules });
  const end = opened.reader.size > largeArchive ? keepYoungSmall() : () => undefined;
  try {
    return await inventoryOfZip(opened.reader, { modules });
  } finally {
    end();
    await opened.close();
  }
}

function problemOf(
  { name, at }: Place,
  { kind, path, text }: { readonly kind: string; readonly path?: string | undefined; readonly text: string },
): InspectProblem {
  const fatal = fatalProblems.has(kind) || (at !== "aws" && fatalBeforeDeploy.has(kind));
  return { kind, in: name, ...(path === undefined ? {} : { path }), text, fatal };
}

/** The modules asked about: those named, else none beside a handler, else all that the package brings. */
function namesAsked(one: InspectCase, asked: readonly string[], inventory: Inventory): readonly string[] {
  if (asked.length > 0) return asked;
  return one.handler === undefined ? modulesIn(inventory, one.runtime) : [];
}

interface Parts {
  readonly own: Loaded;
  readonly layers: readonly Loaded[];
  readonly isLayer: boolean;
}

function sizeOf({ own, layers, isLayer }: Parts, runtime: string): InspectSize {
  const part = ({ place, inventory }: Loaded, kind: "package" | "layer"): SizePart => ({
    name: place.name,
    kind,
    inventory,
  });
  return sizeReport(
    [part(own, isLayer ? "layer" : "package"), ...layers.map((layer) => part(layer, "layer"))],
    runtime,
  );
}

function tooLarge(name: string, { unpackedBytes, limitBytes }: InspectSize): InspectProblem {
  const text = `Unpacked it has ${sizeText(unpackedBytes)} with its layers; Lambda takes ${sizeText(limitBytes)}.`;
  return { kind: "package-too-large", in: name, text, fatal: true };
}

async function viewOf({ own, layers, isLayer }: Parts): Promise<View> {
  const part = ({ place, inventory }: Loaded): Omit<Part, "kind"> => ({ name: place.name, arn: place.name, inventory });
  if (!isLayer) return buildView({ package: part(own), layers: layers.map(part) });
  const empty = await inventoryOfFolder([]);
  if (!empty.ok) throw new Error(empty.problem.text);
  // A layer is judged with the layers below it, and no function.
  return buildView({
    package: { name: "the function", inventory: empty.inventory },
    layers: [...layers, own].map(part),
  });
}

async function answerOf(
  one: InspectCase,
  parts: Parts,
  names: readonly string[],
  project: NonNullable<CaseContext["project"]>["read"] | undefined,
): Promise<Answer> {
  const view = await viewOf(parts);
  const { runtime, architecture, handler } = one;
  const environment = one.environment === undefined ? {} : { environment: one.environment };
  const mending = mendingOf(one, parts, project);
  const modules: InspectedModule[] = [];
  const later: InspectedModule[] = [];
  const notes: string[] = [];
  const verdicts: Answer["verdict"][] = [];
  if (handler !== undefined) {
    const found = predictHandler(view, { runtime, handler, architecture, ...environment });
    verdicts.push(found.verdict);
    notes.push(...found.notes);
    if (found.failure !== undefined) modules.push(await failedModule(found.failure.module, found.failure, mending));
    else {
      const reached = [handler, ...found.drivers.map(({ module }) => module)];
      modules.push(...reached.map(found.verdict === "unknown" ? unknownModule : goodModule));
    }
    for (const failure of found.lateFailures) later.push(await failedModule(failure.module, failure, mending));
  }
  for (const found of predictModules(view, names, { runtime, architecture, ...environment })) {
    verdicts.push(found.verdict);
    notes.push(...found.notes);
    if (found.failure !== undefined) modules.push(await failedModule(found.module, found.failure, mending));
    else modules.push(found.verdict === "unknown" ? unknownModule(found.module) : goodModule(found.module));
  }
  if (verdicts.length === 0) notes.push(nothingAsked(one));
  return { verdict: together(verdicts), modules, later, notes };
}

function nothingAsked({ path, runtime }: InspectCase): string {
  const { language } = runtimeNamed(runtime) ?? {};
  return language === "python" || language === "nodejs"
    ? `${path} holds no package that could be imported; name a handler or a module.`
    : `What ${path} imports on ${runtime} is judged by its handler; name it with --handler.`;
}

function together(verdicts: readonly Answer["verdict"][]): Answer["verdict"] {
  if (verdicts.includes("will-fail")) return "will-fail";
  return verdicts.length === 0 || verdicts.includes("unknown") ? "unknown" : "will-import";
}

function mendingOf(
  { runtime, architecture }: InspectCase,
  { own, layers, isLayer }: Parts,
  project: NonNullable<CaseContext["project"]>["read"] | undefined,
): Mending {
  const site = ({ place }: Loaded, layered: boolean): Site => ({
    name: place.name,
    kind: place.at === "aws" || place.name.endsWith(".whl") ? "elsewhere" : kindOf(place, own, layers),
    path: place.name,
    layered,
  });
  const ownSite = site(own, isLayer);
  return {
    runtime,
    architecture,
    own: ownSite,
    layers: [...layers.map((layer) => site(layer, true)), ...(isLayer ? [ownSite] : [])],
    versions: [...pinsIn(project), ...installedVersions([...layers, own].map(({ inventory }) => inventory))],
  };
}

function kindOf(place: Place, own: Loaded, layers: readonly Loaded[]): "folder" | "zip" {
  return [own, ...layers].find((loaded) => loaded.place === place)?.inventory.source ?? "folder";
}

async function failedModule(module: string, failure: ImportFailure, mending: Mending): Promise<InspectedModule> {
  return {
    module,
    importable: false,
    cause: failure.cause,
    message: failure.message,
    explanation: failure.explanation,
    file: failure.file ?? null,
    chain: failure.chain,
    fix: await fixOf(failure, mending),
  };
}

const settled = { cause: null, message: null, explanation: null, file: null, chain: [], fix: null };
const goodModule = (module: string): InspectedModule => ({ module, importable: true, ...settled });
const unknownModule = (module: string): InspectedModule => ({ module, importable: null, ...settled });
