// The second half of `npm run gen`: what is made from the registries themselves.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { causes } from "../src/causes/registry.gen.ts";
import { checks } from "../src/checks/registry.gen.ts";
import { configurationJsonSchema } from "../src/smoke/project-configuration.ts";
import { reportJsonSchema } from "../src/report/schema.ts";
import { renderCauseTable, renderCheckTable } from "../src/report/tables.ts";

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

const readme = readFileSync(path.join(root, "README.md"), "utf8");
write("README.md", between(between(readme, "checks", renderCheckTable(checks)), "causes", renderCauseTable(causes)));
write("schemas/report.schema.json", `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
write("schemas/config.schema.json", `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);

if (stale.length > 0) {
  console.error(`stale: ${stale.join(", ")}`);
  process.exit(1);
}
