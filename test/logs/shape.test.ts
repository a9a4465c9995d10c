import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregate, shapeOf } from "../../src/logs/shape.ts";

const a = "6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a";
const b = "70aa2d1e-0000-4000-8000-5a5a5a5a5a5b";

describe("shapeOf", () => {
  test.each([
    ["order 17 took 3.5 s", "order 99 took 120 s"],
    [`request ${a} failed`, `request ${b} failed`],
    ["2026-03-02T10:00:00.000Z lost", "2027-12-31 23:59:59,001 lost"],
    ["could not open /var/task/a/b.py", "could not open /opt/python/lib/x.so"],
    ["connect ECONNREFUSED 10.0.0.4:5432", "connect ECONNREFUSED 10.99.0.4:5433"],
    ["user 'a@example.com' is gone", "user 'b-17@example.com' is gone"],
    ["at 0xdeadbeef", "at 0x1"],
    ["GET https://example.com/a?b=1 failed", "GET https://example.org/ failed"],
    [
      "denied on arn:aws:ssm:eu-west-1:111122223333:parameter/x",
      "denied on arn:aws:ssm:us-east-1:444455556666:parameter/y",
    ],
    ["object 9f86d081884c7d65 is gone", "object 2cf24dba5fb0a30e is gone"],
  ])("%s has the shape of %s", (one, other) => {
    expect(shapeOf(one)).toBe(shapeOf(other));
  });

  test("names in quotes are kept: they tell one bug from another", () => {
    expect(shapeOf("KeyError: 'sparkline'")).not.toBe(shapeOf("KeyError: 'trend'"));
    expect(shapeOf("No module named 'pg8000'")).toContain("'pg8000'");
  });

  test("is idempotent", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab1 9./:'\"`-_x<>\t\n".split("")) }), (text) => {
        expect(shapeOf(shapeOf(text))).toBe(shapeOf(text));
      }),
      { examples: [['"a"""'], ['"a\nb c"']] },
    );
  });
});

const uncaught =
  "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'pg8000'\nTraceback (most recent call last):";

describe("aggregate", () => {
  test("groups by shape and counts, with the first event as example", () => {
    const groups = aggregate([
      { timestamp: 3, message: "[ERROR] KeyError: 'trend'", requestId: b },
      { timestamp: 1, message: "[ERROR] ValueError: 17 is not a share", requestId: a },
      { timestamp: 2, message: "[ERROR] ValueError: 18 is not a share", requestId: b },
      { timestamp: 2, message: "INFO fine" },
    ]);
    expect(groups).toEqual([
      {
        shape: "ValueError: <n> is not a share",
        example: "[ERROR] ValueError: 17 is not a share",
        count: 2,
        first: 1,
        last: 2,
        requestIds: [a, b],
      },
      {
        shape: "KeyError: 'trend'",
        example: "[ERROR] KeyError: 'trend'",
        count: 1,
        first: 3,
        last: 3,
        requestIds: [b],
      },
    ]);
  });

  test("a failed init that is logged twice, with its INIT_REPORT and REPORT lines, is one failure", () => {
    const stream = "2026/03/02/[$LATEST]aa";
    const groups = aggregate([
      { timestamp: 1000, stream, message: uncaught },
      {
        timestamp: 1001,
        stream,
        message:
          "INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
      },
      { timestamp: 2000, stream, message: uncaught },
      {
        timestamp: 2001,
        stream,
        message:
          "INIT_REPORT Init Duration: 900.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError",
      },
      { timestamp: 2002, stream, message: `START RequestId: ${a} Version: $LATEST` },
      {
        timestamp: 2003,
        stream,
        message: `REPORT RequestId: ${a}\tDuration: 910.00 ms\tStatus: error\tError Type: Runtime.ImportModuleError`,
      },
    ]);
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ count: 1, first: 1000, requestIds: [a] });
  });

  test("the same init failure in two environments is two failures", () => {
    const groups = aggregate(["one", "two"].map((stream) => ({ timestamp: 1000, stream, message: uncaught })));
    expect(groups[0]?.count).toBe(2);
  });

  test("the same init failure later in one stream counts again", () => {
    const groups = aggregate([1000, 120_000].map((timestamp) => ({ timestamp, stream: "one", message: uncaught })));
    expect(groups[0]?.count).toBe(2);
  });

  test("a time-out and its REPORT are one failure, and a REPORT alone is a failure too", () => {
    const report = `REPORT RequestId: ${a}\tDuration: 3000.00 ms\tStatus: timeout`;
    expect(
      aggregate([
        { timestamp: 5, message: `2026-03-02T10:00:03.001Z ${a} Task timed out after 3.00 seconds` },
        { timestamp: 6, message: report },
      ]),
    ).toMatchObject([{ count: 1, requestIds: [a] }]);
    expect(aggregate([{ timestamp: 6, message: report }])).toMatchObject([{ count: 1, requestIds: [a] }]);
  });

  test("keeps at most five request ids", () => {
    const groups = aggregate(
      Array.from({ length: 9 }, (_, index) => ({
        timestamp: index,
        message: "[ERROR] KeyError: 'x'",
        requestId: `id-${index}`,
      })),
    );
    expect(groups[0]).toMatchObject({ count: 9, requestIds: ["id-0", "id-1", "id-2", "id-3", "id-4"] });
  });

  test("counts of failures with request ids do not depend on the order of the events", () => {
    const kinds = [
      "[ERROR] KeyError: 'x'",
      "[ERROR] ValueError: 3",
      "2026-03-02T10:00:03.001Z Task timed out after 3.00 seconds",
      "fine",
    ];
    const event = fc.record({
      timestamp: fc.nat(100_000),
      message: fc.constantFrom(...kinds),
      requestId: fc.constantFrom(a, b, "c", "d"),
    });
    fc.assert(
      fc.property(fc.array(event), fc.func(fc.nat()), (events, weight) => {
        const shuffled = events.toSorted((one, other) => weight(one) - weight(other));
        const counts = (given: typeof events) =>
          aggregate(given).map(({ shape, count, first, last }) => ({ shape, count, first, last }));
        expect(counts(shuffled)).toEqual(counts(events));
      }),
    );
  });
});
