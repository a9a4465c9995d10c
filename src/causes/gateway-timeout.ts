import { defineCause, type Proposal } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { moreTime } from "./support/limits.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { provenStages } from "./support/stages.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb, who } from "./support/text.ts";
import { toolFailures } from "./support/tools.ts";

const cause = "gateway-timeout";

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
    const findings = failures.map(({ finding }) => finding);
    const functions = (await allFunctions(view)).filter(({ id }) =>
      failures.some(({ tool }) => tool.functionId === id),
    );
    const tools = failures.map(({ tool }) => tool);
    const own: readonly Proposal[] =
      failures.length === 0
        ? []
        : [
            {
              headline: `${theTools(tools)} ${verb(tools, "does", "do")} not answer in time`,
              summary: "No answer came before the gateway, or the smoke test itself, gave up.",
              subjects: functions.length === 0 ? tools : functions,
              confidence: "possible",
              decides: "the duration in the function's REPORT line, and what the function does meanwhile",
              because: proof([], findings),
              explains: findings,
              remedies: [verifying(place)],
            },
          ];
    return [
      ...own,
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
