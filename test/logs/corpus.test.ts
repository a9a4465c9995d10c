// Texts of failures and of what looks like them, each labelled before the classifier had seen it; as a whole they hold what
// was reached. `npm run eval:corpus -- test/logs/corpus` says which are missed.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { classify } from "../../src/logs/classify.ts";

interface Case {
  readonly id: string;
  readonly text: string;
  readonly root_cause: string;
}

const read = (name: string): readonly Case[] =>
  readFileSync(new URL(`corpus/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);
const named = ({ text }: Case): readonly string[] => classify(text).candidates.map(({ cause }) => cause);

test("the cause of labelled failures is among the three candidates, and mostly the first", () => {
  const positives = read("positives");
  const missed = positives.filter((each) => !named(each).includes(each.root_cause)).map(({ id }) => id);
  expect(missed).toEqual([]);
  const first = positives.filter((each) => named(each)[0] === each.root_cause);
  expect(first.length / positives.length).toBeGreaterThanOrEqual(0.88);
});

test("what only looks like a failure has no cause", () => {
  for (const each of read("negatives"))
    expect([each.id, ...named(each).filter((cause) => cause !== "other")]).toEqual([each.id]);
});
