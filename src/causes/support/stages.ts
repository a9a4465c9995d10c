// The way of a request, from the API to the answer: what fails earlier hides what would fail later.
import type { View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import { databases } from "../../facts/database.ts";
import type { SmokeOutcome } from "../../facts/smoke.ts";

export const stages = [
  "route",
  "access",
  "permission",
  "function",
  "import",
  "signature",
  "setting",
  "resolve",
  "connect",
  "tls",
  "authenticate",
  "session",
  "driver",
  "query",
  "data",
  "answer",
  "limits",
] as const;
export type Stage = (typeof stages)[number];

/** What a caller sees of a failure at each stage. Inside the handler it depends on how much of it the code catches. */
const seenAs: Readonly<Record<Stage, readonly SmokeOutcome[]>> = {
  route: ["route-missing"],
  access: ["forbidden", "unauthorized"],
  permission: ["gateway-error", "function-error"],
  function: ["gateway-error", "function-error", "timeout"],
  import: ["function-error", "gateway-error", "timeout"],
  signature: ["unauthorized", "tool-error", "function-error"],
  setting: ["tool-error", "masked-failure", "function-error", "timeout"],
  resolve: ["tool-error", "masked-failure", "function-error", "timeout"],
  connect: ["tool-error", "masked-failure", "function-error", "timeout", "gateway-error"],
  tls: ["tool-error", "masked-failure", "function-error", "timeout"],
  authenticate: ["tool-error", "masked-failure", "function-error"],
  session: ["tool-error", "masked-failure", "function-error", "timeout"],
  driver: ["tool-error", "masked-failure", "function-error"],
  query: ["tool-error", "masked-failure", "function-error", "timeout"],
  data: ["masked-failure", "tool-error"],
  answer: ["function-error", "gateway-error", "tool-error", "bad-envelope"],
  limits: ["function-error", "gateway-error", "timeout", "tool-error", "masked-failure"],
};

/** Whether a failure at this stage can look like this to a caller. */
export function canShowAs(stage: Stage, outcome: string): boolean {
  return (seenAs[stage] as readonly string[]).includes(outcome);
}

const isEarlier = (a: Stage, b: Stage): boolean => stages.indexOf(a) < stages.indexOf(b);

/** The stage at which a finding of a check, of an error's severity, proves a fault. */
function stageOf({ check, code, severity }: Finding): Stage | undefined {
  if (severity !== "error") return undefined;
  switch (check) {
    case "function-active":
    case "environment-decryptable":
      return "function";
    case "imports-work":
      return "import";
    case "signing-secret":
    case "signing-key-matches":
      return "signature";
    case "database-url-present":
    case "database-url-readable":
    case "database-url-wellformed":
    case "database-url-parameters":
      return "setting";
    case "database-url-sslmode":
      return "tls";
    case "driver-dependencies":
      return "authenticate";
    case "driver-api":
      return "driver";
    case "database-reachable":
      switch (code) {
        case "resolve":
        case "connect":
        case "tls":
        case "authenticate":
        case "query":
          return code;
        case "ssl-request":
          return "tls";
        case "table-missing":
          return "query";
        default:
          return undefined;
      }
    default:
      return undefined;
  }
}

/** Of each function (by id) the stages at which a fault is proven. */
export async function provenStages(view: View): Promise<ReadonlyMap<string, ReadonlySet<Stage>>> {
  const refs = (await view.value(databases, null)) ?? [];
  const proven = new Map<string, Set<Stage>>();
  for (const finding of view.findings) {
    const stage = stageOf(finding);
    if (stage === undefined) continue;
    const { kind, id } = finding.subject;
    const ids = kind === "database" ? (refs.find((ref) => ref.id === id)?.functionIds ?? []) : [id];
    for (const functionId of ids) {
      const before = proven.get(functionId) ?? new Set<Stage>();
      proven.set(functionId, before.add(stage));
    }
  }
  return proven;
}

/** Whether a fault that is proven at an earlier stage is what a caller sees instead. */
export function isHidden(stage: Stage, proven: ReadonlySet<Stage> | undefined, outcome?: string): boolean {
  return [...(proven ?? [])].some(
    (other) => isEarlier(other, stage) && (outcome === undefined || canShowAs(other, outcome)),
  );
}

/**
 * One sentence where the fault cannot show yet, because all of these functions fail before they come to it; empty
 * otherwise.
 */
export async function hiddenRemark(view: View, functionIds: readonly string[], stage: Stage): Promise<string> {
  const proven = await provenStages(view);
  const hidden = functionIds.length > 0 && functionIds.every((id) => isHidden(stage, proven.get(id)));
  return hidden ? "Another fault stops these requests earlier; this one would show next." : "";
}
