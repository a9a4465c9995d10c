import { expect, test } from "vitest";
import { runDoctor } from "../../src/cli/run-doctor.ts";
import { collectors } from "../../src/collect/registry.gen.ts";
import { createFacts } from "../../src/core/fact.ts";
import { project } from "../../src/facts/project.ts";

const started = {
  startedAt: "2026-11-20T10:10:00.000Z",
  region: "eu-west-1",
  stackName: "orders",
  endpointOverride: false,
  smoke: false,
  configuration: {},
};
const broken = { path: "infra/samconfig.toml", unreadable: "line 4 is no valid TOML" };

test("a samconfig that could not be read reaches the facts and the report's notes", async () => {
  const facts = createFacts(collectors, {
    ask: async ({ kind }) => {
      if (kind === "run.start") return { status: "ok", body: started };
      if (kind === "project.folder")
        return { status: "ok", body: { exists: true, requirements: [], brokenSamconfig: broken } };
      return { status: "not-recorded" };
    },
  });
  expect(await facts.get(project, null)).toMatchObject({ state: "known", value: { brokenSamconfig: broken } });
  const report = await runDoctor(facts, {
    version: "0.0.0",
    only: ["stack-settled"],
    ignore: [],
    failOn: "error",
    notes: [],
    cost: () => ({ durationMs: 1, requests: 1 }),
  });
  expect(report.notes).toEqual([
    "The project's infra/samconfig.toml was left out of the diagnosis: line 4 is no valid TOML.",
  ]);
});
