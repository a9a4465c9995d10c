import { defineCause, type Proposal } from "../core/cause.ts";
import { importPrediction } from "../facts/packages.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { provenStages } from "./support/stages.ts";
import { causesIn } from "./support/symptoms.ts";
import { verb, who } from "./support/text.ts";
import { toolFailures } from "./support/tools.ts";

const cause = "proxy-response-malformed";
const what = "Let the handler return { statusCode, headers, body } with a string as body.";

export default defineCause({
  id: cause,
  title: "The function's answer is not what API Gateway wants",
  explanation:
    "A proxy integration wants an object with statusCode and a body that is a string. A handler that returns its data as it is, or an object as body, gets its caller a 502, though the function itself ended well and logs no error.",
  mending: "Return statusCode, headers and a JSON text as body.",
  async propose(view) {
    const place = await placeOf(view);
    const proven = await provenStages(view);
    const functions = await allFunctions(view);
    const failures = (await toolFailures(view, ["function-error"])).filter(
      ({ finding, tool }) =>
        causesIn(finding).length === 0 &&
        (proven.get(tool.functionId ?? "")?.size ?? 0) === 0 &&
        !view.of("known-errors").some(({ subject }) => subject.id === tool.functionId),
    );
    // What the function returned when it was invoked by itself is proof; else only one that can be imported comes so far.
    const seen = (await toolFailures(view, ["function-error", "gateway-error"])).filter(
      ({ finding }) => finding.detail["invoked"] === "malformed",
    );
    const importable = await Promise.all(
      failures.map(async ({ finding, tool }) => {
        const fn = functions.find(({ id }) => id === tool.functionId);
        const { invoked } = finding.detail;
        const silent = invoked === undefined || invoked === "ok";
        return silent && fn !== undefined && (await view.value(importPrediction, fn))?.verdict === "will-import";
      }),
    );
    const guessed = failures.filter((failure, index) => importable[index] && !seen.includes(failure));
    const proposals = [seen, guessed]
      .filter((group) => group.length > 0)
      .map((group): Proposal => {
        const findings = group.map(({ finding }) => finding);
        const named = functions.filter(({ id }) => group.some(({ tool }) => tool.functionId === id));
        return {
          headline: `${who(named)} ${verb(named, "answers", "answer")} something that API Gateway cannot pass on`,
          summary: "Callers get 502, and the function logged no error: it ended well with an answer of another form.",
          subjects: named,
          ...(group === seen
            ? { confidence: "certain" }
            : {
                confidence: "possible",
                decides: "what the handler returns: an invocation of the function alone shows it (cscp smoke)",
              }),
          because: proof([], findings),
          explains: findings,
          remedies: [changeCode(place, what), verifying(place)],
        };
      });
    return [
      ...proposals,
      ...(await fromErrors(view, {
        cause,
        stage: "answer",
        shows: ["serialization-error"],
        headline: (at) =>
          `${who(at.functions)} ${verb(at.functions, "answers", "answer")} something that API Gateway cannot pass on`,
        summary: () => "The gateway says that the answer is malformed.",
        remedies: (_at, where) => [changeCode(where, what), verifying(where)],
      })),
    ];
  },
});
