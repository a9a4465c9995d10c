import { stackFact } from "../core/fact.ts";
import type { ToolRef } from "../core/subject.ts";

export interface ApiRoute {
  readonly method: string;
  readonly path: string;
  /** Physical name of the function behind it. */
  readonly functionName?: string;
  /** Alias or version that the integration names. */
  readonly qualifier?: string;
  readonly authorization?: string;
  readonly apiKeyRequired: boolean;
}

/** An API of the stack at the stage that the stack deploys. */
export interface Api {
  readonly apiId: string;
  readonly type: "rest" | "http";
  readonly stage: string;
  /** Base URL with the stage, without a trailing slash. */
  readonly url: string;
  readonly routes: readonly ApiRoute[];
}

export const apis = stackFact<readonly Api[]>("apis");

/** The tools that a smoke test calls. */
export const tools = stackFact<readonly ToolRef[]>("tools");
