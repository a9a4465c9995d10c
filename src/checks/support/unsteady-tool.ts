// A tool that answers as it should, and not always or not soon.
import type { FindingDraft } from "../../core/check.ts";
import type { Evidence } from "../../core/finding.ts";
import { percentile } from "../../core/percentile.ts";
import type { ToolRef } from "../../core/subject.ts";
import type { SmokeResult } from "../../facts/smoke.ts";
import { requestLog } from "./errors.ts";
import { clause, codeAndMessage, counted, oneLine } from "./text.ts";
import { detailOf, ranEvidence } from "./tool-evidence.ts";

/** That a tool fails some of the time. */
export function flakyFinding(tool: ToolRef, result: SmokeResult): FindingDraft {
  const { unsteady, attempts, shown, errors } = result;
  const where = `smoke ${tool.label}`;
  const { failed, of, recovered } = unsteady ?? { failed: attempts - 1, of: attempts, recovered: true };
  const said = unsteady === undefined ? "" : codeAndMessage(unsteady.code, unsteady.message);
  const answer = [unsteady?.status ?? "", clause(said)].filter((part) => part !== "").join(" ");
  const passed: Evidence = {
    kind: "smoke",
    where,
    says: recovered && attempts > 1 ? `${oneLine(shown)} at attempt ${attempts}` : oneLine(shown),
  };
  const lost: readonly Evidence[] =
    unsteady === undefined
      ? []
      : [{ kind: "smoke", where, says: `${oneLine(unsteady.shown)}, ${failed} of ${counted(of, "time")}` }];
  const [first = passed, ...more] = [...lost, passed];
  return {
    code: "flaky",
    message: flakyMessage(tool.label, { failed, of, recovered, attempts, answer }),
    evidence: [
      first,
      ...more,
      ...requestLog(errors, unsteady?.requestId ?? result.requestId),
      ...ranEvidence(tool, result),
    ],
    detail: { ...detailOf(tool, result), ...(unsteady === undefined ? {} : { outcome: unsteady.outcome }) },
    severity: recovered ? "warning" : "error",
  };
}

function flakyMessage(
  label: string,
  about: {
    readonly failed: number;
    readonly of: number;
    readonly recovered: boolean;
    readonly attempts: number;
    readonly answer: string;
  },
): string {
  const { failed, of, recovered, attempts, answer } = about;
  const before = answer === "" ? "" : `, before that with ${answer}`;
  if (!recovered) return `${label} failed ${failed} of ${counted(of, "time")}${answer === "" ? "" : `: ${answer}`}.`;
  return attempts > 1
    ? `${label} answered only after ${counted(attempts, "attempt")}${before}.`
    : `${label} failed ${failed} of ${counted(of, "time")}, and passed when it was asked again.`;
}

/** What is measured is the middle one of several answers: a single slow one is no habit. */
export function slowFindings(
  tool: ToolRef,
  { budgetMs, latencyMs, samples = [] }: SmokeResult,
): readonly FindingDraft[] {
  if (budgetMs === undefined) return [];
  const measured = samples.filter(({ phase, outcome }) => phase === "measured" && outcome === "ok");
  const middle = percentile(
    measured.map((sample) => sample.latencyMs),
    50,
  );
  const took = Math.round(middle ?? latencyMs);
  if (took <= budgetMs) return [];
  const times = measured.length > 1 ? `, the middle one of ${measured.length}` : "";
  return [
    {
      code: "slow",
      message: `${tool.label} takes longer to answer than the configuration allows: ${took} ms, and not ${budgetMs} ms.`,
      evidence: [{ kind: "smoke", where: `smoke ${tool.label}`, says: `answered in ${took} ms${times}` }],
      detail: { function: tool.functionId ?? "" },
      severity: "warning",
    },
  ];
}
