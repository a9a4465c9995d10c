import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { labOrSkip } from "./available.ts";
import { cscp, incidentCall, leaksIn } from "./cli.ts";
import { type IncidentLab, stopSharedLab, withIncident } from "./incidents.ts";

/** Shifts the clock of the Node process that preloads it, as a machine's that was never set is. */
const CLOCK_PRELOAD = `"use strict";
const off = Number(process.env.CSCP_LAB_CLOCK || "0");
const now = Date.now.bind(Date);
Date.now = () => now() + off;
const Plain = Date;
globalThis.Date = class extends Plain {
  constructor(...given) { given.length === 0 ? super(Plain.now()) : super(...given); }
};
`;

interface Case {
  readonly causes: readonly string[];
  readonly exitCode: number;
  readonly flags?: readonly string[];
  /** A part of cscp.config.json. */
  readonly smoke?: object;
  /** What the first diagnosis must show in its proof. */
  readonly proof?: RegExp;
  readonly before?: (lab: IncidentLab) => Promise<void> | void;
}

const one = ["--tool", "get_contract_info"];

const cases: Readonly<Record<string, Case>> = {
  healthy: { causes: [], exitCode: 0 },
  "driver-in-no-layer": { causes: ["module-missing"], exitCode: 1, proof: /pg8000/ },
  "cursor-with-block": { causes: ["driver-api-mismatch"], exitCode: 1, proof: /cursor/ },
  "database-stopped-masked": { causes: ["connection-refused"], exitCode: 1, proof: /ECONNREFUSED/ },
  "hmac-secret-wrong": { causes: ["signature-rejected"], exitCode: 1, proof: /fingerprint/ },
  "invoke-forbidden": { causes: ["invoke-permission-missing"], exitCode: 1, proof: /resource policy/ },
  "answer-malformed": { causes: ["proxy-response-malformed"], exitCode: 1, proof: /renewalDate/ },
  "answer-late": {
    causes: ["gateway-timeout"],
    exitCode: 1,
    flags: one,
    proof: /ran for 4\d\d\d ms/,
    before: ({ lab }) => lab.front.setIntegrationLimit(1_500),
  },
  "one-in-three": {
    causes: ["intermittent-failure"],
    exitCode: 1,
    flags: [...one, "--repeat", "9"],
    proof: /3 of 9 times/,
  },
  "signature-ignored": { causes: ["signature-unchecked"], exitCode: 1, proof: /twenty minutes/ },
};

/** What shows best that requests really go through the lab; with `CSCP_EVAL` every case is tried. */
const few: readonly string[] = ["healthy", "database-stopped-masked", "invoke-forbidden", "signature-ignored"];
const isEvaluation = process.env["CSCP_EVAL"] !== undefined;
/** The healthy stack comes last, and the tests behind go on with it. */
const chosen = Object.entries(cases)
  .filter(([name]) => isEvaluation || few.includes(name))
  .toReversed();

describe.runIf(await labOrSkip())("the smoke test on a stack that really runs", { timeout: 180_000 }, () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cscp-smoke-"));
    await writeFile(path.join(folder, "clock.cjs"), CLOCK_PRELOAD);
  });
  afterAll(async () => {
    await stopSharedLab();
    await rm(folder, { recursive: true, force: true });
  });

  async function smoked(lab: IncidentLab, name: string, { flags = [], smoke }: Partial<Case>, more = {}) {
    const call = incidentCall(lab);
    const config = path.join(folder, `${name}-config.json`);
    if (smoke !== undefined) await writeFile(config, JSON.stringify({ smoke }));
    const file = path.join(folder, `${name}.json`);
    const configured = smoke === undefined ? [] : ["--config", config];
    const args = ["smoke", ...call.flags, ...flags, ...configured, "-o", "text", "-o", `json=${file}`];
    const run = await cscp(args, { ...call.env, ...more });
    const document = await readFile(file, "utf8").catch(() => "");
    expect(document, run.stdout + run.stderr).not.toBe("");
    expect(leaksIn(run.stdout + run.stderr + document, lab.secrets)).toEqual([]);
    return { ...run, report: JSON.parse(document) as Report };
  }

  function expectCase({ report, exitCode, stdout }: Awaited<ReturnType<typeof smoked>>, wanted: Case): void {
    expect(
      report.diagnoses.map(({ cause, confidence }) => [cause, confidence]),
      stdout,
    ).toEqual(wanted.causes.map((cause) => [cause, "certain"]));
    expect(report.unexplained, stdout).toEqual([]);
    expect(exitCode, stdout).toBe(wanted.exitCode);
    if (wanted.proof !== undefined) {
      const [first] = report.diagnoses;
      const shown = [first?.because ?? [], (first?.explains ?? []).flatMap(({ evidence }) => evidence)];
      expect(JSON.stringify([shown, report.diagnoses[0]?.explains.map(({ message }) => message)])).toMatch(
        wanted.proof,
      );
    }
  }

  it.each(chosen)("%s", async (name, wanted) => {
    await withIncident(name, async (lab) => {
      await wanted.before?.(lab);
      expectCase(await smoked(lab, name, wanted), wanted);
    });
  });

  it.runIf(isEvaluation)("a cold start that takes longer than callers wait", async () => {
    await withIncident("start-slow", async (lab) => {
      // What the staging has warmed up is cold again.
      lab.lab.coolDown();
      const smoke = { tools: [{ name: "get_contract_info", timeoutMs: 2_500 }] };
      const run = await smoked(lab, "start-slow", { flags: one, smoke });
      expectCase(run, { causes: ["cold-start-slow"], exitCode: 0, proof: /started in 4\d\d\d ms/ });
    });
  });

  it("a clock that is ten minutes off, a wrong route, and the signature by another implementation", async () => {
    await withIncident(
      "healthy",
      async (lab) => {
        const { NODE_OPTIONS = "" } = lab.env;
        const off = {
          NODE_OPTIONS: `${NODE_OPTIONS} --require=${path.join(folder, "clock.cjs")}`,
          CSCP_LAB_CLOCK: "600000",
        };
        expectCase(await smoked(lab, "clock", {}, off), {
          causes: ["clock-skew"],
          exitCode: 1,
          proof: /600 s|599 s|601 s/,
        });
        const smoke = { tools: [{ name: "get_contracts", path: "/get_contracts" }] };
        const wrong = await smoked(lab, "route", { flags: ["--tool", "get_contracts"], smoke });
        expectCase(wrong, { causes: ["api-route-missing"], exitCode: 1, proof: /Missing Authentication Token/ });

        const { flags, env } = incidentCall(lab);
        const printed = await cscp(["smoke", ...flags, ...one, "--print-curl"], env);
        expect(leaksIn(printed.stdout, lab.secrets)).toEqual([]);
        const header = (name: string): string => new RegExp(`${name}: ([^']+)`).exec(printed.stdout)?.[1] ?? "";
        const body = /--data-binary '([^']+)'/.exec(printed.stdout)?.[1] ?? "";
        const text = `${header("X-Timestamp")}.${header("X-Client")}.${body}`;
        const verify =
          "import hashlib,hmac,os,sys;print(hmac.new(os.environ['K'].encode(),sys.argv[1].encode(),hashlib.sha256).hexdigest())";
        const theirs = execFileSync("python3", ["-c", verify, text], { env: { ...process.env, K: lab.hmacSecret } });
        expect(theirs.toString().trim()).toBe(header("X-Signature"));
      },
      { reuse: true },
    );
  });
});
