import { execa } from "execa";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Report } from "../../src/core/report.ts";
import { labOrSkip } from "./available.ts";
import { cscp, incidentCall, leaksIn, projectRoot } from "./cli.ts";
import { stopSharedLab, withIncident, type IncidentLab } from "./incidents.ts";

interface Written {
  readonly $schema: string;
  readonly stack: string;
  readonly region: string;
  readonly smoke: {
    readonly signing: { readonly scheme: string };
    readonly customerId: string;
    readonly ownerUserId: string;
    readonly tools: readonly { readonly name: string; readonly path: string; readonly usesDatabase?: boolean }[];
  };
}

const databaseTools = ["calculate_health", "get_contract_info", "get_customer_usage", "get_recent_tickets"];

function configurationOf({ projectDir }: IncidentLab): Promise<string> {
  return readFile(path.join(projectDir, "cscp.config.json"), "utf8");
}

async function diagnosed(lab: IncidentLab, flags: readonly string[]): Promise<{ exitCode: number; essence: unknown }> {
  const { env } = incidentCall(lab);
  const { exitCode, stdout } = await cscp(["doctor", ...flags, "-o", "json"], env);
  const { verdict, summary, diagnoses, unexplained, incomplete } = JSON.parse(stdout) as Report;
  const causes = diagnoses.map(({ cause, confidence, explains }) => [cause, confidence, explains.length]);
  return { exitCode, essence: { verdict, summary, causes, unexplained, incomplete } };
}

describe.runIf(await labOrSkip())("cscp init", { timeout: 240_000 }, () => {
  afterAll(stopSharedLab);

  it.each(["stale-layer", "healthy-parameter"])(
    "writes what the doctor takes, and changes no verdict: %s",
    async (incident) => {
      await withIncident(incident, async (lab) => {
        const { flags, env } = incidentCall(lab);
        const before = await diagnosed(lab, flags);
        const init = await cscp(["init", "--stack", lab.stackName, "--project", lab.projectDir], env);
        expect(init.stderr).toContain("6 tools, 4 of them with the database");
        expect(init.stderr).toContain("signing hmac (HMAC_PARAM_NAME of ");
        expect(init.stderr).toContain("<CUSTOMER-ID> and <OWNER-USER-ID>");
        expect(init.exitCode).toBe(0);

        const text = await configurationOf(lab);
        expect(leaksIn(text, lab.secrets)).toEqual([]);
        const written = JSON.parse(text) as Written;
        expect(written).toMatchObject({
          stack: lab.stackName,
          region: lab.region,
          smoke: { signing: { scheme: "hmac" }, customerId: "<CUSTOMER-ID>", ownerUserId: "<OWNER-USER-ID>" },
        });
        expect(written.smoke.tools).toHaveLength(6);
        const using = written.smoke.tools.filter((tool) => tool.usesDatabase === true).map((tool) => tool.name);
        expect(using.toSorted()).toEqual(databaseTools);
        const schema = await readFile(path.resolve(lab.projectDir, written.$schema), "utf8");
        expect(schema).toBe(await readFile(path.join(projectRoot(), "schemas", "config.schema.json"), "utf8"));
        expect(z.fromJSONSchema(JSON.parse(schema) as never).safeParse(written).error).toBeUndefined();

        // The stack's name and region now come from the file, and the rest is as it was.
        const after = await diagnosed(lab, ["--project", lab.projectDir, "--api-url", lab.apiUrl]);
        expect(after).toEqual(before);
      });
    },
  );

  it("never replaces what is there without --force, and asks on a terminal", async () => {
    await withIncident(
      "healthy-parameter",
      async (lab) => {
        const { env } = incidentCall(lab);
        await rm(path.join(lab.projectDir, "cscp.config.json"), { force: true });
        const call = ["init", "--stack", lab.stackName, "--project", lab.projectDir];
        const given = ["--customer-id", "globex-7", "--owner-id", "team-a", "--api-url", lab.apiUrl];
        expect((await cscp([...call, ...given], env)).exitCode).toBe(0);
        const first = await configurationOf(lab);
        expect(JSON.parse(first)).toMatchObject({
          apiUrl: lab.apiUrl,
          smoke: { customerId: "globex-7", ownerUserId: "team-a" },
        });
        lab.lab.front.clearCalls();
        const again = await cscp(call, env);
        expect(again.stderr).toMatch(/is already there\.[\s\S]*--force replaces it/);
        expect(again.exitCode).toBe(2);
        expect(lab.lab.front.calls()).toEqual([]);
        expect(await configurationOf(lab)).toBe(first);

        const { PATH = "", HOME = "" } = process.env;
        const command = [process.execPath, path.join(projectRoot(), "bin", "cscp.js"), ...call, "--force"];
        const typed = await execa("script", ["-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"], {
          env: { PATH, HOME, CSCP_CACHE: "off", ...env },
          extendEnv: false,
          input: "acme-001\n\n",
          reject: false,
        });
        expect(typed.stdout).toContain("Customer that the requests ask for (Enter leaves <CUSTOMER-ID>): ");
        expect(typed.exitCode).toBe(0);
        const { smoke } = JSON.parse(await configurationOf(lab)) as Written;
        expect([smoke.customerId, smoke.ownerUserId]).toEqual(["acme-001", "<OWNER-USER-ID>"]);
        // Nothing was called and no secret was read for it.
        const asked = lab.lab.front.calls().map((one) => `${one.service} ${one.action}`);
        expect(asked.filter((one) => /^(?:execute-api|ssm|secretsmanager|logs) /.test(one))).toEqual([]);
      },
      { reuse: true },
    );
  });
});
