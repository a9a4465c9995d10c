import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { actionsOf } from "../../src/facts/permissions.ts";
import { labOrSkip } from "./available.ts";
import { cscp, leaksIn, projectRoot } from "./cli.ts";
import { stopSharedLab, withIncident } from "./incidents.ts";

describe.runIf(await labOrSkip())("cscp logs tail", { timeout: 240_000 }, () => {
  afterAll(stopSharedLab);

  it("shows a failing smoke request's traceback with its cause within 3 s, with the permissions that are printed", async () => {
    await withIncident("stale-layer", async ({ env, stackName, projectDir, apiUrl, hmacSecret, secrets, lab }) => {
      const printed = await cscp(["iam-policy", "--for", "tail", "--stack", stackName], env);
      const limited = { ...env, ...(await lab.environment(JSON.parse(printed.stdout))) };
      lab.front.clearCalls();
      const { PATH = "", HOME = "" } = process.env;
      const command = [
        path.join(projectRoot(), "bin", "cscp.js"),
        "logs",
        "tail",
        "--stack",
        stackName,
        "--since",
        "1s",
      ];
      const child = spawn(process.execPath, [...command, "-o", "text"], { env: { PATH, HOME, ...limited } });
      const text = { out: "", err: "" };
      const seen = { at: 0 };
      child.stdout.on("data", (chunk: Buffer) => {
        text.out += chunk.toString("utf8");
        if (seen.at === 0 && text.out.includes("module-missing: pg8000")) seen.at = Date.now();
      });
      child.stderr.on("data", (chunk: Buffer) => (text.err += chunk.toString("utf8")));
      const closed = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
      while (!text.err.includes("following")) await new Promise((resolve) => setTimeout(resolve, 50));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const flags = ["--stack", stackName, "--project", projectDir, "--api-url", apiUrl, "--only", "tools-answer"];
      await cscp(["doctor", ...flags], { ...env, HMAC_SECRET: hmacSecret });
      for (let waited = 0; seen.at === 0 && waited < 10_000; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill("SIGINT");
      expect(await closed).toBe(0);
      // The time in front of the line is when the runtime wrote it.
      const [, time = ""] = /^(\S+) \S+ +✗ Runtime\.ImportModuleError[^\n]*'pg8000'/m.exec(text.out) ?? [];
      const writtenAt = Date.parse(`${new Date(seen.at).toISOString().slice(0, 10)}T${time}Z`);
      expect(seen.at - writtenAt).toBeLessThan(3_000);
      expect(seen.at - writtenAt).toBeGreaterThan(0);
      expect(text.out).toMatch(/└ module-missing: pg8000\.[\s\S]*mend: [\s\S]*cscp explain module-missing/);
      expect(text.err).toMatch(/printed \d+ · .*verified up to/);
      expect(leaksIn(text.out + text.err, secrets)).toEqual([]);
      const called = new Set(
        lab.front
          .calls()
          .filter(({ caller, service }) => caller === "client" && service === "logs")
          .map(({ service, action }) => `${service}:${action}`),
      );
      expect([...called].filter((action) => !actionsOf("tail").includes(action))).toEqual([]);
    });
  });
});
