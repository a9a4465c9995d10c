import type { AnyCheck } from "../../src/core/check.ts";
import { createFacts, known, unreadable, type Collector, type Fact } from "../../src/core/fact.ts";
import type { SubjectResult } from "../../src/core/report.ts";
import { runChecks } from "../../src/core/run-checks.ts";

type Example = AnyCheck["examples"]["fails"][number] | AnyCheck["examples"]["passes"][number];

/** Runs one check over one example as a real run would: facts collected through collectors, one subject. */
export async function runExample(check: AnyCheck, example: Example): Promise<SubjectResult> {
  const given = example.given as Readonly<Record<string, unknown>>;
  const facts = new Map<string, Fact<unknown>>();
  for (const [name, handle] of Object.entries(check.requires)) facts.set(handle.name, known(given[name]));
  for (const [name, handle] of Object.entries(check.uses)) {
    const fact = given[name] as Fact<unknown> | undefined;
    facts.set(handle.name, fact ?? unreadable("not-recorded", `the fact ${name}`, `The example holds no ${name}.`));
  }
  facts.set(check.subjects.name, known([example.subject]));
  const collectors: Collector[] = [...facts].map(([name, fact]) => ({ name, collect: async () => fact }));
  const source = { ask: async () => Promise.reject(new Error("An example asks no source.")) };
  const [report] = await runChecks([check], createFacts(collectors, source));
  const [result, ...more] = report?.subjects ?? [];
  if (result === undefined || more.length > 0) throw new Error(`${check.id} did not answer for exactly one subject.`);
  return result;
}
