import { defineCause, type Proposal, type View } from "../core/cause.ts";
import { smokeResult } from "../facts/smoke.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { moreTime } from "./support/limits.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { advice } from "./support/remedies.ts";
import { provenStages } from "./support/stages.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb, who } from "./support/text.ts";
import { toolFailures, type ToolFailure } from "./support/tools.ts";

const cause = "gateway-timeout";

/** How long the function ran, in milliseconds, where it went on after the gateway had answered for it. */
async function outran(view: View, { finding, tool }: ToolFailure): Promise<number | undefined> {
  if (!/^50[34]$/.test(finding.detail["status"] ?? "")) return undefined;
  const result = await view.value(smokeResult, tool);
  const ranMs = result?.ran?.durationMs;
  return result === undefined || ranMs === undefined || ranMs < result.latencyMs - 500 ? undefined : ranMs;
}

export default defineCause({
  id: cause,
  title: "The API gives up before the function answers",
  explanation:
    "API Gateway waits at most 29 seconds for a function (an HTTP API 30), and then answers 504 or 503, though the function goes on. A cold start, a slow query or a database that wakes up may take that long.",
  mending: "Make the function answer sooner, or answer at once and do the work behind it.",
  async propose(view) {
    const place = await placeOf(view);
    const proven = await provenStages(view);
    const failures = (await toolFailures(view, ["timeout"])).filter(
      ({ finding, tool }) => causesIn(finding).length === 0 && (proven.get(tool.functionId ?? "")?.size ?? 0) === 0,
    );
    const judged = await Promise.all(
      failures.map(async (failure) => ({ failure, outran: await outran(view, failure) })),
    );
    const own = await Promise.all(
      [true, false].map(async (isProven): Promise<readonly Proposal[]> => {
        const group = judged.filter((one) => (one.outran !== undefined) === isProven);
        if (group.length === 0) return [];
        const findings = group.map(({ failure: { finding } }) => finding);
        const tools = group.map(({ failure: { tool } }) => tool);
        const functions = (await allFunctions(view)).filter(({ id }) => tools.some((tool) => tool.functionId === id));
        const [longest = 0] = group.map((one) => one.outran ?? 0).toSorted((x, y) => y - x);
        const ran = `The API gave up while the function went on: it ran for ${(longest / 1000).toFixed(1)} s.`;
        return [
          {
            headline: `${theTools(tools)} ${verb(tools, "does", "do")} not answer in time`,
            summary: isProven ? ran : "No answer came before the gateway, or the smoke test itself, gave up.",
            subjects: functions.length === 0 ? tools : functions,
            ...(isProven
              ? { confidence: "certain" }
              : {
                  confidence: "possible",
                  decides: "the duration in the function's REPORT line, and what the function does meanwhile",
                }),
            because: proof([], findings),
            explains: findings,
            remedies: [
              advice(
                "for-good",
                "Let the function answer sooner.",
                "Find what it waits for (its log of this request, and what it calls), give that a time limit of its own, or do the work behind an answer that comes at once.",
              ),
              verifying(place),
            ],
          },
        ];
      }),
    );
    return [
      ...own.flat(),
      ...(await fromErrors(view, {
        cause,
        stage: "limits",
        shows: ["lambda-timeout"],
        headline: (at) => `The API gives up before ${who(at.functions)} ${verb(at.functions, "answers", "answer")}`,
        summary: () => "The gateway waits at most 29 seconds.",
        remedies: async (at, where, looking) => [
          ...(await moreTime(looking, where, at.functions, "More than 29 s help no caller of a REST API.")),
          verifying(where),
        ],
      })),
    ];
  },
});
