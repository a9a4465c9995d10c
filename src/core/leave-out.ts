import type { Finding } from "./finding.ts";
import type { CheckReport } from "./report.ts";

/** Reports of checks without some of their findings, and those. */
export interface LeftOut {
  readonly checks: readonly CheckReport[];
  readonly left: readonly Finding[];
}

/** Takes findings out of the reports of checks; a subject that has none left passes, with the reason why. */
export function leaveOut(
  checks: readonly CheckReport[],
  isLeftOut: (finding: Finding) => boolean,
  reason: string,
): LeftOut {
  const left: Finding[] = [];
  const kept = checks.map((report): CheckReport => {
    const subjects = report.subjects.map((result) => {
      const out = result.findings.filter(isLeftOut);
      if (out.length === 0) return result;
      left.push(...out);
      const findings = result.findings.filter((finding) => !isLeftOut(finding));
      return findings.length === 0
        ? { ...result, verdict: "pass" as const, findings, reason }
        : { ...result, findings };
    });
    const failed = subjects.some((result) => result.verdict === "fail");
    if (report.verdict !== "fail" || failed) return { ...report, subjects };
    const unknown = subjects.some((result) => result.verdict === "unknown");
    return { ...report, subjects, verdict: unknown ? "unknown" : "pass" };
  });
  return { checks: kept, left };
}
