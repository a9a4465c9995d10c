import type { CauseId } from "../core/cause-ids.gen.ts";
import { stackFact, subjectFact } from "../core/fact.ts";
import type { FunctionRef, LayerRef } from "../core/subject.ts";
import type { Inventory, SourceFact } from "./inventory.ts";

/** One step on the way to an import: the file and line that ask, and the module that they ask for. */
export interface ImportStep {
  readonly file: string;
  readonly line: number;
  readonly imports: string;
}

/** Where a file or a distribution comes from. */
export type PackageOrigin =
  | { readonly kind: "package" }
  | { readonly kind: "layer"; readonly arn: string }
  | { readonly kind: "runtime" };

export interface ImportFailure {
  /** The module that cannot be imported: `psycopg2._psycopg`. */
  readonly module: string;
  readonly cause: CauseId;
  /** What Lambda logs, to the letter. */
  readonly message: string;
  /** The file that is at fault, where one is. */
  readonly file?: string;
  /** What the fault is, as one sentence. */
  readonly explanation: string;
  /** What mends it, as one sentence, where installing the package anew does not. */
  readonly mending?: string;
  readonly chain: readonly ImportStep[];
  /** Where the package that is at fault was found. */
  readonly origin?: PackageOrigin;
}

/** A Postgres driver that the handler's code imports, directly or through its own modules. */
export interface DriverImport {
  /** Distribution name as PyPI or npm has it: psycopg2-binary, pg8000, pg. */
  readonly name: string;
  /** The module that is imported. */
  readonly module: string;
  readonly version?: string;
  /** Absent when it is nowhere on the import path. */
  readonly origin?: PackageOrigin;
  readonly chain: readonly ImportStep[];
}

/** Whether a function's handler will import, judged from the files that it would import. */
export interface ImportPrediction {
  readonly verdict: "will-import" | "will-fail" | "unknown";
  readonly failure?: ImportFailure;
  readonly drivers: readonly DriverImport[];
  /** The statements of the function's own code that bear on the database: cursors in `with`, connect calls, SQL tables. */
  readonly sourceFacts: readonly SourceFact[];
  /** Why it is unknown, and what was cut. */
  readonly notes: readonly string[];
}

/** By whose name each package of the stack is asked for, by CodeSha256: functions of one template often share one. */
export const packageOwners = stackFact<Readonly<Record<string, FunctionRef>>>("package-owners");

/** What is in the function's own package. */
export const functionInventory = subjectFact<FunctionRef, Inventory>("functionInventory");
export const layerInventory = subjectFact<LayerRef, Inventory>("layerInventory");
export const importPrediction = subjectFact<FunctionRef, ImportPrediction>("importPrediction");

/** The same judgement with each attached layer taken at its newest version: what updating the layers would bring. */
export const importPredictionWithNewestLayers = subjectFact<FunctionRef, ImportPrediction>(
  "importPredictionWithNewestLayers",
);
