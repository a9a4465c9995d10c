// The prediction for a function of any runtime, in the form in which the checks know it.
import type { SourceFact } from "../facts/inventory.ts";
import type { ImportFailure, ImportPrediction, PackageOrigin } from "../facts/packages.ts";
import { predictNode } from "./node/resolve.ts";
import { ownSourceFacts } from "./own-facts.ts";
import { predictImports, type PythonFailure } from "./python/resolve.ts";
import { lambdaTarget } from "./python/target.ts";
import { runtimeNamed, type Architecture } from "./runtimes.ts";
import type { Part, View } from "./view.ts";

export type HandlerOptions = {
  /** `python3.12`; a runtime that is not in the table gives the verdict `unknown`. */
  runtime: string;
  handler: string;
  architecture: Architecture;
  /** The variables that decide imports, where they may be read: PYTHONPATH, LD_LIBRARY_PATH, PSYCOPG_IMPL. */
  environment?: Readonly<Record<string, string>>;
};

/** A failure with what the terminal of `inspect` shows besides: the error's type, and the line of the fault. */
type HandlerFailure = ImportFailure & { errorType: string; exact: boolean; line?: number };

export type HandlerPrediction = ImportPrediction & {
  failure?: HandlerFailure;
  /** Imports inside functions that will fail when they are reached. */
  lateFailures: HandlerFailure[];
  usesDatabase: boolean;
};

/** Predicts whether the handler will be imported, and if not, the message that Lambda will log. */
export function predictHandler(view: View, options: HandlerOptions): HandlerPrediction {
  const runtime = runtimeNamed(options.runtime);
  const sourceFacts = ownSourceFacts(view);
  const cuts = view.parts.flatMap((part) => part.inventory.cut.map((cut) => cut.text));
  const nothing = { lateFailures: [], drivers: [], sourceFacts, usesDatabase: false };
  if (runtime === undefined || runtime.language === "provided") {
    const notes = [`Imports are not followed for the runtime ${options.runtime}.`];
    return { verdict: "unknown", ...nothing, notes };
  }
  if (options.handler === "") return { verdict: "unknown", ...nothing, notes: ["The function names no handler."] };
  const environment = options.environment ?? {};
  const found =
    runtime.language === "python"
      ? predictImports(view, {
          target: lambdaTarget(runtime, options.architecture, options),
          handler: options.handler,
        })
      : predictNode(view, { runtime, architecture: options.architecture, handler: options.handler, environment });
  const drivers = found.drivers.map(({ part, ...use }) => ({
    ...use,
    ...(part === undefined ? {} : { origin: originOf(part) }),
  }));
  return {
    verdict: found.verdict,
    ...(found.failure === undefined ? {} : { failure: failureOf(found.failure) }),
    lateFailures: found.lateFailures.map(failureOf),
    drivers,
    sourceFacts: reachedFacts(sourceFacts, found.ownFiles),
    usesDatabase: drivers.length > 0,
    notes: [...found.notes, ...(found.verdict === "will-import" ? [] : cuts)],
  };
}

/** Of the statements in the function's package those that its handler reaches: functions often share one package. */
function reachedFacts(facts: readonly SourceFact[], ownFiles: readonly string[] | undefined): SourceFact[] {
  return ownFiles === undefined ? [...facts] : facts.filter(({ file }) => ownFiles.includes(file));
}

function failureOf({ part, ...failure }: PythonFailure): HandlerFailure {
  return { ...failure, ...(part === undefined ? {} : { origin: originOf(part) }) };
}

function originOf(part: Part): PackageOrigin {
  return part.kind === "package" ? { kind: "package" } : { kind: "layer", arn: part.arn ?? part.name };
}
