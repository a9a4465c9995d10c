import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cscp } from "../lab/cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-nothing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Entry {
  readonly request: { readonly kind: string };
  reply: { readonly status: string; body?: unknown };
}

/** A recording of the healthy stack with one change. */
function changed(name: string, change: (entries: Entry[]) => void): string {
  const target = path.join(folder, name);
  cpSync("fixtures/incidents/healthy", target, { recursive: true });
  const file = path.join(target, "replies.json");
  const entries = JSON.parse(readFileSync(file, "utf8")) as Entry[];
  change(entries);
  writeFileSync(file, JSON.stringify(entries));
  return target;
}

describe("a stack with nothing to diagnose", () => {
  it("is said to have no functions, rather than to be healthy", async () => {
    const bundle = changed("empty", (entries) => {
      for (const entry of entries) if (entry.request.kind === "cfn.resources") entry.reply.body = [];
    });
    const { exitCode, stdout, stderr } = await cscp(["doctor", "--bundle", bundle]);
    expect(stderr).toContain("The stack cs-copilot-backend has no Lambda functions, so there is nothing to diagnose.");
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

describe("a stack with others nested in it", () => {
  const nested = {
    logicalId: "Tools",
    physicalId: "arn:aws:cloudformation:eu-north-1:444455556666:stack/orders-Tools-1X2Y/7f00",
    type: "AWS::CloudFormation::Stack",
    status: "CREATE_COMPLETE",
  };

  it("names them where all functions are in those", async () => {
    const bundle = changed("nested-only", (entries) => {
      for (const entry of entries) if (entry.request.kind === "cfn.resources") entry.reply.body = [nested];
    });
    const { exitCode, stderr } = await cscp(["doctor", "--bundle", bundle]);
    expect(stderr).toContain("name the nested stack that holds the functions: --stack orders-Tools-1X2Y");
    expect(exitCode).toBe(2);
  });

  it("says of them that they were not looked into", async () => {
    const bundle = changed("nested-too", (entries) => {
      for (const { request, reply } of entries)
        if (request.kind === "cfn.resources") (reply.body as unknown[]).push(nested);
    });
    const { exitCode, stdout } = await cscp(["doctor", "--bundle", bundle]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "orders-Tools-1X2Y is a stack of its own, nested in this one, and was not looked into: cscp doctor --stack orders-Tools-1X2Y",
    );
    expect(exitCode).toBe(0);
  });
});

describe("a project whose template cannot be read", () => {
  it("costs its own part only, and is named", async () => {
    const bundle = changed("template", (entries) => {
      for (const { request, reply } of entries) {
        if (request.kind !== "project.folder") continue;
        (reply.body as { template: { text: string } }).template.text = "Resources: [unclosed";
      }
    });
    const { exitCode, stdout } = await cscp(["doctor", "--bundle", bundle]);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/template was left out of the diagnosis.*no valid YAML or JSON/);
    expect(exitCode).toBe(0);
  });
});
