import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { ToolRef } from "../core/subject.ts";
import { smokeResult } from "../facts/smoke.ts";
import { plannedRequest } from "../smoke/facts.ts";
import { proof } from "./support/imports.ts";
import { moreMemory } from "./support/limits.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { advice } from "./support/remedies.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb, who } from "./support/text.ts";

/** What a cold start took, and how long the caller waited, in milliseconds. */
interface ColdStart {
  readonly finding: Finding;
  readonly tool: ToolRef;
  /** Undefined where it was not logged, or not found. */
  readonly initMs: number | undefined;
  readonly ranMs: number;
  readonly patienceMs: number;
}

export default defineCause({
  id: "cold-start-slow",
  title: "A cold start takes longer than callers wait",
  explanation:
    "The first request after a deploy, a pause or a rise in traffic starts the function anew: its code is loaded and all that it does at import is done, while the caller waits. Where that takes longer than the caller's patience, the request fails, and the next one, which finds the function warm, passes.",
  mending:
    "Do less at import and load less, give the function more memory (and with it more of a processor), keep some instances warm, or let callers wait longer.",
  async propose(view): Promise<readonly Proposal[]> {
    const found = await coldStarts(view);
    // Of some the log tells how long the start took; of others only that the same request passed a moment later.
    const groups = [
      found.filter(({ initMs }) => initMs !== undefined),
      found.filter(({ initMs }) => initMs === undefined),
    ];
    return Promise.all(groups.filter((group) => group.length > 0).map((group) => proposalOf(view, group)));
  },
});

async function proposalOf(view: View, found: readonly ColdStart[]): Promise<Proposal> {
  const place = await placeOf(view);
  const tools = found.map(({ tool }) => tool);
  const functions = (await allFunctions(view)).filter(({ id }) => tools.some((tool) => tool.functionId === id));
  const findings = found.map(({ finding }) => finding);
  const slowest = Math.max(...found.map(({ initMs = 0 }) => initMs));
  const patience = Math.max(...found.map(({ patienceMs }) => patienceMs));
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const isTold = found.every(({ initMs }) => initMs !== undefined);
  const isProven = isTold && found.every(({ initMs = 0, ranMs, patienceMs }) => initMs + ranMs >= patienceMs);
  const started = isTold
    ? `A cold start took ${seconds(slowest)}, and no answer was waited for longer than ${seconds(patience)}.`
    : `No answer came within ${seconds(patience)}, and the same request was answered a moment later. What was logged does not say how long the function took to start.`;
  return {
    headline: `${functions.length === 0 ? theTools(tools) : who(functions)} ${verb(tools, "takes", "take")} longer to start than callers wait`,
    summary: isTold ? `${started} A warm function answers.` : started,
    subjects: functions.length === 0 ? tools : functions,
    ...(isProven
      ? { confidence: "certain" }
      : {
          confidence: isTold ? "likely" : "possible",
          decides: "the same request to a warm function (cscp smoke --warm)",
        }),
    because: proof([], findings),
    explains: findings,
    remedies: [
      ...(await moreMemory(view, place, functions)),
      advice(
        "for-good",
        "Do less while the function starts.",
        "Import what a request needs where it is needed, open connections in the handler, leave unused packages out; provisioned concurrency keeps instances warm.",
      ),
      verifying(place),
    ],
  };
}

/** Requests that ran out of time while the function was starting, and of which nothing else is known to be wrong. */
async function coldStarts(view: View): Promise<readonly ColdStart[]> {
  const timedOut = view
    .of("tools-answer")
    .filter(({ code, detail }) => code === "timeout" || (code === "flaky" && detail["outcome"] === "timeout"))
    .filter((finding) => causesIn(finding).length === 0);
  const judged = await Promise.all(
    timedOut.map(async (finding): Promise<readonly ColdStart[]> => {
      const tool = finding.subject as ToolRef;
      const [result, planned] = await Promise.all([view.value(smokeResult, tool), view.value(plannedRequest, tool)]);
      const { initMs, durationMs: ranMs = 0 } = result?.ran ?? {};
      // What it takes to run is the work's own fault; only the greater part of the time makes it the start's.
      if (initMs === undefined ? finding.code !== "flaky" : initMs < ranMs) return [];
      return [{ finding, tool, initMs, ranMs, patienceMs: planned?.timeoutMs ?? 0 }];
    }),
  );
  return judged.flat();
}
