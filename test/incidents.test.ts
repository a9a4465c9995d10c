import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cscp } from "./lab/cli.ts";
import { EXPECTED } from "./lab/expectations.ts";

const folder = "fixtures/incidents";
const names = readdirSync(folder);

describe("recorded incidents", () => {
  it("are those of the lab, all of them", () => {
    expect(names.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(names)("%s replays to its report, to the letter", async (name) => {
    const { stdout, stderr, exitCode } = await cscp(["doctor", "--bundle", `${folder}/${name}`, "-o", "json"]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(`${folder}/${name}/expected.json`, "utf8")));
    expect(stdout).toBe(readFileSync(`${folder}/${name}/expected.json`, "utf8"));
    expect(exitCode).toBe(EXPECTED[name]?.exitCode);
  });

  it.each(names)("%s is diagnosed as what it is", (name) => {
    const { diagnoses, unexplained } = JSON.parse(readFileSync(`${folder}/${name}/expected.json`, "utf8")) as {
      diagnoses: { cause: string; confidence: string }[];
      unexplained: unknown[];
    };
    expect(diagnoses.map((diagnosis) => diagnosis.cause)).toEqual(EXPECTED[name]?.causes);
    expect(unexplained).toEqual([]);
    expect(diagnoses.filter((diagnosis) => diagnosis.confidence !== "certain")).toEqual([]);
  });

  it.each(names)("%s holds no credentials and no path of a machine", (name) => {
    for (const file of readdirSync(`${folder}/${name}`, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      // What a URL looks like is said in remedies with words in place of its parts.
      const text = readFileSync(`${file.parentPath}/${file.name}`, "utf8").replaceAll(
        "//<USER>:<PASSWORD>@<HOST>/",
        "",
      );
      expect(text).not.toMatch(
        /postgres(?:ql)?:\/\/[^\s"'@/]*:[^\s"'@/]+@|AKIA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE KEY|X-Amz-Signature=[0-9a-f]{64}/,
      );
      expect(text).not.toMatch(/\/(?:home|root|tmp|Users)\/[\w.-]+\//);
    }
  });

  it("demo exits 0 with the doctor's own exit code shown", async () => {
    const { stdout, stderr, exitCode } = await cscp(["demo"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("layer-version-old");
    expect(stderr).toContain("The doctor's own exit code: 1.");
  });
});
