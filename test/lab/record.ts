// Records incidents of the lab into fixtures/incidents, with the report that each must replay to:
//   node scripts/run.mjs test/lab/record.ts [INCIDENT...]
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { cscp, incidentCall, leaksIn, projectRoot } from "./cli.ts";
import { EXPECTED } from "./expectations.ts";
import { stopSharedLab, withIncident } from "./incidents.ts";
import { INCIDENTS } from "./scenarios.ts";

const folder = path.join(projectRoot(), "fixtures", "incidents");
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(INCIDENTS);
await mkdir(folder, { recursive: true });
try {
  for (const name of names) {
    await withIncident(name, async (lab) => {
      const target = path.join(folder, name);
      const draft = path.join(lab.projectDir, "..", `recording-${name}`);
      await rm(draft, { recursive: true, force: true });
      const { flags, env } = incidentCall(lab);
      const captured = await cscp(["capture", ...flags, "--output-file", draft], { ...env, CSCP_CACHE: "off" });
      if (captured.exitCode !== 0)
        throw new Error(`${name}: capture ended with ${captured.exitCode}: ${captured.stderr}`);
      const replayed = await cscp(["doctor", "--bundle", draft, "-o", "json"]);
      await writeFile(path.join(draft, "expected.json"), replayed.stdout);
      await writeFile(path.join(draft, "story.txt"), `${INCIDENTS[name]?.story ?? ""}\n`);
      const leaks = leaksIn(await readFile(path.join(draft, "replies.json"), "utf8"), lab.secrets);
      if (leaks.length > 0) throw new Error(`${name}: the recording holds ${leaks.length} planted secrets.`);
      await rm(target, { recursive: true, force: true });
      await cp(draft, target, { recursive: true });
      const { diagnoses, exitCode } = JSON.parse(replayed.stdout) as {
        diagnoses: { cause: string }[];
        exitCode: number;
      };
      const found = diagnoses.map((diagnosis) => diagnosis.cause).join(", ");
      const wanted = EXPECTED[name];
      const same = wanted !== undefined && wanted.causes.join(", ") === found && wanted.exitCode === exitCode;
      console.log(`${same ? "ok  " : "DIFF"} ${name}: ${found === "" ? "nothing" : found} (exit ${exitCode})`);
    });
  }
} finally {
  await stopSharedLab();
}
