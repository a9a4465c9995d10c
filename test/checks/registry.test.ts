import { expect, test } from "vitest";
import { checks } from "../../src/checks/registry.gen.ts";
import { collectors } from "../../src/collect/registry.gen.ts";
import { createFacts } from "../../src/core/fact.ts";
import { runChecks } from "../../src/core/run-checks.ts";
import { checkFiles } from "./load.ts";

test("the registry holds the check of each file", () => {
  expect(checks.map(({ id }) => id)).toEqual(checkFiles);
});

test("somebody collects every fact that a check asks for", () => {
  const collected = new Set(collectors.map(({ name }) => name));
  const asked = checks.flatMap((check) => [
    check.subjects.name,
    ...Object.values(check.requires).map(({ name }) => name),
    ...Object.values(check.uses).map(({ name }) => name),
  ]);
  expect([...new Set(asked)].filter((name) => !collected.has(name))).toEqual([]);
});

test("where nothing can be read, every check says so, and none breaks down or passes", async () => {
  const source = { ask: async () => ({ status: "not-recorded" as const }) };
  const reports = await runChecks(checks, createFacts(collectors, source));
  expect(reports.map(({ id, verdict }) => [id, verdict])).toEqual(checks.map(({ id }) => [id, "unknown"]));
});
