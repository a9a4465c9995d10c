// Brings the lab up with one incident and stays until it is interrupted:
//   node scripts/run.mjs test/lab/up.ts INCIDENT [--write-env FILE] [--history] [--list]
// (Node 20 takes an --env-file anywhere on its command line for its own, hence the other name.)
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { sharedLab, stageIncident, stopSharedLab } from "./incidents.ts";
import { labAvailable } from "./available.ts";
import { INCIDENTS } from "./scenarios.ts";

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { "write-env": { type: "string" }, list: { type: "boolean" }, history: { type: "boolean" } },
  });
  if (values.list === true) {
    for (const [name, { story }] of Object.entries(INCIDENTS)) console.log(`${name}\n    ${story}`);
    return;
  }
  const available = await labAvailable();
  if (!available.ok) {
    console.error(available.reason);
    process.exitCode = 3;
    return;
  }
  const name = positionals[0] ?? "healthy";
  const began = Date.now();
  const staged = await stageIncident(await sharedLab(), name, { history: values.history === true });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.error(`Incident "${name}" is up after ${seconds} s: ${INCIDENTS[name]?.story ?? ""}`);
  for (const { tool, status, text } of staged.answers) {
    console.error(`  ${status} ${tool} ${text.slice(0, 120)}`);
  }
  const variables = {
    ...staged.env,
    STACK_NAME: staged.stackName,
    PROJECT_DIR: staged.projectDir,
    API_URL: staged.apiUrl,
    HMAC_SECRET: staged.hmacSecret,
    LAB_SECRETS: JSON.stringify(staged.secrets),
  };
  const text = Object.entries(variables)
    .map(([key, value]) => `export ${key}=${quote(value)}\n`)
    .join("");
  const file = values["write-env"];
  if (file === undefined) console.log(text);
  else {
    writeFileSync(file, text, { mode: 0o600 });
    console.log("READY");
  }
  console.error("Interrupt with Ctrl-C to end the lab.");
  const hold = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  clearInterval(hold);
  await stopSharedLab();
}

await main();
