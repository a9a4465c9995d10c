import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../src/core/report.ts";
import type { Finding } from "../../src/core/finding.ts";
import { loadCauses } from "./all.ts";
import {
  allNames,
  badGateway,
  databaseNames,
  distribution,
  driverImport,
  emptyUrl,
  fromLayer,
  keySetting,
  keyToken,
  layer,
  layerWith,
  logged,
  masked,
  probeOf,
  projectFolder,
  toolFailure,
  unauthorized,
  willFail,
  willImport,
} from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, each, merge, type World } from "./world.ts";

const causes = await loadCauses();

async function causesOf(world: World): Promise<{
  readonly diagnoses: readonly Diagnosis[];
  readonly names: readonly string[];
  readonly open: readonly Finding[];
  readonly of: (cause: string) => Diagnosis;
}> {
  const { diagnoses, unexplained } = await diagnosed(causes, world);
  for (const diagnosis of diagnoses) expectPresentable(diagnosis);
  return {
    diagnoses,
    names: diagnoses.map(({ cause, confidence }) => `${cause} ${confidence}`),
    open: unexplained.filter(({ severity }) => severity !== "note"),
    of: (cause) => {
      const found = diagnoses.find((one) => one.cause === cause);
      if (found === undefined) throw new Error(`${cause} was not diagnosed.`);
      return found;
    },
  };
}

const toolsOf = ({ explains }: Diagnosis): readonly string[] =>
  explains.filter(({ check }) => check === "tools-answer").map(({ subject }) => subject.id);

const databaseTools = ["calculate_health", "get_contract_info", "get_customer_usage", "get_recent_tickets"];
const callersKey = {
  from: "caller",
  described: "the variable CSCP_HMAC_SECRET",
  token: keyToken("cccccccccccc"),
} as const;

const onOldLayer = each(databaseNames, {
  configuration: { layers: [{ arn: layer(7).id, codeSize: 1 }] },
  prediction: willFail("module-missing", "pg8000"),
  newest: willImport(driverImport("pg8000", fromLayer(8), "1.30.5")),
  answer: badGateway,
});
const onMacWheels = each(databaseNames, {
  prediction: willFail("wrong-platform-macos", "psycopg2._psycopg", { origin: fromLayer(8) }),
  errors: [
    logged(["wrong-python-abi", "wrong-arch"], "No module named 'psycopg2._psycopg'", { module: "psycopg2._psycopg" }),
  ],
  answer: badGateway,
});

describe("nothing wrong", () => {
  test("gives no diagnosis", async () => {
    const { names, open } = await causesOf({});
    expect(names).toEqual([]);
    expect(open).toEqual([]);
  });
});

describe("two faults at once", () => {
  test("an old layer and another signing key share the tools by what they answer", async () => {
    const { of, names, open } = await causesOf({
      functions: merge(each(allNames, { answer: unauthorized, key: keySetting("bbbbbbbbbbbb") }), onOldLayer),
      newestLayers: [layer(8).id],
      key: callersKey,
    });
    expect(names).toEqual(["layer-version-old certain", "signature-rejected certain"]);
    expect(toolsOf(of("layer-version-old"))).toEqual(databaseTools);
    expect(toolsOf(of("signature-rejected"))).toEqual(["generate_email", "generate_qbr_outline"]);
    expect(open).toEqual([]);
  });

  test("a Mac's wheel hides an empty URL, and both are certain", async () => {
    const overrides = [
      { name: "AllowedOrigin", value: "*", line: 12 },
      { name: "DatabaseUrl", value: "", line: 12 },
    ];
    const { of, names, open } = await causesOf({
      functions: merge(onMacWheels, each(databaseNames, { url: emptyUrl })),
      layerContents: { "cs-copilot-common:8": layerWith(distribution("psycopg2-binary", "2.9.9")) },
      project: projectFolder(overrides),
    });
    expect(names).toEqual(["wrong-platform-macos certain", "database-url-empty certain"]);
    expect(toolsOf(of("wrong-platform-macos"))).toEqual(databaseTools);
    const url = of("database-url-empty");
    expect(url.explains.map(({ check }) => check)).toEqual([
      ...databaseNames.map(() => "database-url-present"),
      "deploy-keeps-database-url",
    ]);
    expect(url.headline).toContain("infra/samconfig.toml:12 empties DatabaseUrl at each deploy");
    expect(url.summary).toContain("would show next");
    expect(open).toEqual([]);
  });

  test("some functions cannot import, the others reach no database", async () => {
    const { of, names, open } = await causesOf({
      functions: {
        GetCustomerUsage: { prediction: willFail("module-missing", "pg8000"), answer: badGateway },
        GetRecentTickets: { answer: masked },
        GetContractInfo: { answer: masked },
        CalculateHealth: { answer: masked },
      },
      probe: probeOf({ stage: "connect", code: "ECONNREFUSED" }),
    });
    expect(names).toEqual(["connection-refused certain", "module-missing certain"]);
    expect(toolsOf(of("module-missing"))).toEqual(["get_customer_usage"]);
    expect(toolsOf(of("connection-refused"))).toEqual(["calculate_health", "get_contract_info", "get_recent_tickets"]);
    // That just the tools with a database fail follows from the two together.
    expect(open).toEqual([]);
  });

  test("a cursor in a with block behind a database that is down would show next", async () => {
    const fact = {
      kind: "cursor-in-with" as const,
      file: "/var/task/_shared/db.py",
      line: 40,
      text: "    with conn.cursor() as cur:",
      name: "conn.cursor",
    };
    const driver = driverImport("pg8000", fromLayer(8), "1.30.5");
    const prediction = {
      ...willImport({ ...driver, module: "pg8000.dbapi" }),
      sourceFacts: [fact],
    };
    const { of, names, open } = await causesOf({
      functions: each(databaseNames, { prediction, answer: masked }),
      probe: probeOf({ stage: "connect", code: "ECONNREFUSED" }),
    });
    expect(names).toEqual(["connection-refused certain", "driver-api-mismatch likely"]);
    expect(toolsOf(of("connection-refused"))).toEqual(databaseTools);
    expect(toolsOf(of("driver-api-mismatch"))).toEqual([]);
    expect(of("driver-api-mismatch").decides).toContain("once the earlier fault is mended");
    expect(open).toEqual([]);
  });

  test("a missing right and a missing parameter on different functions stay apart", async () => {
    const origin = { kind: "ssm", variable: "DATABASE_URL_PARAM_NAME", name: "/cs-copilot/database-url" } as const;
    const missing = {
      looked: ["DATABASE_URL"] as const,
      origin,
      value: { state: "known", from: [], value: { found: false, reason: "There is no such parameter." } } as const,
    };
    const access = {
      needed: true,
      allowed: false,
      action: "ssm:GetParameter",
      resource: "arn:aws:ssm:ap-southeast-1:111122223333:parameter/cs-copilot/database-url",
      role: "arn:aws:iam::111122223333:role/usage",
      decision: "implicitDeny",
    } as const;
    const { of, names, open } = await causesOf({
      functions: {
        GetCustomerUsage: { urlAccess: access, answer: toolFailure("ClientError") },
        GetRecentTickets: { url: missing, answer: toolFailure("ParameterNotFound") },
      },
    });
    expect(names).toEqual(["secret-access-denied certain", "secret-missing certain"]);
    expect(toolsOf(of("secret-access-denied"))).toEqual(["get_customer_usage"]);
    expect(toolsOf(of("secret-missing"))).toEqual(["get_recent_tickets"]);
    expect(open).toEqual([]);
  });
});

describe("one fault, many symptoms", () => {
  test("a stopped database explains masked failures", async () => {
    const { of, names, open } = await causesOf({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage: "connect", code: "ECONNREFUSED" }),
    });
    expect(names).toEqual(["connection-refused certain"]);
    expect(of("connection-refused").headline).toContain("The database is not reachable");
    expect(toolsOf(of("connection-refused"))).toEqual(databaseTools);
    expect(open).toEqual([]);
  });

  test("a wrong password explains refusals, logs and answers", async () => {
    const { of, names, open } = await causesOf({
      functions: each(databaseNames, {
        answer: toolFailure("ProgrammingError"),
        errors: [logged(["auth-failed"], "password authentication failed for user")],
      }),
      probe: probeOf({ stage: "authenticate", code: "28P01" }),
    });
    expect(names).toEqual(["auth-failed certain"]);
    expect(of("auth-failed").explains).toHaveLength(1 + 4 + 4 + 1);
    expect(open).toEqual([]);
  });

  test("an exception of which only the class was logged contradicts nothing", async () => {
    const vague = logged(
      ["stale-connection-reuse", "connection-refused"],
      '{"error":"EXCEPTION","ex":"InterfaceError"}',
      {
        class: "InterfaceError",
      },
    );
    const { names, open } = await causesOf({
      functions: each(databaseNames, {
        answer: { ...toolFailure("InterfaceError"), errors: [vague] },
        errors: [vague],
      }),
      probe: probeOf({ stage: "authenticate", code: "28P01" }),
    });
    expect(names).toEqual(["auth-failed certain"]);
    expect(open).toEqual([]);
  });

  test("an error that names something else is not taken along", async () => {
    const other = logged(["schema-missing"], 'relation "contracts" does not exist', { name: "contracts" });
    const { of, names } = await causesOf({
      functions: { GetContractInfo: { answer: { ...toolFailure("ProgrammingError"), errors: [other] } } },
      probe: probeOf({ stage: "authenticate", code: "28P01" }),
    });
    expect(names).toEqual(["auth-failed certain", "schema-missing likely"]);
    expect(toolsOf(of("auth-failed"))).toEqual([]);
    expect(toolsOf(of("schema-missing"))).toEqual(["get_contract_info"]);
  });

  test("masked failures that nothing explains say what would decide", async () => {
    const { of, names, open } = await causesOf({ functions: each(databaseNames, { answer: masked }) });
    expect(names).toEqual(["seed-data-missing possible"]);
    expect(of("seed-data-missing").decides).toContain("whether the tables hold rows");
    expect(open).toEqual([]);
  });

  test("an unknown error of the application stays unexplained", async () => {
    const { names, open } = await causesOf({
      functions: { GenerateEmail: { errors: [logged(["other"], "KeyError: 'sparkline'")] } },
    });
    expect(names).toEqual([]);
    expect(open.map(({ code }) => code)).toEqual(["unknown-error"]);
  });
});
