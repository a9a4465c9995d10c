// The printed commands heal: each incident is staged, diagnosed, mended by what the doctor printed, and diagnosed again.
import { afterAll, describe, expect, it } from "vitest";
import type { Remedy } from "../../src/core/cause.ts";
import { labOrSkip } from "./available.ts";
import { type IncidentLab, stopSharedLab, withIncident } from "./incidents.ts";
import { apply, diagnose, expectHealed, remediesOf } from "./mending.ts";
import { awsCliOrSkip, type Operator, operator } from "./remedies.ts";

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

// What one incident met on a busy machine says nothing of its remedy: it is staged once more, from the beginning.
describe.runIf(runs)("what the doctor prints", { timeout: 400_000, retry: 1 }, () => {
  afterAll(stopSharedLab);

  it.each(Object.entries(AT_ONCE))("mends %s at once", (name, besides) => mending(name, "now", besides));
  it.each(Object.entries(FOR_GOOD))("mends %s for good", (name, besides) => mending(name, "for-good", besides));
});
