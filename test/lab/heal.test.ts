// The printed commands heal: each incident is staged, diagnosed, mended by what the doctor printed, and diagnosed again.
import { afterAll, describe, expect, it } from "vitest";
import type { Remedy } from "../../src/core/cause.ts";
import type { Report } from "../../src/core/report.ts";
import { labOrSkip } from "./available.ts";
import { cscp, incidentCall } from "./cli.ts";
import { type IncidentLab, stopSharedLab, withIncident } from "./incidents.ts";
import { awsCliOrSkip, type Operator, operator } from "./remedies.ts";

/** What the reader knows and the doctor does not, by the name of the shell variable that a remedy asks for. */
function secretsOf({ lab, hmacSecret }: IncidentLab): Readonly<Record<string, string>> {
  return { DATABASE_URL: lab.databaseUrl(), HMAC_SECRET: hmacSecret };
}

async function diagnose(incident: IncidentLab): Promise<Report> {
  const { flags, env } = incidentCall(incident);
  const { stdout, stderr } = await cscp(["doctor", ...flags, "-o", "json"], env);
  if (stdout === "") throw new Error(`The doctor said nothing but: ${stderr}`);
  return JSON.parse(stdout) as Report;
}

/** The remedies of one kind in the order of the report; of alternatives the first, since the others begin with "Or". */
function remediesOf(report: Report, kind: Remedy["kind"]): readonly Remedy[] {
  return report.diagnoses
    .flatMap(({ remedies }) => remedies)
    .filter((remedy) => remedy.kind === kind && !remedy.title.startsWith("Or ") && remedy.commands.length > 0);
}

async function apply(incident: IncidentLab, at: Operator, remedies: readonly Remedy[]): Promise<void> {
  expect(remedies.length).toBeGreaterThan(0);
  const known = secretsOf(incident);
  for (const remedy of remedies) {
    expect(remedy.placeholders ?? []).toEqual([]);
    const needed = Object.keys(remedy.variables ?? {});
    expect(needed.filter((name) => known[name] === undefined)).toEqual([]);
    await at.run(remedy, Object.fromEntries(needed.map((name) => [name, known[name] ?? ""])));
  }
}

async function expectHealed(incident: IncidentLab): Promise<void> {
  const after = await diagnose(incident);
  const left = after.diagnoses.filter(({ severity }) => severity === "error");
  expect(left.map(({ cause, headline }) => `${cause}: ${headline}`)).toEqual([]);
  expect(after.unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(after.incomplete).toEqual([]);
  expect(after.exitCode).toBe(0);
}

/** Stages an incident, has the doctor say what to do, does it, and asks the doctor again. */
function mending(name: string, kind: Remedy["kind"], besides: Besides = {}): Promise<void> {
  return withIncident(name, async (incident) => {
    const at = await operator(incident);
    try {
      const report = await diagnose(incident);
      expect(report.exitCode).toBe(1);
      await besides.before?.(incident);
      await apply(incident, at, remediesOf(report, kind));
      await besides.after?.(at);
      await expectHealed(incident);
    } finally {
      await at.stop();
    }
  });
}

/** What the operator does besides running what was printed. */
type Besides = {
  readonly before?: (incident: IncidentLab) => Promise<void>;
  readonly after?: (at: Operator) => Promise<void>;
};

const AT_ONCE: Readonly<Record<string, Besides>> = {
  "driver-in-no-layer": {},
  "macos-wheels": {},
  "driver-backend-missing": {},
  "driver-dependency-drift": {},
  "stale-layer": {},
  "url-lost-at-deploy": {},
  "channel-binding": {},
  "cursor-with-block": {},
  // No command starts the lab's database; what is printed sees that it answers, and starts the functions afresh.
  "database-stopped-masked": { before: ({ lab }) => lab.postgres.start() },
  "parameter-missing": {},
  "parameter-blank": {},
  "parameter-denied": {},
  "hmac-secret-wrong": {},
  "database-password-wrong": {},
  "stale-layer-and-hmac": {},
  "macos-wheels-and-url-lost": {},
};

/** The next deploy by somebody who knows of nothing, with a change of the code in it. */
const nextDeploy: Besides = {
  after: (at) => at.shell("echo '# changed' >> backend/_shared/__init__.py\nmake -C infra build\nmake -C infra deploy"),
};

const FOR_GOOD: Readonly<Record<string, Besides>> = {
  "stale-layer": {},
  "url-lost-at-deploy": nextDeploy,
  "channel-binding": nextDeploy,
  "cursor-with-block": {},
};

const runs = (await labOrSkip()) && (await awsCliOrSkip());

describe.runIf(runs)("what the doctor prints", { timeout: 400_000 }, () => {
  afterAll(stopSharedLab);

  it.each(Object.entries(AT_ONCE))("mends %s at once", (name, besides) => mending(name, "now", besides));
  it.each(Object.entries(FOR_GOOD))("mends %s for good", (name, besides) => mending(name, "for-good", besides));
});
