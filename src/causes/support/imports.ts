// Faults of what a function imports: proven by the prediction over its files, else suggested by what it logged.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Confidence, Proposal, Remedy, View } from "../../core/cause.ts";
import type { Evidence, Finding } from "../../core/finding.ts";
import { layerRef, type FunctionRef } from "../../core/subject.ts";
import { functionConfiguration } from "../../facts/functions.ts";
import {
  importPrediction,
  importPredictionWithNewestLayers,
  type DriverImport,
  type ImportFailure,
  type PackageOrigin,
} from "../../facts/packages.ts";
import { ownAnswer } from "../../facts/smoke.ts";
import { fromErrors, type ErrorCase } from "./errors.ts";
import { groupBy } from "./groups.ts";
import { requirementFor, type Requirement } from "./packages.ts";
import { allFunctions, aws, placeOf, verifying, type Place } from "./place.ts";
import { remedy } from "./remedies.ts";
import { quote } from "./shell.ts";
import { distinct, symptomsOf } from "./symptoms.ts";
import { vendorRemedies } from "./vendor.ts";

/** The labels that errors at import may bear: one line often fits several, and the files decide. */
const importCauses: readonly CauseId[] = [
  "module-missing",
  "transitive-dependency-missing",
  "layer-version-old",
  "layer-missing",
  "native-extension-missing",
  "driver-backend-missing",
  "shared-library-missing",
  "wrong-platform-macos",
  "wrong-platform-windows",
  "wrong-platform-unspecified",
  "wrong-arch",
  "wrong-python-abi",
  "wrong-libc-musl",
  "wrong-runtime-configured",
  "glibc-too-old",
  "symbol-mismatch",
  "corrupt-artifact",
  "dependency-conflict",
  "handler-not-found",
  "handler-file-missing",
  "syntax-error",
  "relative-import-error",
  "circular-import-or-name-missing",
  "stdlib-module-removed",
  "esm-cjs-mismatch",
  "engine-binary-missing",
  "permission-denied-files",
  "init-crash",
];

/** One fault of the import path that several functions share. */
export interface ImportFault {
  readonly functions: readonly FunctionRef[];
  readonly findings: readonly Finding[];
  readonly failure: ImportFailure;
  readonly drivers: readonly DriverImport[];
  /** As the finding names it; empty where it does not. */
  readonly distribution: string;
}

/** What a person reads as the name of the package: `psycopg2` for `psycopg2._psycopg`. */
export function packageName({ module }: Pick<ImportFailure, "module">): string {
  return module.split(".")[0] ?? module;
}

/** Where a package was found, as the end of a sentence. */
export function originPlace(origin: PackageOrigin | undefined): string {
  switch (origin?.kind) {
    case "layer":
      return `the layer ${layerRef(origin.arn)?.label ?? origin.arn}`;
    case "runtime":
      return "the runtime";
    case "package":
    case undefined:
      return "the function's package";
  }
}

/** Whether a function is found to fail at its import: what its files say, unless it answered all the same. */
export function failsToImport(view: View, fn: FunctionRef): boolean {
  return view.of("imports-work").some(({ subject }) => subject.id === fn.id);
}

/** Functions that fail now, and would not with the newest versions of their layers. */
export async function mendedByNewestLayers(view: View, fn: FunctionRef): Promise<boolean> {
  return failsToImport(view, fn) && (await view.value(importPredictionWithNewestLayers, fn))?.verdict === "will-import";
}

/** Import faults of one cause, one for each package at fault; those that a newer layer mends are not among them. */
async function importFaults(view: View, cause: CauseId): Promise<readonly ImportFault[]> {
  const functions = await allFunctions(view);
  const read = await Promise.all(
    view.of("imports-work").map(async (finding) => {
      const fn = functions.find(({ id }) => id === finding.subject.id);
      const prediction = fn === undefined ? undefined : await view.value(importPrediction, fn);
      if (fn === undefined || prediction?.failure?.cause !== cause || (await mendedByNewestLayers(view, fn))) return [];
      return [{ finding, fn, failure: prediction.failure, drivers: prediction.drivers }];
    }),
  );
  return groupBy(read.flat(), ({ failure }) => faultKey(failure)).map((group) => ({
    functions: functions.filter(({ id }) => group.some(({ fn }) => fn.id === id)),
    findings: group.map(({ finding }) => finding),
    failure: group[0].failure,
    drivers: group[0].drivers,
    distribution: group[0].finding.detail["distribution"] ?? "",
  }));
}

function faultKey({ module, origin }: ImportFailure): string {
  const where = origin?.kind === "layer" ? (layerRef(origin.arn)?.name ?? origin.arn) : (origin?.kind ?? "");
  return `${where} ${module}`;
}

/** How a cause of this family speaks and what it recommends. */
interface ImportCause {
  readonly cause: CauseId;
  /** What the functions do wrong, behind their names: "import pg8000, which is nowhere on their import path". */
  readonly headline: (fault: ImportFault, who: readonly FunctionRef[]) => string;
  readonly summary: (fault: ImportFault) => string;
  readonly remedies?: (view: View, place: Place, fault: ImportFault) => Promise<readonly Remedy[]>;
  /** Further findings that it explains for these functions. */
  readonly also?: (view: View, functions: readonly FunctionRef[]) => readonly Finding[];
  /** The same for functions whose files could not be judged, by what they logged. */
  readonly logged: Pick<LoggedImport, "headline" | "summary">;
}

interface LoggedImport {
  readonly headline: (at: ErrorCase) => string;
  readonly summary: (at: ErrorCase) => string;
}

/** Proposals of one cause: certain where the files prove it, likely or possible where only the log speaks. */
export async function proposeImport(view: View, spec: ImportCause): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const faults = await importFaults(view, spec.cause);
  const proven = await Promise.all(faults.map((fault) => proposalOf(view, place, spec, fault)));
  const logged = await fromErrors(view, {
    cause: spec.cause,
    stage: "import",
    by: "module",
    ...spec.logged,
    confidence: (at) => judgeByFiles(view, at),
    remedies: async (at) => [await lookInside(view, place, at), verifying(place)],
  });
  return [...proven, ...logged];
}

async function proposalOf(view: View, place: Place, spec: ImportCause, fault: ImportFault): Promise<Proposal> {
  const symptoms = await importSymptoms(view, spec.cause, fault.functions, fault.failure.module);
  const explains = distinct(fault.findings, spec.also?.(view, fault.functions) ?? [], symptoms);
  return {
    headline: spec.headline(fault, fault.functions),
    summary: spec.summary(fault),
    subjects: fault.functions,
    confidence: "certain",
    because: proof([], explains),
    explains,
    remedies: [...((await spec.remedies?.(view, place, fault)) ?? []), verifying(place)],
  };
}

/** The symptoms of functions that cannot import a module. */
export function importSymptoms(
  view: View,
  cause: CauseId,
  functions: readonly FunctionRef[],
  module: string,
): Promise<readonly Finding[]> {
  return symptomsOf(view, { cause, stage: "import", functions, shows: importCauses, module });
}

/** Observations of a cause's own, then those of the findings that it explains. */
export function proof(own: readonly Evidence[], explains: readonly Finding[]): readonly Evidence[] {
  return [...own, ...explains.flatMap((finding) => finding.evidence)];
}

/** What the files on the import path say of an error at import that was logged. */
async function judgeByFiles(
  view: View,
  at: ErrorCase,
): Promise<{ readonly confidence: Confidence; readonly decides?: string }> {
  const predictions = await Promise.all(at.functions.map((fn) => view.value(importPrediction, fn)));
  if (predictions.every((prediction) => prediction?.verdict === "will-import")) {
    return {
      confidence: "possible",
      decides: "whether it still happens: by its files, what is deployed now can be imported",
    };
  }
  const answers = await Promise.all(at.functions.map((fn) => view.value(ownAnswer, fn)));
  if (answers.every((answer) => answer?.steady === true)) {
    return { confidence: "possible", decides: "whether it still happens: what is deployed now answers requests" };
  }
  return at.ambiguous ? { confidence: "possible", decides: at.decides } : { confidence: "likely" };
}

/** The command that shows what is in the package of a function. */
async function lookInside(view: View, place: Place, { functions }: ErrorCase): Promise<Remedy> {
  const [fn] = functions;
  const configuration = fn === undefined ? undefined : await view.value(functionConfiguration, fn);
  if (configuration?.packageType === "Image") {
    const image = configuration.imageUri ?? "<IMAGE>";
    const list = "find /var/task /opt -maxdepth 4 -not -path '*/__pycache__/*'";
    return remedy(
      "now",
      "Look into the image that is deployed.",
      [`docker run --rm --entrypoint sh ${quote(image)} -c ${quote(list)}`],
      {
        changes: false,
        advice:
          "The registry wants a sign-in first: aws ecr get-login-password | docker login --username AWS --password-stdin.",
      },
    );
  }
  const commands =
    fn === undefined || configuration === undefined
      ? []
      : [
          "work=$(mktemp -d)",
          `curl -fsSL -o "$work/code.zip" "$(${aws(place, `lambda get-function --function-name ${fn.functionName} --query Code.Location --output text`)})"`,
          'python3 -m zipfile -l "$work/code.zip"',
        ];
  return remedy("now", "Look into the package that is deployed.", commands, { changes: false });
}

/** What to install for a fault: the module's own distribution. */
export function requirementOf(view: View, place: Place, fault: ImportFault): Promise<Requirement | undefined> {
  return requirementFor(view, place.project, fault.functions, fault.failure.module, fault.distribution);
}

/** Installs the faulty package anew, with wheels for Lambda's platform. */
export async function reinstall(
  view: View,
  place: Place,
  fault: ImportFault,
  change: (requirement: Requirement) => Requirement = (requirement) => requirement,
  advice?: string,
): Promise<readonly Remedy[]> {
  const requirement = await requirementOf(view, place, fault);
  const { module, origin } = fault.failure;
  const wanted: Requirement = requirement ?? { name: "<DISTRIBUTION>" };
  const unnamed =
    requirement === undefined ? `Name the distribution that brings ${module}; a guess may be anybody's package.` : "";
  return vendorRemedies(view, place, {
    functions: fault.functions,
    requirements: [change(wanted)],
    origin,
    native: true,
    advice: [advice ?? "", unnamed].filter((text) => text !== "").join(" "),
  });
}
