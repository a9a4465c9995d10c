import { stackFact, subjectFact } from "../core/fact.ts";
import type { LayerRef } from "../core/subject.ts";
import type { BodyOf } from "./requests/index.ts";
import type { lambdaLayerVersion } from "./requests/lambda.ts";

/** Every layer version that a function of the stack has attached. */
export const layers = stackFact<readonly LayerRef[]>("layers");

/** Whether the attached version can still be read, and what it was published for. */
export const layerVersion = subjectFact<LayerRef, BodyOf<typeof lambdaLayerVersion>>("layerVersion");

/** The newest version of the same layer, which may be the attached one. */
export const newestLayerVersion = subjectFact<LayerRef, LayerRef>("newestLayerVersion");
