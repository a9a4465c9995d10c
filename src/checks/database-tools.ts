import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import { smokePattern, type SmokeOutcome, type SmokePattern, type SmokeResult } from "../facts/smoke.ts";
import { theStack } from "../facts/stack.ts";
import { exampleStack, exampleTool } from "./support/examples.ts";
import { listed } from "./support/text.ts";

type Row = SmokePattern["tools"][number];

export default defineCheck({
  id: "database-tools",
  title: "Tools that use the database fare no worse than the others",
  severity: "error",
  why: "When just the tools that use the database fail, the fault lies between the code and the database.",
  subjects: theStack,
  requires: { pattern: smokePattern },
  run({ subject, pattern }) {
    const called = pattern.tools.filter((row) => row.result !== undefined);
    const using = called.filter((row) => row.usesDatabase === true);
    const others = called.filter((row) => row.usesDatabase === false);
    if (using.length === 0 || others.length === 0) {
      return notApplicable(`${subject.label} has no answers to compare, of tools that use the database and of others.`);
    }
    const onlyThose = using.every((row) => !works(row)) && others.every(works);
    if (!onlyThose) return pass;
    const names = using.map((row) => row.tool.label);
    return findings([
      {
        code: "only-database-tools-fail",
        message: `Of the tools of ${subject.label}, ${using.length === 1 ? "the one that uses" : `all ${using.length} that use`} the database ${using.length === 1 ? "fails" : "fail"}, and the ${others.length === 1 ? "other one works" : `${others.length} others work`}.`,
        // What the failing ones answer is proven tool by tool; that the others work is what this adds.
        evidence: [smokeEvidence(others, " (no database)")],
        detail: { failing: names.join(","), working: others.map((row) => row.tool.label).join(",") },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "four tools that answer 502 and two that answer",
        subject: exampleStack,
        given: {
          pattern: {
            tools: [
              exampleRow("get_customer_usage", true, "gateway-error"),
              exampleRow("get_recent_tickets", true, "gateway-error"),
              exampleRow("get_contract_info", true, "gateway-error"),
              exampleRow("calculate_health", true, "gateway-error"),
              exampleRow("generate_email", false, "ok"),
              exampleRow("generate_qbr_outline", false, "ok"),
            ],
          },
        },
        codes: ["only-database-tools-fail"],
      },
      {
        name: "one of each kind",
        subject: exampleStack,
        given: {
          pattern: {
            tools: [
              exampleRow("get_customer_usage", true, "masked-failure"),
              exampleRow("generate_email", false, "ok"),
            ],
          },
        },
        codes: ["only-database-tools-fail"],
      },
    ],
    passes: [
      {
        name: "all tools answer",
        subject: exampleStack,
        given: {
          pattern: { tools: [exampleRow("get_customer_usage", true, "ok"), exampleRow("generate_email", false, "ok")] },
        },
      },
      {
        name: "all tools fail alike",
        subject: exampleStack,
        given: {
          pattern: {
            tools: [
              exampleRow("get_customer_usage", true, "unauthorized"),
              exampleRow("generate_email", false, "unauthorized"),
            ],
          },
        },
      },
      {
        name: "one of the tools that use the database works",
        subject: exampleStack,
        given: {
          pattern: {
            tools: [
              exampleRow("get_customer_usage", true, "gateway-error"),
              exampleRow("calculate_health", true, "ok"),
              exampleRow("generate_email", false, "ok"),
            ],
          },
        },
      },
      {
        name: "tools of one kind only, beside one that was not called and one of which it is not known",
        subject: exampleStack,
        given: {
          pattern: {
            tools: [
              exampleRow("get_customer_usage", true, "gateway-error"),
              { tool: exampleTool("generate_email"), usesDatabase: false, result: undefined },
              exampleRow("search", undefined, "ok"),
            ],
          },
        },
        kind: "not-applicable",
      },
    ],
  }),
});

const works = ({ result }: Row): boolean => result?.outcome === "ok";

/** `smoke get_customer_usage and calculate_health: 502`. */
function smokeEvidence(rows: readonly Row[], remark: string): Evidence {
  const answers = [...new Set(rows.map(({ result }) => (result === undefined ? "" : answerText(result))))];
  return {
    kind: "smoke",
    where: `smoke ${rows.map((row) => row.tool.label).join(", ")}${remark}`,
    says: listed(answers, "or"),
  };
}

function answerText({ outcome, status, code }: SmokeResult): string {
  const answer = status === undefined ? (code ?? "no answer") : String(status);
  return outcome === "ok" ? answer : `${answer} (${outcome})`;
}

function exampleRow(name: string, usesDatabase: boolean | undefined, outcome: SmokeOutcome): Row {
  const status = outcome === "gateway-error" ? 502 : outcome === "unauthorized" ? 401 : 200;
  const shown = `${status} {"ok":${outcome === "ok"}}`;
  const detail = outcome === "ok" ? "The tool answered as expected." : "The status is not the expected one.";
  const result = { outcome, status, shown, detail, latencyMs: 300, attempts: 1, signedWith: "hmac", errors: [] };
  return { tool: exampleTool(name), usesDatabase, result };
}
