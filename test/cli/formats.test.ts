import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Request } from "../../src/core/reply.ts";
import type { Report } from "../../src/core/report.ts";
import { formats, renderReport, type Format } from "../../src/report/formats.ts";
import { visible } from "../../src/core/visible.ts";
import { writeTextFile } from "../../src/source/files.ts";
import { cscp } from "../lab/cli.ts";
import { junitFaults } from "../report/junit-schema.ts";
import { readXml } from "../report/xml.ts";
import { recordInvented, smokeAnswer } from "./invented.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-formats-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const incidents = readdirSync("fixtures/incidents").map((name) => ({ name, bundle: `fixtures/incidents/${name}` }));
/** A tool that answers at the second attempt: a warning, and nothing broken. */
const firstAnswerLost = ({ kind, params }: Request) =>
  kind === "smoke" && params["attempt"] === 1 ? smokeAnswer(502, "") : undefined;
const invented = ["well", "warned", "unread"].map((name) => ({ name, bundle: path.join(folder, name) }));
beforeAll(async () => {
  const denied = { status: "denied", action: "logs:FilterLogEvents", message: "No." } as const;
  await recordInvented(path.join(folder, "well"));
  await recordInvented(path.join(folder, "warned"), { reply: firstAnswerLost });
  await recordInvented(path.join(folder, "unread"), {
    reply: ({ kind }) => (kind === "logs.errors" ? denied : undefined),
  });
});

const schema = z.fromJSONSchema(JSON.parse(readFileSync("schemas/report.schema.json", "utf8")) as never);

interface Annotation {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Reads workflow commands as a runner does. */
function annotationsIn(text: string): readonly Annotation[] {
  const decoded = (value: string): string =>
    value
      .replaceAll("%0A", "\n")
      .replaceAll("%0D", "\r")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, level = "", properties = "", message = ""] = /^::(error|warning|notice) ([^:]*)::(.*)$/.exec(line) ?? [];
      expect(level, line).not.toBe("");
      const pairs = properties.split(",").map((pair): [string, string] => {
        const equals = pair.indexOf("=");
        return [pair.slice(0, equals), decoded(pair.slice(equals + 1))];
      });
      return { level, properties: Object.fromEntries(pairs), message: decoded(message) };
    });
}

const levels = { error: "error", warning: "warning", note: "notice" } as const;

/** What every format must be for a report, whatever it holds. */
async function expectValid(report: Report): Promise<void> {
  const rendered = (format: Format): Promise<string> =>
    renderReport(format, report, { columns: 100, colour: false, verbose: 0 });
  expect(schema.safeParse(JSON.parse(await rendered("json"))).error).toBeUndefined();

  const junit = readXml(await rendered("junit"));
  expect(junitFaults(junit)).toEqual([]);
  const cases = junit.children.flatMap((suite) => suite.children.filter((child) => child.name === "testcase"));
  const bad = cases.filter((one) => one.children.some((child) => child.name === "failure"));
  expect(bad.length > 0).toBe(report.exitCode === 1);

  const annotations = annotationsIn(await rendered("github"));
  for (const { headline, severity, cause } of report.diagnoses) {
    const [own] = annotations.filter(({ message }) => message.split("\n", 1)[0] === visible(headline));
    expect(own).toMatchObject({ level: levels[severity], properties: { title: `cscp ${cause}` } });
  }
  const last = annotations.at(-1);
  expect(last?.level).toBe("notice");
  expect(last?.message).toContain(visible(report.summary));
  expect((await rendered("markdown")).split("\n").length).toBeLessThanOrEqual(60);
}

const others = formats.filter((format) => format !== "json");

describe("on recorded incidents", () => {
  it("there are some", () => expect(incidents.length).toBeGreaterThanOrEqual(15));

  it.each(incidents)("$name is valid in every format", async ({ bundle }) => {
    // That the doctor prints exactly this report is the incidents' own test.
    await expectValid(JSON.parse(readFileSync(`${bundle}/expected.json`, "utf8")) as Report);
  });

  it.each(incidents)("$name has one exit code, whatever is written where", async ({ name, bundle }) => {
    const { exitCode } = JSON.parse(readFileSync(`${bundle}/expected.json`, "utf8")) as Report;
    const to = others[incidents.findIndex((one) => one.name === name) % others.length] ?? "text";
    const files = formats
      .filter((format) => format !== to)
      .flatMap((format) => ["-o", `${format}=${folder}/${name}.${format}`]);
    const { exitCode: live, stdout } = await cscp(["doctor", "--bundle", bundle, "-o", to, ...files]);
    expect(live).toBe(exitCode);
    const report = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Report;
    expect(stdout).toBe(await renderReport(to, report, { columns: 100, colour: false, verbose: 0 }));
  });
});

describe("on invented stacks", () => {
  it.each(invented)(
    "$name has one exit code over all formats and severities",
    { timeout: 60_000 },
    async ({ bundle }) => {
      for (const failOn of ["error", "warning", "note"]) {
        const runs = await Promise.all(
          formats.map((format) => cscp(["doctor", "--bundle", bundle, "--fail-on", failOn, "-o", format])),
        );
        const report = JSON.parse(runs[formats.indexOf("json")]?.stdout ?? "") as Report;
        expect(runs.map(({ exitCode }) => exitCode)).toEqual(formats.map(() => report.exitCode));
        await expectValid(report);
      }
    },
  );
});

describe("the schema of the report", () => {
  it("refuses what is no report", () => {
    expect(schema.safeParse({ schemaVersion: 1 }).success).toBe(false);
  });
});

describe("files of the report", () => {
  it.skipIf(process.platform !== "linux")("in a folder that takes none are told so", async () => {
    await expect(writeTextFile("/proc/report.json", "{}")).rejects.toThrow(
      "/proc/report.json could not be written, since its folder takes no files.",
    );
  });

  it("cost nothing but themselves where they cannot be written", async () => {
    const call = ["doctor", "--bundle", "fixtures/incidents/healthy", "-q"];
    const written = path.join(folder, "there.xml");
    const files = ["-o", "json=/nowhere/at/all.json", "-o", `junit=${written}`, "-o", "text"];
    const { exitCode, stdout, stderr } = await cscp([...call, ...files]);
    expect(stdout).toContain("HEALTHY");
    expect(readFileSync(written, "utf8")).toContain("<testsuite ");
    expect(stderr).toContain("/nowhere/at/all.json could not be written");
    expect(exitCode).toBe(2);
  });

  it("are tried before the run where nothing else would tell what was found", async () => {
    const call = [
      "doctor",
      "--stack",
      "x",
      "--region",
      "eu-west-1",
      "-o",
      "json=/nowhere/at/all.json",
      "-o",
      `junit=${folder}`,
    ];
    const { exitCode, stdout, stderr } = await cscp(call);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      "cscp: /nowhere/at/all.json cannot be written, since its folder is not there.\n",
    ]);
  });

  it("are each for one format", async () => {
    const { exitCode, stderr } = await cscp(["doctor", "-o", "json=a.out", "-o", "junit=a.out"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Two formats cannot go to one file, a.out.")]);
  });
});
