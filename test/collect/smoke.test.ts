import { describe, expect, it } from "vitest";
import { attemptsFor } from "../../src/collect/smoke-samples.ts";
import type { Reply, Request } from "../../src/core/reply.ts";
import type { Report } from "../../src/core/report.ts";
import { diagnosed, smokeAnswer } from "../cli/invented.ts";

const good = smokeAnswer(200, '{"ok":true,"data":{"orders":[]},"error":null}');
const crash = smokeAnswer(502, '{"message": "Internal server error"}');
const failure = smokeAnswer(500, '{"ok":false,"data":null,"error":{"code":"TOOL_FAILURE","message":"TypeError"}}');
const masked = smokeAnswer(200, '{"ok":true,"data":{"missingData":true},"error":null}');
const refused = smokeAnswer(429, '{"message":"Too Many Requests"}');
const invalid = smokeAnswer(400, '{"ok":false,"data":null,"error":{"code":"INVALID_INPUT","message":"customerId"}}');
const unauthorized = smokeAnswer(401, '{"ok":false,"data":null,"error":{"code":"UNAUTHORIZED"}}');

const timedOut = (code: string) => ({ outcome: "timeout", code }) as const;

/** The report when one tool answers so at its attempts, and how often it was sent. */
async function answered(...answers: readonly Reply<unknown>[]): Promise<{ report: Report; sent: Request[] }> {
  const sent: Request[] = [];
  const reply = (request: Request): Reply<unknown> | undefined => {
    if (request.kind !== "smoke" || request.params["tool"] !== "list_orders") return undefined;
    sent.push(request);
    return answers[Number(request.params["attempt"]) - 1] ?? { status: "not-recorded" };
  };
  return { report: await diagnosed({ reply }), sent };
}

const pauses = (sent: readonly Request[]) => sent.map(({ how }) => (how as { readonly afterMs?: number }).afterMs ?? 0);

describe("a smoke request that fails", () => {
  it.each([
    ["crashes at first", [crash, good], 2],
    ["fails inside at first", [failure, good], 2],
    ["shows neutral values at first", [masked, good], 2],
    ["is refused for its rate twice", [refused, refused, good], 3],
  ])("and then passes is healthy, and the report says so: it %s", async (_name, answers, attempts) => {
    const { report, sent } = await answered(...answers);
    expect(report.exitCode).toBe(0);
    expect(report.unexplained.map(({ code, severity }) => [code, severity])).toEqual([["flaky", "warning"]]);
    expect(report.unexplained[0]?.message).toContain(`after ${attempts} attempts`);
    expect(sent).toHaveLength(attempts);
  });

  it.each([
    ["crashes", [crash, crash, good], 2],
    ["fails inside", [failure, failure, good], 2],
    ["shows neutral values", [masked, masked, good], 2],
    ["is refused for its rate", [refused, refused, refused, good], 3],
    ["was asked for something wrong", [invalid, good], 1],
    ["is refused for its signature", [unauthorized, good], 1],
  ])("every time is broken, within a bound: it %s", async (_name, answers, attempts) => {
    const { report, sent } = await answered(...answers);
    expect(report.exitCode).toBe(1);
    expect(sent).toHaveLength(attempts);
  });

  it.each([
    ["whose time ran out, behind a long limit", timedOut("ETIMEDOUT"), 35_000, 2],
    ["whose time ran out, behind a short one", timedOut("ETIMEDOUT"), 5_000, 3],
    ["that began to be answered and was not to the end", timedOut("SLOW_ANSWER"), 5_000, 1],
  ])("one %s is sent so often", (_name, assessed, timeoutMs, times) => {
    expect(attemptsFor(assessed, false, timeoutMs)).toBe(times);
    expect(attemptsFor(assessed, true, timeoutMs)).toBe(1);
  });

  it("waits before it is sent again", async () => {
    expect(pauses((await answered(refused, refused, good)).sent)).toEqual([0, 1000, 1500]);
  });

  it("keeps its first answer where a recording holds no other", async () => {
    const { report } = await answered(failure);
    expect(report.exitCode).toBe(1);
    expect(report.incomplete.filter((gap) => gap.reason === "not-recorded")).toEqual([]);
  });

  it("is not known where it was never answered", async () => {
    const { report } = await answered({ status: "failed", code: "TIMEOUT", message: "Out of time." });
    expect(report.exitCode).toBe(3);
  });
});
