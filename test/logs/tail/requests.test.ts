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

  it("keeps thousands of its lines until it is named", () => {
    const lines = Array.from({ length: 5_000 }, (_, line) => `line ${line}`);
    expect(told(request(1, ...lines), "1-65c1e0a2-000000000000000000000001")).toEqual(whole(1, ...lines));
  });

  it("keeps so much of all streams, gives up what is oldest of the heaviest, and says of a wanted one how much", () => {
    const requests = createRequests(100_000);
    const of = (event: ShownEvent) => requests.of(event, ["d3adbeef"]).map((one) => one.event.message);
    of(shown(`START RequestId: ${id(2)}`, "small"));
    const lines = Array.from({ length: 1_000 }, (_, line) => `line ${line}`);
    for (const event of request(1, ...lines).slice(0, -2)) of(event);
    const kept = of(shown("client d3adbeef"));
    expect(kept.length).toBeGreaterThan(150);
    expect(kept).toEqual([...lines, "client d3adbeef"].slice(-kept.length));
    expect(requests.cut).toEqual([{ request: id(1), lines: 1_002 - kept.length }]);
    expect(of(shown("client d3adbeef", "small"))).toEqual([`START RequestId: ${id(2)}`, "client d3adbeef"]);
    expect(requests.cut).toHaveLength(1);
  });
});
