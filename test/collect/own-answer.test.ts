import { describe, expect, test } from "vitest";
import { exampleConfiguration, exampleFunction, exampleTool } from "../../src/checks/support/examples.ts";
import { collectOwnAnswer } from "../../src/collect/own-answer.ts";
import { collector, createFacts, known, unreadable, type Fact } from "../../src/core/fact.ts";
import { tools } from "../../src/facts/api.ts";
import { functionConfiguration } from "../../src/facts/functions.ts";
import { functionErrors } from "../../src/facts/logs.ts";
import { importPrediction, type ImportPrediction } from "../../src/facts/packages.ts";
import { directInvoke, ownAnswer, smokeResult, type DirectInvoke, type SmokeResult } from "../../src/facts/smoke.ts";

const fn = exampleFunction();
const configuration = exampleConfiguration({ handler: "app.handler", lastModified: "2026-01-01T10:00:00.000Z" });
const skipped = unreadable("skipped", "this", "It was not asked.");

type Given = {
  readonly result?: Partial<SmokeResult>;
  readonly direct?: DirectInvoke["outcome"];
  readonly logged?: { readonly first: string; readonly example: string };
  readonly verdict?: ImportPrediction["verdict"];
};

/** What is told of a function of one tool, and which facts were asked for. */
async function told({ result, direct, logged, verdict = "will-fail" }: Given) {
  const asked: string[] = [];
  const give = <V>(name: string, fact: Fact<V>) => {
    asked.push(name);
    return Promise.resolve(fact);
  };
  const answer = {
    outcome: "gateway-error",
    shown: "502",
    detail: "",
    latencyMs: 1,
    attempts: 1,
    signedWith: "",
  } as const;
  const facts = createFacts(
    [
      collectOwnAnswer,
      collector(tools, () => give("tools", known([{ ...exampleTool(), functionId: fn.id }]))),
      collector(functionConfiguration, () => give("configuration", known(configuration))),
      collector(importPrediction, () =>
        give("prediction", known<ImportPrediction>({ verdict, drivers: [], sourceFacts: [], notes: [] })),
      ),
      collector(smokeResult, () =>
        give("smoke", result === undefined ? skipped : known<SmokeResult>({ ...answer, errors: [], ...result })),
      ),
      collector(directInvoke, () =>
        give(
          "direct",
          direct === undefined
            ? skipped
            : known<DirectInvoke>({ outcome: direct, shown: "{}", detail: "", latencyMs: 1 }),
        ),
      ),
      collector(functionErrors, () => {
        const group = {
          shape: "",
          headline: "",
          count: 1,
          last: "2026-01-01T12:00:00.000Z",
          requestIds: [],
          candidates: [],
        };
        const groups = logged === undefined ? [] : [{ ...group, ...logged }];
        const body = { logGroup: "/aws/lambda/x", exists: true, from: "", to: "", groups, truncated: false };
        return give("errors", known(body));
      }),
    ],
    { ask: async () => Promise.reject(new Error("Nothing is to be asked.")) },
  );
  const fact = await facts.get(ownAnswer, fn);
  return { answer: fact.state === "known" ? fact.value : fact, asked };
}

const traceback = (frame: string) =>
  `[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  ${frame}\n    x["x"]`;
const inHandler = traceback('File "/var/task/app.py", line 12, in handler');

describe("what shows that a function's own code ran", () => {
  test.each<[string, Given, boolean]>([
    ["an answer", { result: { outcome: "ok", shown: "200" } }, true],
    ["a failure in its own words", { result: { outcome: "tool-error", code: "X", shown: "500" } }, true],
    [
      "an answer now and then",
      { result: { outcome: "ok", unsteady: { failed: 1, of: 2 } as SmokeResult["unsteady"] & {} } },
      false,
    ],
    ["an answer without the API", { result: {}, direct: "ok" }, true],
    ["something that no API passes on", { result: {}, direct: "malformed" }, true],
    [
      "an error inside the handler",
      { result: {}, logged: { first: "2026-01-01T11:00:00.000Z", example: inHandler } },
      false,
    ],
  ])("%s", async (_, given, steady) => {
    expect((await told(given)).answer).toMatchObject({ steady });
  });

  test.each<[string, Given]>([
    ["no request at all", {}],
    ["the gateway's failure", { result: {} }],
    ["a failure by itself, too", { result: {}, direct: "function-error" }],
    ["a refusal", { result: { outcome: "unauthorized", status: 401 } }],
    ["an error before the last change", { logged: { first: "2026-01-01T09:59:00.000Z", example: inHandler } }],
    ["an error right after the last change", { logged: { first: "2026-01-01T10:00:01.000Z", example: inHandler } }],
    [
      "an error while it is imported",
      {
        logged: {
          first: "2026-01-01T11:00:00.000Z",
          example: traceback('File "/var/task/app.py", line 2, in <module>'),
        },
      },
    ],
  ])("not %s", async (_, given) => {
    expect((await told(given)).answer).toBeUndefined();
  });

  test("nothing is asked where the files leave no doubt", async () => {
    const { answer, asked } = await told({ result: { outcome: "ok" }, verdict: "will-import" });
    expect([answer, asked]).toEqual([undefined, ["prediction"]]);
  });
});
