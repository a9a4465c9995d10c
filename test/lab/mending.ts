// From what the doctor printed to a stack that is well again.
import { expect } from "vitest";
import type { Remedy } from "../../src/core/cause.ts";
import type { Report } from "../../src/core/report.ts";
import { cscp, incidentCall } from "./cli.ts";
import type { IncidentLab } from "./incidents.ts";
import type { Operator } from "./remedies.ts";

/** What the reader knows and the doctor does not, by the name of the shell variable that a remedy asks for. */
function secretsOf({ lab, hmacSecret }: IncidentLab): Readonly<Record<string, string>> {
  return { DATABASE_URL: lab.databaseUrl(), HMAC_SECRET: hmacSecret };
}

/** What the doctor reports of a staged incident. */
export async function diagnose(incident: IncidentLab, ...more: readonly string[]): Promise<Report> {
  const { flags, env } = incidentCall(incident);
  const { stdout, stderr } = await cscp(["doctor", ...flags, ...more, "-o", "json"], env);
  if (stdout === "") throw new Error(`The doctor said nothing but: ${stderr}`);
  return JSON.parse(stdout) as Report;
}

/** The remedies of one kind in the order of the report; of alternatives the first, since the others begin with "Or". */
export function remediesOf(report: Report, kind: Remedy["kind"]): readonly Remedy[] {
  return report.diagnoses
    .flatMap(({ remedies }) => remedies)
    .filter((remedy) => remedy.kind === kind && !remedy.title.startsWith("Or ") && remedy.commands.length > 0);
}

/** Runs remedies one after another, with what the reader knows in the variables that they ask for. */
export async function apply(incident: IncidentLab, at: Operator, remedies: readonly Remedy[]): Promise<void> {
  expect(remedies.length).toBeGreaterThan(0);
  const known = secretsOf(incident);
  for (const remedy of remedies) {
    expect(remedy.placeholders ?? []).toEqual([]);
    const needed = Object.keys(remedy.variables ?? {});
    expect(needed.filter((name) => known[name] === undefined)).toEqual([]);
    await at.run(remedy, Object.fromEntries(needed.map((name) => [name, known[name] ?? ""])));
  }
}

/** Nothing of error severity is left, and everything could be read. */
export async function expectHealed(incident: IncidentLab): Promise<void> {
  // CloudFormation's deploy ends when its functions are updated, the emulator's before.
  const after = await diagnose(incident, "--wait", "2m");
  const left = after.diagnoses.filter(({ severity }) => severity === "error");
  expect(left.map(({ cause, headline }) => `${cause}: ${headline}`)).toEqual([]);
  expect(after.unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(after.incomplete).toEqual([]);
  expect(after.exitCode).toBe(0);
}
