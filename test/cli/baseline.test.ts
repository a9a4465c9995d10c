import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseBaseline } from "../../src/core/baseline.ts";
import type { Report } from "../../src/core/report.ts";
import { cscp } from "../lab/cli.ts";
import { recordInvented, smokeAnswer } from "./invented.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-baseline-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failed = { state: "Failed", stateReasonCode: "SubnetOutOfIPAddresses" };
let one = "";
let two = "";
beforeAll(async () => {
  one = await recordInvented(path.join(folder, "one"), { functions: { ListOrders: failed } });
  two = await recordInvented(path.join(folder, "two"), { functions: { ListOrders: failed, RenderInvoice: failed } });
});

const doctor = (bundle: string, ...args: string[]) => cscp(["doctor", "--bundle", bundle, ...args], {}, folder);
const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return name;
};

describe("--baseline", () => {
  it("is written by --update-baseline, and then lets exactly what it holds pass", async () => {
    expect((await doctor(one)).exitCode).toBe(1);
    const update = ["--baseline", "known.json", "--update-baseline", "--reason", "The subnet grows on Monday."];
    const written = await doctor(one, ...update, "--expires", "2027-02-10");
    expect(written.exitCode).toBe(0);
    expect(written.stderr).toContain("cscp: wrote known.json: 1 known (1 new, 0 renewed, 0 taken out)");
    expect(written.stdout).toContain("The baseline accepts 1 finding until 2027-02-10: The subnet grows on Monday.");

    const again = await doctor(one, "--baseline", "known.json", "-o", "json");
    expect(again.exitCode).toBe(0);
    const report = JSON.parse(again.stdout) as Report;
    expect(report.verdict).toBe("healthy");
    expect(report.ignored.map((finding) => finding.code)).toEqual(["inactive"]);
    expect(report.diagnoses).toEqual([]);

    const more = await doctor(two, "--baseline", "known.json", "-o", "json");
    expect(more.exitCode).toBe(1);
    const { diagnoses } = JSON.parse(more.stdout) as Report;
    expect(diagnoses.flatMap((one) => one.explains.map((finding) => finding.subject.id))).toEqual(["RenderInvoice"]);
  });

  it("does not count a tool for answering whose failure it accepts", async () => {
    const bundle = await recordInvented(path.join(folder, "failing"), {
      reply: ({ kind, params }) =>
        kind === "smoke" && params["tool"] === "list_orders" ? smokeAnswer(502, '{"message":"no"}') : undefined,
    });
    const found = await doctor(bundle);
    expect([found.exitCode, found.stdout]).toEqual([1, expect.stringContaining("1 of 2 tools fail")]);
    const accept = ["--baseline", "failing.json", "--update-baseline", "--reason", "It is switched off."];
    expect((await doctor(bundle, ...accept)).exitCode).toBe(0);
    const { exitCode, stdout } = await doctor(bundle, "--baseline", "failing.json");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("! NOTHING BUT ACCEPTED FAULTS: 2 functions, 1 of 2 tools answer, 1 finding left out");
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/accepts 1 finding until \S+: It is switched off\. .*list_orders/);
    expect((await doctor(bundle, "--baseline", "failing.json", "-o", "github")).stdout).toContain("! NOTHING BUT");
  });

  it("fails what has expired, with its reason, in every format", async () => {
    const text = readFileSync(path.join(folder, "known.json"), "utf8");
    const { entries, ...rest } = parseBaseline(JSON.parse(text));
    const old = JSON.stringify({ ...rest, entries: entries.map((entry) => ({ ...entry, expires: "2027-02-02" })) });
    const call = ["--baseline", file("expired.json", old)];
    for (const format of ["text", "json", "markdown", "junit", "github"]) {
      const { exitCode, stdout } = await doctor(one, ...call, "-o", format);
      expect(exitCode).toBe(1);
      expect(stdout.replaceAll(/\s+/g, " "), format).toContain("until 2027-02-02: The subnet grows on Monday.");
    }
    const left = await doctor(one, ...call, "--update-baseline");
    expect(left.exitCode).toBe(1);
    expect(left.stderr).toContain("1 known, 1 of them without effect (0 new, 0 renewed, 0 taken out)");
    expect(left.stderr).toContain("→ 1 has expired and is not renewed without a reason of today: --reason TEXT");
    const renewed = await doctor(one, ...call, "--update-baseline", "--reason", "It grows on Friday.");
    expect(renewed.exitCode).toBe(0);
    expect(renewed.stderr).toContain("1 known (0 new, 1 renewed, 0 taken out)");
    expect(JSON.parse(readFileSync(path.join(folder, "expired.json"), "utf8"))).toMatchObject({
      entries: [{ reason: "It grows on Friday.", expires: "2027-03-05" }],
    });
  });

  it("asks for a reason where none was given", async () => {
    const { stderr, ...written } = await doctor(one, "--baseline", "open.json", "--update-baseline");
    expect(written.exitCode).toBe(1);
    expect(stderr).toContain("1 has no reason yet, and the next run fails as this one does: run this again with");
    const { stdout, exitCode } = await doctor(one, "--baseline", "open.json");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("1 entry of the baseline has no reason yet and does not hold until one is given.");
    const given = await doctor(one, "--baseline", "open.json", "--update-baseline", "--reason", "The subnet grows.");
    expect(given.stderr).toContain("1 known (0 new, 1 renewed, 0 taken out)");
    expect((await doctor(one, "--baseline", "open.json")).exitCode).toBe(0);
  });

  it("names its schema, which is there", () => {
    const { $schema = "" } = JSON.parse(readFileSync(path.join(folder, "known.json"), "utf8")) as { $schema?: string };
    expect($schema).toMatch(/schemas\/baseline\.schema\.json$/);
    expect(existsSync(path.resolve(folder, $schema))).toBe(true);
  });

  it.each([
    [["--baseline", "none.json"], /The baseline none\.json is not there[\s\S]*--update-baseline writes it/],
    [["--baseline", file("broken.json", "{")], /The baseline broken\.json is no valid JSON/],
    [["--baseline", file("odd.json", '{"version":1,"entrys":[]}')], /The baseline odd\.json cannot be used\..*entr/],
    [["--baseline", "broken.json", "--update-baseline"], /no valid JSON/],
    [["--update-baseline"], /does not say which file/],
    [["--reason", "x", "--baseline", "known.json"], /--reason is for the entries that --update-baseline writes/],
    [["--expires", "30d"], /--expires is for/],
    [["--reason", " ", "--update-baseline", "--baseline", "x.json"], /--reason is empty/],
    [["--expires", "2020-01-01", "--update-baseline", "--baseline", "x.json"], /2020-01-01 is a day that is over/],
    [["--expires", "yesterday", "--update-baseline", "--baseline", "x.json"], /a day, 2027-01-31, or a duration: 30d/],
    [["--expires", "2027-02-30", "--update-baseline", "--baseline", "x.json"], /2027-02-30 is no day of the calendar/],
  ])("refuses %j", async (args, message) => {
    const { exitCode, stdout, stderr } = await doctor(one, ...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});
