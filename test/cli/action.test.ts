import { execa } from "execa";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cscp, projectRoot } from "../lab/cli.ts";
import { recordInvented, type Changes } from "./invented.ts";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly name?: string;
      readonly run?: string;
      readonly shell?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

const action = parse(readFileSync(path.join(projectRoot(), "action.yml"), "utf8")) as Action;
const step = action.runs.steps.find(({ name }) => name === "Diagnose");
const folder = mkdtempSync(path.join(tmpdir(), "cscp-action-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

/** Runs the step as a runner would: expressions filled in, its script in a file for bash. */
async function diagnose(inputs: Readonly<Record<string, string>>) {
  runs += 1;
  const own = mkdtempSync(path.join(folder, `run-${runs}-`));
  const given = (name: string): string => inputs[name] ?? action.inputs[name]?.default ?? "";
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => [
      name,
      value.replace(/^\$\{\{ inputs\.([\w-]+) \}\}$/, (_all, input: string) => given(input)),
    ]),
  );
  const output = path.join(own, "output");
  const summary = path.join(own, "summary.md");
  const { exitCode, stdout, stderr } = await execa(
    "bash",
    ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""],
    {
      cwd: own,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: own,
        GITHUB_ACTION_PATH: projectRoot(),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        RUNNER_TEMP: own,
        ...env,
      },
      extendEnv: false,
      reject: false,
    },
  );
  const outputs = new Map(
    readFileSync(output, "utf8")
      .trimEnd()
      .split("\n")
      .map((line): [string, string] => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
  );
  return {
    exitCode,
    stdout,
    stderr,
    outputs,
    folder: own,
    summary: existsSync(summary) ? readFileSync(summary, "utf8") : "",
  };
}

const recorded = (name: string, changes: Changes = {}): Promise<string> =>
  recordInvented(path.join(folder, name), changes);
const failed = { functions: { ListOrders: { state: "Failed" } } };

describe("the action", () => {
  it("passes on a healthy stack, with a page for the job's summary", async () => {
    const bundle = await recorded("healthy");
    const { exitCode, stdout, outputs, summary } = await diagnose({ wait: "", args: `--bundle ${bundle}` });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^::notice title=cscp orders::✓ HEALTHY/);
    expect([outputs.get("exit-code"), outputs.get("verdict")]).toEqual(["0", "healthy"]);
    expect(JSON.parse(readFileSync(outputs.get("report") ?? "", "utf8"))).toMatchObject({ exitCode: 0 });
    expect(summary).toContain("HEALTHY");
    expect(summary).toContain("`tools-answer`");
  });

  it("fails on a broken one, annotates it and writes what it was asked for", async () => {
    const bundle = await recorded("broken", failed);
    const {
      exitCode,
      stdout,
      outputs,
      summary,
      folder: own,
    } = await diagnose({
      wait: "",
      args: `--bundle ${bundle}`,
      junit: "cscp.xml",
      markdown: "cscp.md",
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^::error title=cscp function-not-active::/);
    expect(outputs.get("verdict")).toBe("broken");
    expect(summary).toContain("BROKEN");
    expect(readFileSync(path.join(own, "cscp.xml"), "utf8")).toContain("<failure ");
    expect(readFileSync(path.join(own, "cscp.md"), "utf8")).toContain("BROKEN");
  });

  it("hands on what evidence could not be read, and what is wrong with the call", async () => {
    const denied = { status: "denied", action: "logs:FilterLogEvents", message: "No." } as const;
    const bundle = await recorded("denied", { reply: ({ kind }) => (kind === "logs.errors" ? denied : undefined) });
    const incomplete = await diagnose({ wait: "", args: `--bundle ${bundle}` });
    expect([incomplete.exitCode, incomplete.outputs.get("verdict")]).toEqual([3, "incomplete"]);
    const wrong = await diagnose({ args: `--bundle ${bundle}` });
    expect([wrong.exitCode, wrong.outputs.get("verdict")]).toEqual([2, ""]);
    const noFile = await diagnose({ wait: "", baseline: "none.json", args: `--bundle ${bundle}` });
    expect(noFile.stderr).toContain("The baseline none.json is not there");
    expect(noFile.exitCode).toBe(2);
  });

  it("takes further flags from several lines", async () => {
    const bundle = await recorded("lines");
    const args = `--bundle ${bundle}\n  --only function-active,stack-settled\n-o json=lines.json\n`;
    const { exitCode, folder: own } = await diagnose({ wait: "", args });
    expect(exitCode).toBe(0);
    const { checks } = JSON.parse(readFileSync(path.join(own, "lines.json"), "utf8")) as { checks: { id: string }[] };
    expect(checks.map(({ id }) => id).toSorted()).toEqual(["function-active", "stack-settled"]);
  });

  it("runs nothing of what an input holds", async () => {
    const bundle = await recorded("hostile");
    const hostile = `x"; touch pwned; $(touch pwned) \`touch pwned\` \n::error::pwned`;
    for (const name of ["stack", "region", "project", "config-env", "wait", "fail-on", "baseline", "args"]) {
      const run = await diagnose({ wait: "", args: `--bundle ${bundle}`, [name]: hostile });
      // A recording has its own project and environment, and its own region, so that another one is refused.
      expect([name, run.exitCode]).toEqual([name, ["project", "config-env"].includes(name) ? 0 : 2]);
      expect(existsSync(path.join(run.folder, "pwned"))).toBe(false);
      expect(`${run.stdout}\n${run.stderr}`).not.toMatch(/^::error::pwned/m);
    }
    const files = await diagnose({
      wait: "",
      args: `--bundle ${bundle}`,
      junit: "$(touch pwned).xml",
      markdown: "a;b.md",
    });
    expect(files.exitCode).toBe(0);
    expect(["$(touch pwned).xml", "a;b.md", "pwned"].map((file) => existsSync(path.join(files.folder, file)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("hands every input on by the environment, never into its script", () => {
    expect(action.runs.steps.every(({ run = "" }) => !run.includes("${{"))).toBe(true);
    const used = Object.values(step?.env ?? {}).map((value) => /inputs\.([\w-]+)/.exec(value)?.[1]);
    expect(used.toSorted()).toEqual(Object.keys(action.inputs).toSorted());
    for (const name of Object.keys(step?.env ?? {})) expect(step?.run).toContain(`"$${name}"`);
    for (const { value } of Object.values(action.outputs)) {
      const name = /steps\.doctor\.outputs\.([\w-]+)/.exec(value)?.[1];
      expect(step?.run).toContain(`"${name}=`);
    }
  });

  it("uses flags that the doctor has", async () => {
    const { stdout } = await cscp(["doctor", "--help"]);
    const flags = [...(step?.run ?? "").matchAll(/\(--([a-z-]+)/g)].map(([, flag = ""]) => flag);
    expect(flags.length).toBeGreaterThan(5);
    for (const flag of flags) expect(stdout).toContain(`--${flag} `);
  });
});

describe("-o github", () => {
  it("adds to the summary's page and never replaces it, and says where it cannot", async () => {
    const bundle = await recorded("twice");
    const page = path.join(folder, "page.md");
    const call = ["doctor", "--bundle", bundle, "-o", "github", "-q"];
    await cscp(call, { GITHUB_STEP_SUMMARY: page });
    await cscp([...call.slice(0, 3), "-o", "text"], { GITHUB_STEP_SUMMARY: page });
    expect(readFileSync(page, "utf8").match(/HEALTHY/g)).toHaveLength(1);
    await cscp(call, { GITHUB_STEP_SUMMARY: page });
    expect(readFileSync(page, "utf8").match(/HEALTHY/g)).toHaveLength(2);
    const { exitCode, stderr } = await cscp(call, { GITHUB_STEP_SUMMARY: path.join(folder, "no", "page.md") });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/page\.md could not be written/);
  });
});
