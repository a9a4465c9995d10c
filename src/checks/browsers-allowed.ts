import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known, unreadable } from "../core/fact.ts";
import { tools } from "../facts/api.ts";
import { preflight } from "../facts/smoke.ts";
import { exampleTool } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { oneLine } from "./support/text.ts";

export default defineCheck({
  id: "browsers-allowed",
  title: "Browsers may call the API from the configured origin",
  severity: "error",
  why: "A browser asks before it calls (CORS preflight), and calls nothing where the answer does not allow it; every other client works.",
  subjects: tools,
  requires: {},
  uses: { answer: preflight },
  run({ subject, answer }) {
    if (answer.state === "unreadable") {
      return answer.reason === "skipped" ? notApplicable(answer.message) : unknownFrom(answer);
    }
    const { origin, faults, shown } = answer.value;
    if (faults.length === 0) return pass;
    return findings([
      {
        code: "refused",
        message: `A browser at ${oneLine(origin)} may not call ${subject.label}: ${faults.map((fault) => oneLine(fault)).join(" ")}`,
        evidence: [{ kind: "smoke", where: `OPTIONS ${subject.path} from ${oneLine(origin)}`, says: oneLine(shown) }],
        detail: { origin: oneLine(origin), function: subject.functionId ?? "" },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "an API that allows another origin, and not the signature's header",
        subject: exampleTool(),
        given: {
          answer: known({
            origin: "https://app.example.com",
            status: 200,
            faults: [
              "It allows the origin https://old.example.com, and not https://app.example.com.",
              "It does not allow the header x-signature.",
            ],
            shown: "200 (empty)",
          }),
        },
        codes: ["refused"],
      },
    ],
    passes: [
      {
        name: "an API that allows what is asked",
        subject: exampleTool(),
        given: {
          answer: known({ origin: "https://app.example.com", status: 204, faults: [], shown: "204 (empty)" }),
        },
      },
      {
        name: "a run in which no origin is configured",
        subject: exampleTool(),
        given: { answer: unreadable("skipped", "what a browser is told", "No origin is configured under smoke.cors.") },
        kind: "not-applicable",
      },
    ],
  }),
});
