import { describe, expect, it } from "vitest";
import { pauseBefore, waitUntilSettled } from "../../src/collect/settle.ts";
import { canonicalJson } from "../../src/core/json.ts";
import type { Reply } from "../../src/core/reply.ts";

const ok = (body: unknown): Reply<unknown> => ({ status: "ok", body });
const active = ok({ exists: true, state: "Active", lastUpdateStatus: "Successful" });

/** A stack whose status, and whose function's state, at each poll are given; the last holds from then on. */
function stackThat(statuses: readonly (string | Reply<unknown>)[], states: readonly Reply<unknown>[] = [active]) {
  const asked: string[] = [];
  let passed = 0;
  const ask = (kind: string, params: Readonly<Record<string, unknown>>, how?: unknown): Promise<Reply<unknown>> => {
    asked.push(canonicalJson({ kind, params }));
    passed += (how as { afterMs: number } | undefined)?.afterMs ?? 0;
    const poll = Number(params["poll"]);
    if (kind === "cfn.status") {
      const status = statuses[poll - 1] ?? statuses.at(-1) ?? "";
      return Promise.resolve(typeof status === "string" ? ok({ exists: true, status }) : status);
    }
    if (kind === "lambda.state") return Promise.resolve(states[poll - 1] ?? states.at(-1) ?? active);
    const list = [
      { logicalId: "List", physicalId: "orders-List", type: "AWS::Lambda::Function", status: "CREATE_COMPLETE" },
      { logicalId: "Api", physicalId: "a1", type: "AWS::ApiGateway::RestApi", status: "CREATE_COMPLETE" },
    ];
    return Promise.resolve(kind === "cfn.resources" ? ok(list) : { status: "not-recorded" });
  };
  const said: string[] = [];
  return {
    asked,
    said,
    passed: () => passed,
    wait: (seconds: number) => waitUntilSettled({ ask }, "orders", seconds, (pending) => said.push(pending.join())),
  };
}

const busy = "UPDATE_IN_PROGRESS";
const updating = ok({ exists: true, state: "Active", lastUpdateStatus: "InProgress" });

describe("waiting for a stack to settle", () => {
  it.each([
    ["a stack at rest", ["UPDATE_COMPLETE"]],
    ["a stack of which only the clean-up is left", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"]],
    ["a stack that was rolled back", ["UPDATE_ROLLBACK_COMPLETE"]],
    ["a stack that is not there", [ok({ exists: false })]],
    ["a stack that may not be described", [{ status: "denied", action: "a:B", message: "No." } as const]],
  ])("does not wait for %s", async (_name, statuses) => {
    const stack = stackThat(statuses);
    expect(await stack.wait(300)).toEqual({ seconds: 0, polls: 1, pending: [] });
    expect(stack.passed()).toBe(0);
  });

  it("waits for the stack and then for its functions, with longer and longer pauses", async () => {
    const created = ok({ exists: true, state: "Pending", lastUpdateStatus: "Successful" });
    const stack = stackThat([busy, busy, "UPDATE_COMPLETE"], [active, active, created, updating, active]);
    const waited = await stack.wait(300);
    expect(waited).toEqual({ seconds: 2 + 3 + 5 + 5, polls: 5, pending: [] });
    expect(stack.passed()).toBe(15_000);
    expect(stack.said).toEqual([
      "orders (UPDATE_IN_PROGRESS)",
      "orders (UPDATE_IN_PROGRESS)",
      "orders-List (Pending)",
      "orders-List (update InProgress)",
    ]);
  });

  it("waits for a roll-back, and over an answer that failed", async () => {
    const failed: Reply<unknown> = { status: "failed", code: "SERVICE_ERROR", message: "It failed." };
    const stack = stackThat(["UPDATE_ROLLBACK_IN_PROGRESS", failed, "UPDATE_ROLLBACK_COMPLETE"]);
    expect(await stack.wait(300)).toMatchObject({ polls: 3, pending: [] });
  });

  it.each(["DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])(
    "does not wait for what waiting brings nothing of: %s",
    async (status) => {
      expect(await stackThat([status]).wait(300)).toEqual({ seconds: 0, polls: 1, pending: [] });
    },
  );

  it.each([
    [1, 1, 0],
    [2, 2, 2],
    [60, 10, 60],
    [69, 10, 60],
    [300, 34, 300],
  ])("ends after %i s at the latest", async (limit, polls, seconds) => {
    const stack = stackThat([busy]);
    expect(await stack.wait(limit)).toEqual({ seconds, polls, pending: ["orders (UPDATE_IN_PROGRESS)"] });
    expect(stack.passed()).toBe(seconds * 1000);
  });

  it("ends when the run is stopped, and does not call that settled", async () => {
    const stopped: Reply<unknown> = { status: "failed", code: "TIMEOUT", message: "Out of time." };
    const stack = stackThat([busy, stopped]);
    expect(await stack.wait(300)).toMatchObject({ polls: 2, pending: ["orders (its status could not be read)"] });
  });

  it("asks nothing twice, so that a recording of it says the same again", async () => {
    const stack = stackThat([busy, busy, "UPDATE_COMPLETE"], [active, active, updating, active]);
    const first = await stack.wait(300);
    expect(new Set(stack.asked).size).toBe(stack.asked.length);
    expect(await stackThat([busy, busy, "UPDATE_COMPLETE"], [active, active, updating, active]).wait(300)).toEqual(
      first,
    );
  });

  it("pauses from the second poll on, at most ten seconds", () => {
    const list = Array.from({ length: 12 }, (_, index) => pauseBefore(index + 1));
    expect(list).toEqual([0, 2, 3, 5, 5, 5, 10, 10, 10, 10, 10, 10]);
  });
});
