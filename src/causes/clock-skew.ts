import { defineCause, type Proposal } from "../core/cause.ts";
import type { ToolRef } from "../core/subject.ts";
import { clockAhead, smokeResult } from "../facts/smoke.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

const cause = "clock-skew";

/** Signatures of this kind, and AWS's own, are refused from five minutes on. */
const allowedSeconds = 300;

export default defineCause({
  id: cause,
  title: "The caller's clock is wrong",
  explanation:
    "A signature carries the time at which it was made, and is refused when that lies more than about five minutes from the time of the function. The caller's machine has a wrong clock, or a container was suspended.",
  mending: "Set the clock of the caller's machine by the network.",
  async propose(view) {
    const place = await placeOf(view);
    const refused = view.of("tools-answer", "unauthorized");
    const results = await Promise.all(
      refused.map(async (finding) => ({
        finding,
        seconds: (await view.value(smokeResult, finding.subject as ToolRef))?.clockSkewSeconds ?? 0,
      })),
    );
    const late = results.filter(({ seconds }) => Math.abs(seconds) >= allowedSeconds);
    const noticed = view.of("clock-agrees", "differs");
    const findings = [...late.map(({ finding }) => finding), ...noticed];
    const off = late[0]?.seconds ?? (await view.value(clockAhead, null)) ?? 0;
    const differs = late.length > 0 && view.of("signing-key-matches", "differs").length > 0;
    const own: readonly Proposal[] =
      findings.length === 0
        ? []
        : [
            {
              headline: `This machine's clock is ${Math.abs(off)} s ${off > 0 ? "behind" : "ahead of"} the server's${late.length === 0 ? "" : ", so that signatures are refused"}`,
              summary:
                "The Date header of the answers shows the server's time; signatures are refused when they are five minutes old.",
              subjects: findings.map(({ subject }) => subject),
              // With another key as well a right clock alone would not mend it.
              ...(differs
                ? { confidence: "likely", decides: "the same requests by a right clock: the keys differ too" }
                : { confidence: "certain" }),
              because: proof([], findings),
              explains: findings,
              remedies: [
                remedy("now", "Set this machine's clock by the network.", ["sudo timedatectl set-ntp true"], {
                  advice: "On macOS: sudo sntp -sS time.apple.com. A container takes its host's clock.",
                }),
                verifying(place),
              ],
            },
          ];
    return [
      ...own,
      ...(await fromErrors(view, {
        cause,
        stage: "signature",
        shows: ["signature-rejected"],
        headline: (at) => `${who(at.functions)} ${verb(at.functions, "refuses", "refuse")} signatures for their time`,
        summary: () => "The time in the signed requests lies too far from the function's.",
      })),
    ];
  },
});
