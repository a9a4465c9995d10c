import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { guessSigning, initialConfiguration, type Initial } from "../../src/cli/initial-configuration.ts";
import { withoutPlaceholders } from "../../src/cli/placeholders.ts";
import { schemaReference } from "../../src/cli/schema-reference.ts";
import { parseConfiguration } from "../../src/facts/configuration.ts";
import { referenceSigning } from "../../src/smoke/config.ts";
import { planSmoke, type Route } from "../../src/smoke/plan.ts";
import { smokeOf } from "../../src/smoke/project-configuration.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-init-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the guess at the signing scheme", () => {
  const guess = (names: readonly string[], routesNeedKey = false) =>
    guessSigning([{ label: "List", environment: Object.fromEntries(names.map((name) => [name, "x"])) }], routesNeedKey);

  it.each([
    [["LOG_LEVEL", "HMAC_PARAM_NAME"], "hmac", "HMAC_PARAM_NAME of List"],
    [["WEBHOOK_SIGNING_KEY"], "hmac", "WEBHOOK_SIGNING_KEY of List"],
    [["API_KEY", "HMAC_SECRET"], "hmac", "HMAC_SECRET of List"],
    [["API_KEY_PARAM_NAME"], "api-key", "API_KEY_PARAM_NAME of List"],
    [["X_API_KEY"], "api-key", "X_API_KEY of List"],
    [["OPENAI_API_KEY", "DESIGNING", "SHMACK"], "none", "no environment variable"],
    [[], "none", "no environment variable"],
  ])("of %j is %s", (names, scheme, because) => {
    const guessed = guess(names);
    expect(guessed.scheme.scheme).toBe(scheme);
    expect(guessed.because).toContain(because);
  });

  it("takes the API's own word for a key", () => {
    expect(guess(["LOG_LEVEL"], true).scheme.scheme).toBe("api-key");
  });
});

describe("the configuration that is written", () => {
  const routes: readonly Route[] = [
    { method: "POST", path: "/v1/get_usage", function: "Usage" },
    { method: "GET", path: "/status", function: "Status" },
    { method: "POST", path: "/admin/seed", function: "Seed" },
    { method: "GET", path: "/items/{id}", function: "Items" },
  ];
  const untouched = planSmoke(smokeOf(parseConfiguration({})), routes);
  const initial: Initial = {
    schema: "./config.schema.json",
    stack: "orders",
    region: "eu-north-1",
    signing: referenceSigning,
    customerId: "<CUSTOMER-ID>",
    ownerUserId: "<OWNER-USER-ID>",
    requests: untouched.requests,
    usesDatabase: new Map([
      ["Usage", true],
      ["Status", false],
    ]),
    databaseFunctions: [],
  };
  const taken = (text: string) => {
    const configuration = parseConfiguration(withoutPlaceholders(JSON.parse(text)).value);
    return planSmoke(smokeOf(configuration), routes);
  };

  it("is accepted, and plans the same requests as before", () => {
    const { requests, skipped } = taken(initialConfiguration(initial));
    expect(requests.map(({ usesDatabase: _usesDatabase, ...request }) => request)).toEqual(untouched.requests);
    expect(requests.map((request) => request.usesDatabase)).toEqual([true, false]);
    expect(skipped).toEqual(untouched.skipped);
  });

  it("asks for the customer that was named", () => {
    const { requests } = taken(initialConfiguration({ ...initial, customerId: "globex-7", ownerUserId: "team-a" }));
    expect(requests[0]?.body).toContain('"customerId":"globex-7","params":{"ownerUserId":"team-a"');
  });

  it("leaves out what there is none of", () => {
    const text = initialConfiguration({ ...initial, requests: [], databaseFunctions: ["Report"] });
    expect(JSON.parse(text)).toMatchObject({ databaseFunctions: ["Report"] });
    expect(text).not.toMatch(/tools|apiUrl/);
  });
});

describe("the reference to the schema", () => {
  it("is the project's own copy where it has one", async () => {
    const project = path.join(folder, "own");
    mkdirSync(path.join(project, "node_modules", "cscp", "schemas"), { recursive: true });
    writeFileSync(path.join(project, "node_modules", "cscp", "schemas", "config.schema.json"), "{}");
    const file = path.join(project, "conf", "cscp.config.json");
    expect(await schemaReference(file, project, "config")).toBe("../node_modules/cscp/schemas/config.schema.json");
    expect(await schemaReference(path.join(folder, "a.json"), folder, "config")).toMatch(
      /^\.\.\/.*schemas\/config\.schema\.json$/,
    );
  });
});
