import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known, unreadable } from "../core/fact.ts";
import { tools } from "../facts/api.ts";
import { badSignatures, type BadSignature } from "../facts/smoke.ts";
import { exampleTool } from "./support/examples.ts";
import { undecided, unknownFrom } from "./support/missing.ts";
import { listed, oneLine } from "./support/text.ts";

/** What was done to the signature, as the end of "a request with ...". */
const spoiled: Readonly<Record<BadSignature["kind"], string>> = {
  "wrong-signature": "a signature of another key",
  "stale-timestamp": "a time that is twenty minutes old",
};

export default defineCheck({
  id: "bad-signatures-refused",
  title: "The API refuses wrong signatures and stale ones",
  severity: "error",
  why: "An API that answers whatever it is sent looks healthy in every test that signs rightly, and is open to everyone.",
  subjects: tools,
  requires: {},
  uses: { tried: badSignatures },
  run({ subject, tried }) {
    if (tried.state === "unreadable") {
      return tried.reason === "skipped" ? notApplicable(tried.message) : unknownFrom(tried);
    }
    const accepted = tried.value.filter(({ verdict }) => verdict === "accepted");
    if (accepted.length > 0) {
      return findings(
        accepted.map(({ kind, shown, status }) => ({
          code: kind,
          message: `${subject.label} answers a request with ${spoiled[kind]} as if it were a good one.`,
          evidence: [{ kind: "smoke", where: `smoke ${subject.label}, with ${spoiled[kind]}`, says: oneLine(shown) }],
          detail: { function: subject.functionId ?? "", status: status === undefined ? "" : String(status) },
        })),
      );
    }
    const open = tried.value.filter(({ verdict }) => verdict === "undecided");
    if (open.length === 0) return pass;
    return undecided(
      `whether ${subject.label} refuses ${listed(open.map(({ kind }) => spoiled[kind]))}`,
      `What came back is neither a refusal nor an answer: ${oneLine(open[0]?.shown ?? "")}.`,
    );
  },
  examples: () => ({
    fails: [
      {
        name: "an API that checks nothing",
        subject: exampleTool(),
        given: { tried: known([tried("wrong-signature", "accepted"), tried("stale-timestamp", "accepted")]) },
        codes: ["wrong-signature", "stale-timestamp"],
      },
      {
        name: "an API that does not look at the time",
        subject: exampleTool(),
        given: { tried: known([tried("wrong-signature", "refused"), tried("stale-timestamp", "accepted")]) },
        codes: ["stale-timestamp"],
      },
    ],
    passes: [
      {
        name: "an API that refuses both",
        subject: exampleTool(),
        given: { tried: known([tried("wrong-signature", "refused"), tried("stale-timestamp", "refused")]) },
      },
      {
        name: "an API that broke down instead",
        subject: exampleTool(),
        given: { tried: known([tried("wrong-signature", "undecided")]) },
        kind: "unknown",
      },
      {
        name: "a run that tries none",
        subject: exampleTool(),
        given: { tried: unreadable("skipped", "whether wrong signatures are refused", "They were not tried.") },
        kind: "not-applicable",
      },
    ],
  }),
});

function tried(kind: BadSignature["kind"], verdict: BadSignature["verdict"]): BadSignature {
  switch (verdict) {
    case "accepted":
      return { kind, verdict, status: 200, shown: '200 {"ok":true,"data":{"trend":"up"},"error":null}' };
    case "refused":
      return { kind, verdict, status: 401, shown: '401 {"ok":false,"error":{"code":"UNAUTHORIZED"}}' };
    case "undecided":
      return { kind, verdict, status: 502, shown: '502 {"message": "Internal server error"}' };
  }
}
