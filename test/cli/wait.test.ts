import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { repeatNotes } from "../../src/cli/run-doctor.ts";
import { renderReport } from "../../src/report/formats.ts";
import { cscp } from "../lab/cli.ts";
import { diagnosed, recordInvented } from "./invented.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-wait-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failed = { ListOrders: { state: "Failed" } };
const pending = ["orders (UPDATE_IN_PROGRESS)"];

describe("a run that waited", () => {
  it("says so when the stack settled", async () => {
    const report = await diagnosed({ run: { waited: { seconds: 20, polls: 6, pending: [] } } });
    expect(report.exitCode).toBe(0);
    expect(report.notes).toEqual(["The stack took 20 s to settle; everything was read after that."]);
  });

  it("says nothing when there was nothing to wait for", async () => {
    expect((await diagnosed({ run: { waited: { seconds: 0, polls: 1, pending: [] } } })).notes).toEqual([]);
  });

  it("is never healthy when the stack did not settle in time", async () => {
    const waited = { seconds: 300, polls: 34, pending };
    const report = await diagnosed({ run: { waited } });
    expect(report.exitCode).toBe(3);
    const text = await renderReport("text", report, { columns: 100, colour: false, verbose: 0 });
    expect(text).toContain("After 300 s of waiting these were still changing: orders (UPDATE_IN_PROGRESS).");
    expect((await diagnosed({ run: { waited }, functions: failed })).exitCode).toBe(1);
  });

  it.each([
    ["a stack", { stack: { status: "UPDATE_IN_PROGRESS" } }, "orders was"],
    [
      "functions",
      { functions: { ListOrders: { lastUpdateStatus: "InProgress" }, RenderInvoice: { state: "Pending" } } },
      "ListOrders, RenderInvoice were",
    ],
  ])("that did not wait for %s in the middle of a deploy answers for that moment alone", async (_, changes, names) => {
    const report = await diagnosed(changes);
    expect(report.exitCode).toBe(3);
    expect(report.incomplete.map(({ message }) => message)).toContain(
      `This is a moment in the middle of a deploy, and says nothing of its end: ${names} still changing when read. --wait 5m waits for the end.`,
    );
    expect((await diagnosed(changes, { failOn: "warning" })).exitCode).toBe(1);
    expect((await diagnosed(changes, { ignore: ["stack-settled", "function-active"] })).exitCode).toBe(0);
  });

  it("is told by its recording as it was", async () => {
    const bundle = await recordInvented(path.join(folder, "slow"), {
      run: { waited: { seconds: 300, polls: 34, pending } },
    });
    expect((await cscp(["doctor", "--bundle", bundle])).exitCode).toBe(3);
  });

  it("cannot wait for a recording", async () => {
    const { exitCode, stderr } = await cscp(["doctor", "--bundle", "x.tgz", "--wait", "5m"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/a recording does not change any more/);
  });
});

describe("a run whose calls had to be sent again", () => {
  it.each([
    [{ throttled: 0, broken: 1 }, "1 call to AWS had to be sent again because it failed on the way."],
    [{ throttled: 0, broken: 2 }, "2 calls to AWS had to be sent again because they failed on the way."],
    [{ throttled: 1, broken: 0 }, "1 call to AWS had to be sent again because AWS throttled it."],
  ])("counts them in %j", (repeated, said) => {
    expect(repeatNotes(repeated)).toEqual([said]);
  });

  it("says so", async () => {
    const cost = { durationMs: 1, requests: 9, repeated: { throttled: 3, broken: 1 } };
    const { notes, exitCode } = await diagnosed({}, { cost: () => cost });
    expect(exitCode).toBe(0);
    expect(notes).toEqual([
      "3 calls to AWS had to be sent again because AWS throttled them.",
      "1 call to AWS had to be sent again because it failed on the way.",
    ]);
  });
});
