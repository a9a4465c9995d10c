import { describe, expect, test } from "vitest";
import { known } from "../../src/core/fact.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { Diagnosis } from "../../src/core/report.ts";
import type { RoleAccess, Setting } from "../../src/facts/database.ts";
import type { ErrorGroup } from "../../src/facts/logs.ts";
import { exampleToken, literalUrl, settingOf, urlToken } from "../../src/checks/support/examples.ts";
import { loadCauses } from "./all.ts";
import {
  allNames,
  databaseNames,
  driverImport,
  emptyUrl,
  fromLayer,
  keySetting,
  keyToken,
  logged,
  masked,
  parsedTemplate,
  projectFolder,
  toolFailure,
  unauthorized,
  willFail,
  willImport,
} from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, each, type World } from "./world.ts";

const causes = await loadCauses();

async function only(world: World): Promise<Diagnosis> {
  const { diagnoses, unexplained } = await diagnosed(causes, world);
  for (const diagnosis of diagnoses) expectPresentable(diagnosis);
  expect(diagnoses.map(({ cause }) => cause)).toHaveLength(1);
  expect(unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
  const [diagnosis] = diagnoses;
  if (diagnosis === undefined) throw new Error("There is no diagnosis.");
  return diagnosis;
}

const commandsOf = ({ remedies }: Diagnosis, kind: string): string =>
  remedies
    .filter((remedy) => remedy.kind === kind)
    .flatMap(({ commands }) => commands)
    .join("\n");

describe("a database URL that is empty", () => {
  const functions = each(databaseNames, { url: emptyUrl, answer: toolFailure("RuntimeError") });

  test("is written out in the template, which is named with the line", async () => {
    const folder = projectFolder();
    const named = folder.template ?? { path: "", folder: "", parsed: parsedTemplate() };
    const template = {
      ...named.parsed,
      functions: named.parsed.functions.map((one) => ({ ...one, parameterOf: {}, writtenAt: { DATABASE_URL: 31 } })),
    };
    const project = { ...folder, template: { ...named, parsed: template } };
    const found = await only({ functions, project, template });
    expect(found.remedies.map(({ advice }) => advice).join("\n")).toContain(
      "infra/sam-template.yaml:31 writes DATABASE_URL out: put the right value there, better by a parameter with NoEcho",
    );
  });

  test("was lost by an empty override, which is named with its line", async () => {
    const overrides = [
      { name: "AllowedOrigin", value: "https://copilot.example.com *", line: 9 },
      { name: "DatabaseUrl", value: "", line: 9 },
      { name: "HmacSecret", value: keyToken("dddddddddddd"), line: 9 },
    ];
    const found = await only({ functions, project: projectFolder(overrides) });
    expect([found.cause, found.confidence]).toEqual(["database-url-empty", "certain"]);
    expect(found.headline).toContain("infra/samconfig.toml:9 empties DatabaseUrl at each deploy");
    expect(found.explains.filter(({ check }) => check === "tools-answer")).toHaveLength(4);
    const lasting = commandsOf(found, "for-good");
    // The whole list, since one on the command line replaces the file's; secrets come from variables.
    expect(lasting).toContain(String.raw`AllowedOrigin="https://copilot.example.com *"`);
    expect(lasting).toContain('DatabaseUrl="$${DATABASE_URL:?}"');
    expect(lasting).toContain('HmacSecret="$${HMAC_SECRET:?}"');
    expect(lasting).toContain("infra/samconfig.toml");
    const variables = found.remedies.find(({ kind }) => kind === "for-good")?.variables ?? {};
    expect(Object.keys(variables).toSorted()).toEqual(["DATABASE_URL", "HMAC_SECRET"]);
  });

  test("was lost by a list of overrides that left it out", async () => {
    const overrides = [{ name: "DatabaseUrl", value: urlToken("postgresql://app:example@db.example.com/c"), line: 9 }];
    const found = await only({ functions, project: projectFolder(overrides) });
    expect(found.headline).toContain("the last deploy did not give DatabaseUrl a value");
    expect(found.summary).toContain("infra/samconfig.toml:9 does give it a value");
  });

  describe("without smoke requests", () => {
    const bare = '{"type": "TOOL_LOG", "tool": "x", "error": "EXCEPTION", "ex": "RuntimeError"}';
    const own = logged(["other"], "ValueError: month must be in 1..12");
    const world = (errors: readonly ErrorGroup[], more: World = {}): World => ({
      functions: each(databaseNames, { url: emptyUrl, errors }),
      smoke: false,
      ...more,
    });
    const errorsIn = ({ findings }: { readonly findings: readonly Finding[] }) =>
      findings.filter(({ check }) => check === "known-errors").map(({ detail }) => detail["headline"]);

    test("explains exceptions of which only the class was logged, and none that say what they are", async () => {
      const { diagnoses, unexplained } = await diagnosed(causes, world([logged(["other"], bare), own]));
      expect(diagnoses.map(({ cause }) => cause)).toEqual(["database-url-empty"]);
      expect(errorsIn({ findings: diagnoses[0]?.explains ?? [] })).toEqual(databaseNames.map(() => bare));
      expect(errorsIn({ findings: unexplained })).toEqual(databaseNames.map(() => own.headline));
    });

    test("explains none from before the time that is read, of a sound function, or that smoke requests would show", async () => {
      const old = { ...logged(["other"], bare), first: "2026-11-20T10:00:40.000Z" };
      const { smoke: _smoke, ...withSmoke } = world([logged(["other"], bare)]);
      const sound: World = { functions: each(["GenerateEmail"], { errors: [logged(["other"], bare)] }), smoke: false };
      for (const one of [world([old]), withSmoke, sound]) {
        const { unexplained } = await diagnosed(causes, one);
        expect(errorsIn({ findings: unexplained }).length).toBeGreaterThan(0);
      }
    });

    test("leaves them to an earlier fault of the same function", async () => {
      const prediction = willFail("module-missing", "pg8000");
      const functions = each(databaseNames, { url: emptyUrl, errors: [logged(["other"], bare)], prediction });
      const { diagnoses } = await diagnosed(causes, { functions, smoke: false });
      const explaining = diagnoses.filter(({ explains }) => errorsIn({ findings: explains }).includes(bare));
      expect(explaining.map(({ cause }) => cause)).toEqual(["module-missing"]);
    });
  });

  test("does not say where it was lost when samconfig.toml could not be read", async () => {
    const { samconfig: _samconfig, ...rest } = projectFolder();
    const broken = { path: "infra/samconfig.toml", unreadable: "line 4 is no valid TOML" };
    const found = await only({ functions, project: { ...rest, brokenSamconfig: broken } });
    expect([found.cause, found.confidence]).toEqual(["database-url-empty", "certain"]);
    expect(found.headline).not.toContain("nothing gave");
    expect(found.summary).toContain("the overrides in infra/samconfig.toml would tell, but line 4 is no valid TOML");
  });

  test("was never given: the template's default is empty", async () => {
    const found = await only({ functions, deploy: { kind: "create" } });
    expect(found.headline).toContain("nothing gave the parameter DatabaseUrl a value");
    expect(found.summary).toContain("when the stack was created");
  });

  test("is given to the stack itself where there is no project", async () => {
    const found = await only({ functions, project: null, profile: "prod" });
    const lasting = commandsOf(found, "for-good");
    expect(lasting).toContain("cloudformation update-stack --stack-name cs-copilot-backend --use-previous-template");
    expect(lasting).toContain("ParameterKey=AllowedOrigin,UsePreviousValue=true");
    expect(lasting).toContain("--region ap-southeast-1 --profile prod");
  });

  test("is mended where the doctor looked: every command goes to the endpoint that was given", async () => {
    const endpointUrl = "http://127.0.0.1:4566";
    for (const world of [{ project: null }, {}]) {
      const found = await only({ functions, endpointUrl, ...world });
      const commands = found.remedies.flatMap((remedy) => remedy.commands.flatMap((command) => command.split("\n")));
      const calling = commands.filter((line) => /\b(?:aws|cscp|make -C \S+ deploy|sam deploy)\b/.test(line));
      expect(calling.length).toBeGreaterThan(2);
      // A list of arguments may go over several lines.
      const text = commands.join("\n").replaceAll("\\\n", " ");
      for (const line of text
        .split("\n")
        .filter((one) => /\b(?:aws|cscp) |\bdeploy\b/.test(one) && !/wait|#/.test(one)))
        expect(line).toMatch(/--endpoint-url http:\/\/127\.0\.0\.1:4566|AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:4566 /);
    }
  });

  test("will be lost by the next deploy, which is a note of its own", async () => {
    const { diagnoses } = await diagnosed(causes, {
      project: projectFolder([{ name: "DatabaseUrl", value: "", line: 9 }]),
    });
    expect(diagnoses.map(({ cause, severity }) => [cause, severity === "error"])).toEqual([
      ["database-url-empty", false],
    ]);
    expect(diagnoses[0]?.headline).toContain("The next deploy from this project may empty the database URL");
  });

  test("explains connections to the sandbox itself", async () => {
    const found = await only({
      functions: each(databaseNames, {
        url: emptyUrl,
        answer: masked,
        errors: [logged(["connection-refused", "database-url-empty"], "connect ECONNREFUSED 127.0.0.1:5432")],
      }),
    });
    expect(found.cause).toBe("database-url-empty");
  });
});

describe("a URL with a fault", () => {
  test("that only stands around it is taken off without knowing it", async () => {
    const found = await only({
      functions: each(databaseNames, {
        url: literalUrl('"postgresql://app:example@db.example.com/copilot?sslmode=require"'),
        answer: toolFailure("ValueError"),
      }),
    });
    expect([found.cause, found.confidence]).toEqual(["database-url-malformed", "certain"]);
    expect(commandsOf(found, "now")).toContain("Environment.Variables.DATABASE_URL");
    expect(found.remedies[0]?.variables).toBeUndefined();
  });

  test("in its password has to be written anew", async () => {
    const found = await only({
      functions: each(databaseNames, {
        url: literalUrl("postgresql://app:s3cr3t@x@db.example.com/copilot?sslmode=require"),
        answer: toolFailure("gaierror"),
      }),
    });
    expect(found.cause).toBe("database-url-malformed");
    expect(found.remedies[0]?.advice).toContain("@db.example.com/copilot");
    expect(Object.keys(found.remedies[0]?.variables ?? {})).toEqual(["DATABASE_URL"]);
  });

  test("channel_binding is taken out where the driver refuses it", async () => {
    const prediction = willImport({
      ...driverImport("psycopg2-binary", fromLayer(8), "2.9.9"),
    });
    const found = await only({
      functions: each(databaseNames, {
        prediction,
        url: literalUrl("postgresql://app:example@db.example.com/copilot?sslmode=require&channel_binding=require"),
        errors: [logged(["channel-binding"], "channel binding required, but not supported")],
        answer: toolFailure("OperationalError"),
      }),
    });
    expect([found.cause, found.confidence]).toEqual(["channel-binding", "certain"]);
    expect(commandsOf(found, "now")).toContain("channel_binding=[^&#]*");
  });

  test("no sslmode is put right in place", async () => {
    const found = await only({
      functions: each(databaseNames, {
        url: literalUrl("postgresql://app:example@db.example.com/copilot?sslmode=disable"),
      }),
    });
    expect(found.cause).toBe("tls-required");
    expect(commandsOf(found, "now")).toContain("sslmode=require");
  });
});

describe("a parameter or secret", () => {
  const origin = {
    kind: "ssm",
    variable: "DATABASE_URL_PARAM_NAME",
    name: "/cs-copilot/database-url",
    version: "3",
  } as const;

  test("that does not exist is written, and the pinned version follows", async () => {
    const url = settingOf(origin, { found: false, reason: "The parameter has no version 3." });
    const environment = { DATABASE_URL_PARAM_NAME: origin.name, DATABASE_URL_PARAM_VERSION: "3" };
    const found = await only({
      functions: each(databaseNames, { url, configuration: { environment }, answer: toolFailure("ParameterNotFound") }),
    });
    expect([found.cause, found.confidence]).toEqual(["secret-missing", "certain"]);
    const now = commandsOf(found, "now");
    expect(now).toContain(
      'PARAMETER_VERSION=$(aws ssm put-parameter --name /cs-copilot/database-url --type SecureString --value "${DATABASE_URL:?}"',
    );
    expect(now).toContain('v["DATABASE_URL_PARAM_VERSION"]');
  });

  test("that is blank, of the signing key, explains the refusals", async () => {
    const blank: Setting = {
      looked: ["HMAC_SECRET"],
      origin: { kind: "ssm", variable: "HMAC_PARAM_NAME", name: "/cs-copilot/hmac-secret" },
      value: known({ found: true, value: exampleToken("key", { blank: true, length: 0 }), version: 1 }),
    };
    const found = await only({ functions: each(allNames, { key: blank, answer: unauthorized }) });
    expect(found.cause).toBe("secret-missing");
    expect(found.explains.filter(({ check }) => check === "tools-answer")).toHaveLength(6);
    expect(commandsOf(found, "now")).toContain('--value "${HMAC_SECRET:?}"');
  });

  test("that a role may not read is allowed to each role, by a policy of its own", async () => {
    const access = (name: string): RoleAccess => ({
      needed: true,
      allowed: false,
      action: "ssm:GetParameter",
      resource: `arn:aws:ssm:ap-southeast-1:111122223333:parameter/cs-copilot/${name}`,
      role: "arn:aws:iam::111122223333:role/usage",
      decision: "implicitDeny",
    });
    const world: World = {
      functions: each(databaseNames, {
        urlAccess: access("database-url"),
        keyAccess: access("hmac-secret"),
        answer: toolFailure("ClientError"),
      }),
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map(({ cause, confidence }) => [cause, confidence])).toEqual([
      ["secret-access-denied", "certain"],
      ["secret-access-denied", "certain"],
    ]);
    const policies = diagnoses.map((one) => /--policy-name (\S+)/.exec(commandsOf(one, "now"))?.[1]);
    expect(new Set(policies).size).toBe(2);
    expect(commandsOf(diagnoses[0] ?? (await only(world)), "now")).toContain(
      "cs-copilot-backend-GetCustomerUsageRole-5E6F",
    );
  });

  test("that a statement denies is not allowed in vain", async () => {
    const access: RoleAccess = {
      needed: true,
      allowed: false,
      action: "ssm:GetParameter",
      resource: "arn:aws:ssm:ap-southeast-1:111122223333:parameter/cs-copilot/database-url",
      role: "arn:aws:iam::111122223333:role/usage",
      decision: "explicitDeny",
    };
    const found = await only({ functions: each(["GetCustomerUsage"], { urlAccess: access }) });
    expect(commandsOf(found, "now")).not.toContain("put-role-policy");
    expect(found.remedies[0]?.changes).toBe(false);
  });
});

describe("a signature that is refused", () => {
  const key = { from: "caller", described: "the variable CSCP_HMAC_SECRET", token: keyToken("cccccccccccc") } as const;

  test("is certain by the keys' fingerprints, and nothing else is blamed for it", async () => {
    const found = await only({
      functions: each(allNames, { answer: unauthorized, key: keySetting("bbbbbbbbbbbb") }),
      key,
    });
    expect([found.cause, found.confidence]).toEqual(["signature-rejected", "certain"]);
    expect(found.explains.filter(({ check }) => check === "tools-answer")).toHaveLength(6);
    expect(commandsOf(found, "now")).toContain('--value "${CSCP_HMAC_SECRET:?}" --overwrite');
  });

  test("with the functions' own key is possible only", async () => {
    const found = await only({ functions: each(allNames, { answer: unauthorized }) });
    expect([found.cause, found.confidence]).toEqual(["signature-rejected", "possible"]);
  });

  test("by a wrong clock is the clock's fault", async () => {
    const found = await only({ functions: each(allNames, { answer: { ...unauthorized, clockSkewSeconds: -420 } }) });
    expect([found.cause, found.confidence]).toEqual(["clock-skew", "certain"]);
    expect(found.headline).toContain("420 s ahead of");
  });

  test("a small difference of the clocks is no cause", async () => {
    const found = await only({ functions: each(allNames, { answer: { ...unauthorized, clockSkewSeconds: 40 } }) });
    expect(found.cause).toBe("signature-rejected");
  });
});
