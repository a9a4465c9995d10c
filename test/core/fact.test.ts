import { describe, expect, it } from "vitest";
import { collector, createFacts, keyedFact, known, stackFact, unreadable } from "../../src/core/fact.ts";
import type { Source } from "../../src/core/reply.ts";

const source = (asked: string[]): Source => ({
  ask: async ({ kind, params }) => {
    asked.push(`${kind} ${JSON.stringify(params)}`);
    return { status: "ok", body: 1 };
  },
});

describe("facts", () => {
  const base = keyedFact<string, number>("base");
  const sum = stackFact<number>("sum");

  it("are collected once each, whoever asks, and carry the requests they rest on", async () => {
    const asked: string[] = [];
    const facts = createFacts(
      [
        collector(base, async (context, name) => {
          const reply = await context.ask("count", { name });
          return reply.status === "ok" ? known(reply.body as number) : unreadable("failed", name, "It failed.");
        }),
        collector(sum, async (context) => {
          const [a, b, again] = await Promise.all([
            context.get(base, "a"),
            context.get(base, "b"),
            context.get(base, "a"),
          ]);
          return known([a, b, again].reduce((total, fact) => total + (fact.state === "known" ? fact.value : 0), 0));
        }),
      ],
      source(asked),
    );
    const fact = await facts.get(sum, null);
    expect(fact).toEqual({
      state: "known",
      value: 3,
      from: ['{"kind":"count","params":{"name":"a"}}', '{"kind":"count","params":{"name":"b"}}'],
    });
    await facts.get(base, "b");
    expect(asked).toEqual(['count {"name":"a"}', 'count {"name":"b"}']);
  });

  it("ask the same request once even from different facts", async () => {
    const asked: string[] = [];
    const one = stackFact<number>("one");
    const two = stackFact<number>("two");
    const collect = (handle: typeof one) =>
      collector(handle, async (context) => {
        await context.ask("same", { b: 1, a: 2 });
        await context.ask("same", { a: 2, b: 1 });
        return known(1);
      });
    const facts = createFacts([collect(one), collect(two)], source(asked));
    await Promise.all([facts.get(one, null), facts.get(two, null)]);
    expect(asked).toHaveLength(1);
  });

  it("that crash are unreadable, and cost nothing else", async () => {
    const facts = createFacts(
      [
        collector(sum, async () => {
          throw new Error("boom");
        }),
        collector(base, async () => known(7)),
      ],
      source([]),
    );
    expect(await facts.get(sum, null)).toMatchObject({
      state: "unreadable",
      reason: "failed",
      message: expect.stringContaining("boom"),
    });
    expect(await facts.get(base, "x")).toMatchObject({ state: "known", value: 7 });
  });

  it("cannot be claimed by two collectors", () => {
    const claim = () => collector(sum, async () => known(1));
    expect(() => createFacts([claim(), claim()], source([]))).toThrow("Two collectors are bound to the fact sum.");
  });
});
