import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cscp } from "../lab/cli.ts";

const readme = readFileSync("README.md", "utf8");
const action = parse(readFileSync("action.yml", "utf8")) as { readonly inputs: Readonly<Record<string, unknown>> };

const rowsUnder = (heading: string): readonly string[] => {
  const [, part = ""] = readme.split(`\n${heading}\n`);
  return (part.split(/\n##+ /)[0] ?? "").split("\n").filter((line) => line.startsWith("| `"));
};

describe("the README", () => {
  it("has a row for every command, and no other", async () => {
    const { stdout } = await cscp(["--help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) .*$/gm)].map(([, name = ""]) => name);
    const rows = rowsUnder("## Commands").flatMap((row) => /^\| `cscp ([a-z-]+)`/.exec(row)?.[1] ?? []);
    expect(rows.toSorted()).toEqual(commands.filter((name) => name !== "help").toSorted());
  });

  it("speaks of no flag of the doctor that there is not, and leaves out none", async () => {
    const { stdout } = await cscp(["doctor", "--help"]);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, flag = ""]) => flag);
    const told = rowsUnder("### doctor").flatMap((row) =>
      [...row.matchAll(/--([a-z-]+)/g)].map(([, flag = ""]) => flag),
    );
    expect(told.filter((flag) => !flags.includes(flag))).toEqual([]);
    // Flags that belong to another, or that the -x form in the table stands for.
    const elsewhere = ["config", "reason", "expires", "output", "quiet", "verbose", "help"];
    expect(flags.filter((flag) => !told.includes(flag)).toSorted()).toEqual(elsewhere.toSorted());
  });

  it("shows a workflow that the action takes", () => {
    const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    const { jobs } = parse(text) as {
      readonly jobs: {
        readonly deploy: { readonly steps: readonly { readonly uses?: string; readonly with?: object }[] };
      };
    };
    const own = jobs.deploy.steps.find(({ uses = "" }) => uses.includes("/cscp@"));
    expect(Object.keys(own?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
  });
});
