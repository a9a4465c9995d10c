import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { clockAhead } from "../facts/smoke.ts";
import { theStack } from "../facts/stack.ts";
import { clockFault } from "../smoke/clock.ts";
import { exampleStack } from "./support/examples.ts";

export default defineCheck({
  id: "clock-agrees",
  title: "This machine's clock agrees with the server's",
  severity: "warning",
  why: "A signature carries the time at which it was made; a clock that is minutes off makes good keys look wrong.",
  subjects: theStack,
  requires: { ahead: clockAhead },
  run({ subject, ahead }) {
    if (ahead === undefined) return notApplicable("No answer showed the server's time.");
    const fault = clockFault(ahead);
    if (fault === undefined) return pass;
    const { off, direction, effect } = fault;
    return findings([
      {
        code: "differs",
        message: `This machine's clock is ${off} s ${direction} that of ${subject.label}'s API; ${effect}.`,
        evidence: [
          {
            kind: "smoke",
            where: "the answers' Date header",
            says: `the server's clock is ${off} s ${ahead > 0 ? "ahead of" : "behind"} this machine's`,
          },
        ],
        detail: { direction },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a clock that drifts away",
        subject: exampleStack,
        given: { ahead: 140 },
        codes: ["differs"],
      },
      {
        name: "a clock so far off that signatures are refused",
        subject: exampleStack,
        given: { ahead: -601 },
        codes: ["differs"],
      },
    ],
    passes: [
      { name: "clocks that are a second apart", subject: exampleStack, given: { ahead: -1 } },
      {
        name: "answers without a time",
        subject: exampleStack,
        given: { ahead: undefined },
        kind: "not-applicable",
      },
    ],
  }),
});
