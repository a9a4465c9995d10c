// What proves that a tool does not answer as it should: the answer, the log, Lambda's report, the function by itself.
import type { Fact } from "../../core/fact.ts";
import type { Evidence } from "../../core/finding.ts";
import type { ToolRef } from "../../core/subject.ts";
import type { DirectInvoke, SmokeResult } from "../../facts/smoke.ts";
import { rankedCauses } from "./errors.ts";
import { codeAndMessage, oneLine } from "./text.ts";

/** Milliseconds after which callers notice how long a run took. */
const long = 3_000;

/**
 * What Lambda reports of the run behind a failure: that it took its time, or that it came to its end and no error was
 * logged. Beside an error that was logged, or an answer of the function's own, its length proves nothing.
 */
export function ranEvidence(tool: ToolRef, { ran, outcome, status, errors }: SmokeResult): readonly Evidence[] {
  if (ran === undefined || (ran.initMs === undefined && ran.durationMs === undefined)) return [];
  const isLong = outcome === "timeout" || status === 504 || (ran.initMs ?? 0) + (ran.durationMs ?? 0) >= long;
  const isSilent = errors.length === 0 && (outcome === "gateway-error" || outcome === "function-error");
  if (!isLong && !isSilent) return [];
  const parts = [
    ...(ran.initMs === undefined ? [] : [`started in ${Math.round(ran.initMs)} ms`]),
    ...(ran.durationMs === undefined ? [] : [`ran for ${Math.round(ran.durationMs)} ms`]),
  ];
  return [
    {
      kind: "log",
      where: `REPORT of ${tool.functionId ?? tool.label}`,
      says: `${parts.join(", ")}${isLong ? "" : ", and logged no error"}`,
    },
  ];
}

/** What the function answers when the API is left out. */
export function directEvidence(tool: ToolRef, direct: Fact<DirectInvoke>): readonly Evidence[] {
  if (direct.state === "unreadable") return [];
  const { shown, detail, code, message } = direct.value;
  const said = codeAndMessage(code, message);
  const where = `${tool.functionId ?? tool.label}, invoked without the API`;
  const says = direct.value.outcome === "function-error" && said !== "" ? `fails: ${said}` : shown;
  return [
    { kind: "smoke", where, says: oneLine(says) },
    { kind: "smoke", where, says: oneLine(detail) },
  ];
}

/** Where the request was refused, how it had been signed. */
export function signingEvidence(tool: ToolRef, { outcome, signedWith }: SmokeResult): readonly Evidence[] {
  if ((outcome !== "unauthorized" && outcome !== "forbidden") || signedWith === "") return [];
  return [{ kind: "smoke", where: `smoke ${tool.label}`, says: `the request was signed with ${oneLine(signedWith)}` }];
}

/** What the status line does not say by itself: why nothing came back, and that the clocks differ. */
export function detailEvidence(tool: ToolRef, { status, clockSkewSeconds, detail }: SmokeResult): readonly Evidence[] {
  const told = status !== undefined && Math.abs(clockSkewSeconds ?? 0) < 60;
  return told ? [] : [{ kind: "smoke", where: `smoke ${tool.label}`, says: oneLine(detail) }];
}

/** What causes are told of a tool's answer. */
export function detailOf(tool: ToolRef, result: SmokeResult): Readonly<Record<string, string>> {
  const { status, code, message, errors, said } = result;
  return {
    status: status === undefined ? "" : String(status),
    code: oneLine(code ?? ""),
    message: oneLine(message ?? ""),
    function: tool.functionId ?? "",
    causes: rankedCauses(said === undefined ? errors : [said]).join(","),
  };
}
