import { describe, expect, it } from "vitest";
import type { ShownEvent } from "../../../src/core/tail.ts";
import { createRequests } from "../../../src/logs/tail/requests.ts";

const id = (number: number): string => `7c1e0a2b-1111-4222-8333-00000000000${number}`;
const shown = (message: string, stream = "s", lateMs = 0): ShownEvent => ({
  event: { group: "g", stream, timestamp: 0, ingestionTime: 0, message, eventId: undefined },
  by: "sweep",
  lateMs,
});

/** A request's lines; the X-Ray trace stands in the REPORT alone, as on Lambda. */
const request = (number: number, ...lines: readonly string[]): readonly ShownEvent[] =>
  [
    `START RequestId: ${id(number)} Version: $LATEST`,
    ...lines,
    `END RequestId: ${id(number)}`,
    `REPORT RequestId: ${id(number)}\tDuration: 2.00 ms\t\nXRAY TraceId: 1-65c1e0a2-00000000000000000000000${number}\t`,
  ].map((line) => shown(line));

const told = (events: readonly ShownEvent[], ...wanted: readonly string[]): readonly string[] => {
  const requests = createRequests();
  return events.flatMap((event) => requests.of(event, wanted).map((one) => one.event.message.split("\t")[0] ?? ""));
};
const whole = (number: number, ...lines: readonly string[]): readonly string[] => [
  `START RequestId: ${id(number)} Version: $LATEST`,
  ...lines,
  `END RequestId: ${id(number)}`,
  `REPORT RequestId: ${id(number)}`,
];

describe("the events of requests that are asked for", () => {
  const log = [
    shown("INIT_START Runtime Version: python:3.12"),
    shown("imported"),
    ...request(1, "one", "two of client d3adbeef-9999"),
    ...request(2, "one"),
    shown("between"),
    ...request(3, "one"),
  ];

  it.each([
    ["by the whole id", id(2), whole(2, "one")],
    ["by its beginning", "7c1e0a2b-1111-4222-8333-000000000003", ["between", ...whole(3, "one")]],
    ["by an X-Ray trace, which comes last", "1-65c1e0a2-000000000000000000000002", whole(2, "one")],
    [
      "by a client's own id, with what its environment logged while it started",
      "d3adbeef",
      ["INIT_START Runtime Version: python:3.12", "imported", ...whole(1, "one", "two of client d3adbeef-9999")],
    ],
    ["by one that nothing names", "ffffffff", []],
  ])("%s", (_how, wanted, lines) => {
    expect(told(log, wanted)).toEqual(lines);
  });

  it("several at once", () => {
    expect(told(log, id(2), id(3))).toEqual([...whole(2, "one"), "between", ...whole(3, "one")]);
  });

  it("of one whose end was never logged, without those that follow", () => {
    expect(told([...request(1, "one").slice(0, 2), ...request(2, "one")], id(1))).toEqual(whole(1, "one").slice(0, 2));
    expect(told([...request(1, "one").slice(0, 2), ...request(2, "one")], id(2))).toEqual(whole(2, "one"));
  });

  it("that come late, and leave the request that runs meanwhile as it is", () => {
    const late = shown(`[INFO]\t2026-11-30T10:00:00.000Z\t${id(1)}\tlate`, "s", 3_000);
    const [start, ...rest] = request(2, "one");
    const log2 = [...request(1), ...(start === undefined ? [] : [start]), late, ...rest];
    expect(told(log2, id(1))).toEqual([...whole(1), "[INFO]"]);
    expect(told(log2, id(2))).toEqual(whole(2, "one"));
  });

  it("keeps no more of a request than a few hundred lines until it is named", () => {
    const lines = Array.from({ length: 1_000 }, (_, line) => `line ${line}`);
    const kept = told(request(1, ...lines, "client d3adbeef"), "d3adbeef");
    expect(kept).toHaveLength(203);
    expect(kept.at(-3)).toBe("client d3adbeef");
  });
});
