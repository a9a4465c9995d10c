import { stackFact, subjectFact } from "../core/fact.ts";
import type { ToolRef } from "../core/subject.ts";
import type { SmokeConfig } from "./config.ts";
import type { PlannedRequest, SkippedRoute } from "./plan.ts";

/** How the tools are called, from the project configuration. */
export const smokeConfiguration = stackFact<SmokeConfig>("smokeConfiguration");

/** Which requests the smoke test sends and which routes it leaves alone. */
export const smokePlan = stackFact<{
  readonly url: string;
  readonly requests: readonly PlannedRequest[];
  readonly skipped: readonly SkippedRoute[];
  readonly names: readonly string[];
}>("smokePlan");

/** The one request that is planned for a tool. */
export const plannedRequest = subjectFact<ToolRef, PlannedRequest>("plannedRequest");
