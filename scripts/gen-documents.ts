// The second half of `npm run gen`: what is made from the registries themselves.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { causes } from "../src/causes/registry.gen.ts";
import { checks } from "../src/checks/registry.gen.ts";
import { baselineJsonSchema } from "../src/core/baseline.ts";
import { configurationJsonSchema } from "../src/smoke/project-configuration.ts";
import { runDoctor } from "../src/cli/run-doctor.ts";
import { collectors } from "../src/collect/registry.gen.ts";
import { createFacts } from "../src/core/fact.ts";
import { actionsOf } from "../src/facts/permissions.ts";
import { reportJsonSchema } from "../src/report/schema.ts";
import { renderCauseTable, renderCheckTable } from "../src/report/tables.ts";
import { renderTerminal } from "../src/report/terminal.ts";
import { openBundle } from "../src/source/bundle.ts";

const root = process.cwd();
const checking = process.argv.includes("--check");
const stale: string[] = [];

function write(file: string, text: string): void {
  const target = path.join(root, file);
  let before = "";
  try {
    before = readFileSync(target, "utf8");
  } catch {
    // A file that is not there yet is stale.
  }
  if (before === text) return;
  if (checking) stale.push(file);
  else writeFileSync(target, text);
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function between(text: string, name: string, content: string): string {
  const start = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for ${name}.`);
  return `${text.slice(0, from + start.length)}\n${content.trim()}\n${text.slice(to)}`;
}

/** What the demo prints, from the recording that it prints it from. */
async function demo(incident: string): Promise<string> {
  const recording = await openBundle(path.join(root, "fixtures", "incidents", incident));
  const report = await runDoctor(createFacts(collectors, recording.source), {
    version: "0.0.0",
    only: undefined,
    ignore: [],
    failOn: "error",
    notes: [],
    cost: () => ({ durationMs: recording.durationMs, requests: recording.requests }),
  });
  const text = renderTerminal(report, { columns: 100, colour: false, verbose: 0 });
  return `\`\`\`\n$ cscp doctor --stack ${report.stack.name}\n${text.trimEnd()}\n\`\`\``;
}

function permissions(): string {
  return actionsOf("doctor")
    .map((action) => `\`${action}\``)
    .join(", ");
}

let readme = readFileSync(path.join(root, "README.md"), "utf8");
readme = between(readme, "demo", await demo("stale-layer"));
readme = between(readme, "permissions", permissions());
readme = between(readme, "checks", renderCheckTable(checks));
readme = between(readme, "causes", renderCauseTable(causes));
write("README.md", readme);
write("schemas/report.schema.json", `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
write("schemas/baseline.schema.json", `${JSON.stringify(baselineJsonSchema(), null, 2)}\n`);
write("schemas/config.schema.json", `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);

if (stale.length > 0) {
  console.error(`stale: ${stale.join(", ")}`);
  process.exit(1);
}
