import { stackFact, subjectFact, type Fact } from "../core/fact.ts";
import type { FunctionRef, LayerRef } from "../core/subject.ts";
import type { Inventory } from "./inventory.ts";
import type { BodyOf } from "./requests/index.ts";
import type { lambdaLayerVersion } from "./requests/lambda.ts";

/** Every layer version that a function of the stack has attached. */
export const layers = stackFact<readonly LayerRef[]>("layers");

export type LayerVersion = BodyOf<typeof lambdaLayerVersion>;

/** Whether the attached version can still be read, and what it was published for. */
export const layerVersion = subjectFact<LayerRef, LayerVersion>("layerVersion");

/** The newest version of the same layer, which may be the attached one. */
export const newestLayerVersion = subjectFact<LayerRef, LayerRef>("newestLayerVersion");

/** One layer of a function: the attached version, and the newest one of the same layer. */
export interface FunctionLayer {
  readonly layer: LayerRef;
  readonly version: Fact<LayerVersion>;
  readonly newest: Fact<LayerRef>;
}

/** A function's layers in the order in which it lists them: of files of one path the later layer's wins. */
export const functionLayers = subjectFact<FunctionRef, readonly FunctionLayer[]>("functionLayers");

/** What is in each layer of a function, in the same order. */
export interface LayerContent {
  readonly layer: LayerRef;
  readonly inventory: Fact<Inventory>;
}

export const functionLayerContents = subjectFact<FunctionRef, readonly LayerContent[]>("functionLayerContents");
