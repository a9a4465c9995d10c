import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { cscp, incidentCall, leaksIn } from "./cli.ts";
import { EXPECTED } from "./expectations.ts";
import { stopSharedLab, withIncident } from "./incidents.ts";
import { labOrSkip } from "./available.ts";
import { apply, expectHealed, remediesOf } from "./mending.ts";
import { INCIDENTS } from "./scenarios.ts";
import { awsCliOrSkip, operator } from "./remedies.ts";
import { sandboxIsolation } from "./sandbox.ts";
import { expectSymptom, SYMPTOMS } from "./symptoms.ts";

/** Incidents that are recorded and replayed here as well; of all of them the shipped recordings are (see incidents.test.ts). */
const replayedHere: ReadonlySet<string> = new Set(["healthy-parameter", "stale-layer", "database-password-wrong"]);

/** Incidents that are mended here as well, by the commands as printed; all of them are in heal.test.ts, which takes minutes. */
const mendedHere: ReadonlySet<string> = new Set(["parameter-missing", "hmac-secret-wrong"]);

/** What a replay must say as the live run did: everything but what the run itself cost. */
function essence(report: Report): unknown {
  const { durationMs: _durationMs, requests: _requests, ...rest } = report;
  return rest;
}

const runs = await labOrSkip();
const mends = runs && (await awsCliOrSkip());
const isolation = await sandboxIsolation();

describe.runIf(runs)("the doctor on a stack that really runs", { timeout: 180_000 }, () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cscp-doctor-"));
  });
  afterAll(async () => {
    await stopSharedLab();
    await rm(folder, { recursive: true, force: true });
  });

  it("knows the symptom of every incident", () => {
    expect(Object.keys(SYMPTOMS).sort()).toEqual(Object.keys(EXPECTED).sort());
    expect(Object.keys(INCIDENTS).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.for(Object.entries(EXPECTED))("%s", async ([name, expected], { skip }) => {
    const seesMachine = name === "driver-backend-missing" && isolation === "none";
    skip(seesMachine, "Own mounts are impossible here, so the machine's libpq cannot be hidden from a function.");
    await withIncident(name, async (lab) => {
      const symptom = SYMPTOMS[name];
      if (symptom === undefined) throw new Error(`${name} has no symptom.`);
      await expectSymptom(lab, symptom);
      const { flags, env } = incidentCall(lab);
      const file = path.join(folder, `${name}.json`);
      const live = await cscp(["doctor", ...flags, "-o", "text", "-o", `json=${file}`], env);
      const document = await readFile(file, "utf8");
      const report = JSON.parse(document) as Report;

      expect(report.diagnoses.map((diagnosis) => diagnosis.cause)).toEqual(expected.causes);
      expect(live.exitCode).toBe(expected.exitCode);
      expect(report.unexplained).toEqual([]);
      expect(report.incomplete).toEqual([]);
      expect(report.diagnoses.filter((diagnosis) => diagnosis.confidence !== "certain")).toEqual([]);
      for (const diagnosis of report.diagnoses) expect(diagnosis.remedies.length).toBeGreaterThan(0);
      expect(leaksIn(live.stdout + live.stderr + document, lab.secrets)).toEqual([]);
      const wide = live.stdout.split("\n").filter((line) => line.length > 100 && !/^\s+(?:[a-z$"'\\(]|--)/.test(line));
      expect(wide).toEqual([]);

      if (mendedHere.has(name) && mends) {
        const at = await operator(lab);
        try {
          await apply(lab, at, remediesOf(report, "now"));
          await expectHealed(lab);
        } finally {
          await at.stop();
        }
      }
      if (!replayedHere.has(name)) return;
      const recording = path.join(folder, `${name}.tgz`);
      const captured = await cscp(["capture", ...flags, "--output-file", recording], { ...env, CSCP_CACHE: "off" });
      expect(captured.exitCode).toBe(0);
      const replayed = await cscp(["doctor", "--bundle", recording, "-o", "json"]);
      expect(replayed.exitCode).toBe(expected.exitCode);
      const again = JSON.parse(replayed.stdout) as Report;
      expect(again.diagnoses.map((diagnosis) => diagnosis.cause)).toEqual(expected.causes);
      expect(leaksIn(replayed.stdout, lab.secrets)).toEqual([]);
      const twice = await cscp(["doctor", "--bundle", recording, "-o", "json"]);
      expect(twice.stdout).toBe(replayed.stdout);
      expect(essence(again)).toMatchObject({ stack: report.stack, verdict: report.verdict });
    });
  });
});
