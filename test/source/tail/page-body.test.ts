import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageBody, type JsonEvent } from "../../../src/source/tail/page-body.ts";

/** What looks like the structure of a page, where it stands in a message. */
const hostile = fc
  .array(
    fc.constantFrom(
      '"',
      "\\",
      "},{",
      '},{"message":"',
      "}]",
      '],"nextToken":"no"}',
      '"events":[',
      '"nextToken"',
      "é😀",
      "\u0000\n",
      "plain words ",
      "x".repeat(9_000),
    ),
    { maxLength: 12, size: "max" },
  )
  .map((parts) => parts.join(""));

const event = fc.record(
  {
    logStreamName: hostile,
    timestamp: fc.nat(),
    message: hostile,
    ingestionTime: fc.nat(),
    eventId: fc.stringMatching(/^\d{56}$/),
  },
  { requiredKeys: ["timestamp", "message"] },
);

const page = fc.record({
  events: fc.oneof(fc.array(event, { maxLength: 5 }), fc.array(event, { minLength: 30, maxLength: 50, size: "max" })),
  token: fc.option(hostile, { nil: undefined }),
  /** As emulators give it, with other lists before and behind and with blanks. */
  searched: fc.option(fc.array(fc.record({ logStreamName: hostile, searchedCompletely: fc.boolean() })), {
    nil: undefined,
  }),
  order: fc.constantFrom("events first", "events last"),
  indent: fc.constantFrom(0, 1, 4),
});

const all = (body: ReturnType<typeof pageBody>): readonly JsonEvent[] => [...body.parts()].flat();

describe("the body of a page", () => {
  it("gives what JSON.parse gives, whatever messages hold and however it is written", () => {
    let several = 0;
    fc.assert(
      fc.property(page, ({ events, token, searched, order, indent }) => {
        const rest = {
          ...(token === undefined ? {} : { nextToken: token }),
          ...(searched === undefined ? {} : { searchedLogStreams: searched }),
        };
        const text = JSON.stringify(order === "events first" ? { events, ...rest } : { ...rest, events }, null, indent);
        const body = pageBody(Buffer.from(text));
        expect(body.token).toBe(token);
        const parts = [...body.parts()];
        expect(parts.flat()).toEqual(events);
        if (parts.length > 1) several += 1;
      }),
      { numRuns: 100 },
    );
    // The property says something only where pages are taken apart at all.
    expect(several).toBeGreaterThan(20);
  });

  it("is read by parts that hold a small share of a large page", () => {
    const events = Array.from({ length: 10_000 }, (_, id) => ({
      timestamp: id,
      message: `event ${id} ${"x".repeat(90)}`,
    }));
    const body = pageBody(Buffer.from(JSON.stringify({ events, nextToken: "t" })));
    expect(body.token).toBe("t");
    const sizes = [...body.parts()].map(({ length }) => length);
    expect(sizes.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThan(1_000);
  });

  it("takes what is no page as JSON does", () => {
    expect(() => pageBody(Buffer.from("<html>"))).toThrow(SyntaxError);
    expect(all(pageBody(Buffer.from("{}")))).toEqual([]);
    expect(pageBody(Buffer.from('{"events":[],"nextToken":null}')).token).toBeUndefined();
    const cut = JSON.stringify({
      events: Array.from({ length: 5_000 }, (_, id) => ({ message: `${id} ${"x".repeat(90)}` })),
    });
    expect(() => all(pageBody(Buffer.from(cut.slice(0, -100))))).toThrow(SyntaxError);
  });
});
