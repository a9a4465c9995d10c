// Functions for Node: what is predicted against what this very Node says.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeCells } from "./matrix/node-cells.ts";
import { judgeNode } from "./matrix/node-judge.ts";

const root = realpathSync(mkdtempSync(path.join(tmpdir(), "node-cells-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const version = Number(process.versions.node.split(".", 1)[0]);

test.each(nodeCells)("Node says what is predicted: $name", async (cell) => {
  const { real, prediction } = await judgeNode(cell, root, { program: process.execPath, version });
  const { failure } = prediction;
  if (cell.unknown === true) {
    expect([prediction.verdict, prediction.notes.join(" ")]).toEqual([
      "unknown",
      expect.stringContaining("under a condition, and that fails"),
    ]);
    return;
  }
  const predicted =
    failure === undefined
      ? { ok: prediction.verdict === "will-import" }
      : { ok: false, type: failure.errorType, message: failure.message.replace(/…$/, "") };
  const seen =
    failure?.exact === false && !real.ok
      ? { ...real, message: real.message.slice(0, predicted.message?.length) }
      : real;
  expect(predicted).toEqual(seen);
});
