import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import type { DatabaseProbe } from "../../src/facts/database.ts";
import { literalUrl, settingOf, urlToken } from "../../src/checks/support/examples.ts";
import { loadCauses } from "./all.ts";
import {
  databaseNames,
  driverImport,
  fromLayer,
  logged,
  masked,
  probeOf,
  toolFailure,
  willImport,
} from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, each, type World } from "./world.ts";

const causes = await loadCauses();

async function found(world: World) {
  const { diagnoses, unexplained } = await diagnosed(causes, world);
  for (const diagnosis of diagnoses) expectPresentable(diagnosis);
  const [first] = diagnoses;
  if (first === undefined) throw new Error("There is no diagnosis.");
  return { first, all: diagnoses, open: unexplained.filter(({ severity }) => severity === "error") };
}

type Stage = DatabaseProbe["stages"][number]["stage"];

describe("a connection made step by step", () => {
  test.each<[Stage, string, CauseId, "certain" | "likely"]>([
    ["resolve", "ENOTFOUND", "dns-failed", "certain"],
    ["resolve", "EAI_AGAIN", "dns-failed", "likely"],
    ["resolve", "INVALID_URL", "database-url-malformed", "certain"],
    ["connect", "ECONNREFUSED", "connection-refused", "certain"],
    ["connect", "ETIMEDOUT", "connect-timeout", "likely"],
    ["connect", "ENETUNREACH", "network-unreachable", "likely"],
    ["connect", "ECONNRESET", "connection-dropped", "certain"],
    ["tls", "SSL_NOT_SUPPORTED", "tls-not-supported", "certain"],
    ["tls", "CERT_HAS_EXPIRED", "tls-verify-failed", "certain"],
    ["tls", "SELF_SIGNED_CERT_IN_CHAIN", "tls-verify-failed", "certain"],
    ["ssl-request", "NOT_POSTGRES", "not-postgres", "certain"],
    ["authenticate", "NOT_POSTGRES", "not-postgres", "certain"],
    ["authenticate", "ETIMEDOUT", "connection-dropped", "certain"],
    ["authenticate", "28P01", "auth-failed", "certain"],
    ["authenticate", "28000", "auth-failed", "certain"],
    ["authenticate", "08006", "connection-dropped", "certain"],
    ["authenticate", "57P01", "connection-dropped", "certain"],
    ["authenticate", "3D000", "role-or-db-missing", "certain"],
    ["authenticate", "53300", "too-many-connections", "certain"],
    ["authenticate", "57P03", "connection-refused", "certain"],
    ["authenticate", "42704", "database-url-parameter-unsupported", "certain"],
    ["query", "42P01", "schema-missing", "certain"],
    ["query", "42501", "permission-denied-db", "certain"],
    ["query", "57014", "statement-timeout", "certain"],
    ["query", "57P01", "connection-dropped", "certain"],
  ])("that fails at %s with %s is %s, and takes the masked answers", async (stage, code, cause, confidence) => {
    const { first, all, open } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage, code }),
    });
    expect(all.map((one) => [one.cause, one.confidence])).toEqual([[cause, confidence]]);
    expect(first.explains.filter(({ check }) => check === "tools-answer")).toHaveLength(4);
    expect(first.subjects[0]?.kind).toBe("database");
    expect(open).toEqual([]);
  });

  test.each<[Stage, string, "certain" | "likely"]>([
    ["authenticate", "ETIMEDOUT", "likely"],
    ["ssl-request", "SSL_REFUSED", "likely"],
    ["tls", "ETIMEDOUT", "likely"],
    ["authenticate", "28P01", "certain"],
  ])("that fails at %s with %s and that nothing else shows is %s", async (stage, code, confidence) => {
    const { first } = await found({
      functions: { GetContractInfo: {}, GetCustomerUsage: {} },
      probe: probeOf({ stage, code }),
    });
    expect(first.confidence).toBe(confidence);
    expect(first.decides ?? "").toBe(
      confidence === "likely" ? "what the server's log, or that of the pooler before it, says of that attempt" : "",
    );
  });

  test.each([
    ["names another host", "word@db", "2026-11-20T10:09:40.000Z", "likely"],
    [
      "was logged before the deploy",
      "ep-cool-leaf-a1b2c3d4-pooler.ap-southeast-1.aws.neon.tech",
      "2026-11-20T09:00:00.000Z",
      "likely",
    ],
    [
      "names the host, since the deploy",
      "EP-cool-leaf-a1b2c3d4-pooler.ap-southeast-1.aws.neon.tech.",
      "2026-11-20T10:09:40.000Z",
      "certain",
    ],
  ])("whose name this machine does not know, and an error that %s", async (_, host, at, confidence) => {
    const headline = `psycopg2.OperationalError: could not translate host name "${host}" to address`;
    const labels: CauseId[] = host.includes("@") ? ["database-url-malformed", "dns-failed"] : ["dns-failed"];
    const error = { ...logged(labels, headline, { host }), first: at, last: at };
    const { diagnoses } = await diagnosed(causes, {
      functions: {
        GetContractInfo: { errors: [error] },
      },
      probe: probeOf({ stage: "resolve", code: "ENOTFOUND" }),
    });
    const of = (cause: CauseId) => diagnoses.find((one) => one.cause === cause);
    expect(of("dns-failed")?.confidence).toBe(confidence);
    expect(of("database-url-malformed")?.explains.map(({ check }) => check)).toEqual(
      host.includes("@") ? ["known-errors"] : undefined,
    );
  });

  const inVpc = { vpcId: "vpc-1", subnetIds: ["subnet-a"], securityGroupIds: ["sg-fn"] };
  const way = (verdict: "open" | "closed") => ({
    functions: [...databaseNames],
    vpcId: "vpc-1",
    databaseGroups: ["sg-db"],
    aspects: [
      { aspect: "route", verdict: "open", says: "The route is there." },
      {
        aspect: "inbound",
        verdict,
        says: "No rule of sg-db, the database's security group, admits sg-fn on port 5432.",
      },
    ] as const,
  });
  const timedOutInVpc = (network: World["network"]): World => ({
    functions: each(databaseNames, { answer: masked, configuration: inVpc }),
    probe: probeOf({ stage: "connect", code: "ETIMEDOUT" }),
    ...(network === undefined ? {} : { network }),
  });

  test("from within a VPC is certain where a security group is proven closed, and its rule is the first remedy", async () => {
    const { first } = await found(timedOutInVpc({ port: 5432, ways: [way("closed")], missing: [] }));
    expect([first.cause, first.confidence]).toEqual(["connect-timeout", "certain"]);
    expect(first.summary).toContain("No rule of sg-db");
    expect(first.because.map(({ says }) => says)).toContainEqual(expect.stringContaining("No rule of sg-db"));
    expect(first.remedies[0]?.commands[0]).toBe(
      "aws ec2 authorize-security-group-ingress --group-id sg-db --protocol tcp --port 5432 --source-group sg-fn --region ap-southeast-1",
    );
  });

  test("from within a VPC is mended by what is proven closed: the group's way out, or the route, and what this machine meets is no other cause", async () => {
    const closed = (aspect: "route" | "outbound", databaseGroups: readonly string[]): World["network"] => ({
      port: 5432,
      ways: [
        {
          functions: [...databaseNames],
          vpcId: "vpc-1",
          databaseGroups,
          aspects: [{ aspect, verdict: "closed", says: `The ${aspect} is closed.` }],
        },
      ],
      missing: [],
    });
    const errors = [logged(["connect-timeout"], "Connection timed out")];
    const world = (url: string, network: World["network"]): World => ({
      functions: each(databaseNames, { url: literalUrl(url), answer: masked, configuration: inVpc, errors }),
      probe: probeOf({ stage: "connect", code: "ECONNREFUSED" }),
      ...(network === undefined ? {} : { network }),
    });
    const inside = "postgresql://app:example@db.internal.example.com/copilot?sslmode=require";
    const group = await found(world(inside, closed("outbound", ["sg-db"])));
    expect(group.all.map(({ cause, confidence }) => `${cause} ${confidence}`)).toEqual(["connect-timeout certain"]);
    expect(group.first.explains.map(({ check }) => check)).toContain("database-reachable");
    expect(group.first.because.map(({ kind }) => kind)).toContain("log");
    expect(group.first.remedies[0]?.commands[0]).toBe(
      "aws ec2 authorize-security-group-egress --group-id sg-fn --ip-permissions IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs='[{GroupId=sg-db}]' --region ap-southeast-1",
    );
    const any = await found(world(inside, closed("outbound", [])));
    expect(any.first.remedies[0]?.commands[0]).toContain("IpRanges='[{CidrIp=0.0.0.0/0}]'");
    // Everything that is to be looked for is known.
    expect(group.first.remedies.filter(({ kind, changes }) => kind === "now" && !changes)).toEqual([]);
    const neon = "postgresql://app:example@ep-cool-dawn-1a2b3c.eu-central-1.aws.neon.tech/copilot?sslmode=require";
    const provider = await found(world(neon, closed("route", [])));
    expect(provider.first.remedies[1]?.commands.join("\n")).toContain(
      "--vpc-config 'SubnetIds=[],SecurityGroupIds=[]'",
    );
    const privately = await found(world(inside, closed("route", [])));
    expect(JSON.stringify(privately.first.remedies)).not.toContain("--vpc-config");
  });

  test("from within a VPC says what of its network could not be read, and what lets the functions through", async () => {
    const missing = [
      { what: "subnets", message: "It was denied.", reason: "denied", action: "ec2:DescribeSubnets" },
    ] as const;
    const denied = await found(timedOutInVpc({ port: 5432, ways: [], missing }));
    expect(denied.first.confidence).not.toBe("certain");
    expect(denied.first.summary).toContain("ec2:DescribeSubnets");
    const { first } = await found(timedOutInVpc({ port: 5432, ways: [way("open")], missing: [] }));
    expect(first.confidence).not.toBe("certain");
    expect(first.summary).toContain("let the functions through");
  });

  const noEntry = 'no pg_hba.conf entry for host "203.0.113.7", user "app", database "copilot", no encryption';

  test.each<[string, string, CauseId]>([
    ["XX000", "Tenant or user not found", "role-or-db-missing"],
    ["28000", 'role "app" does not exist', "role-or-db-missing"],
    ["08P01", "unsupported startup parameter: search_path", "database-url-parameter-unsupported"],
    ["08P01", 'no such database: "copilot"', "role-or-db-missing"],
    ["57P03", "the database system is shutting down", "connection-refused"],
  ])("is judged by what the server says with %s: %s", async (code, message, cause) => {
    const { first } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage: "authenticate", code, message }),
    });
    expect([first.cause, first.confidence]).toEqual([cause, "certain"]);
  });

  test("of a server that is starting is waited for, and none is started", async () => {
    const { first } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage: "authenticate", code: "57P03", message: "the database system is starting up" }),
    });
    expect(first.headline).toMatch(/is up and takes no connections yet$/);
    expect(first.remedies[0]?.title).toMatch(/^Wait /);
  });

  test.each([
    ["XX000", "weird internal thing"],
    ["53200", "out of memory"],
    ["55000", 'database "copilot" is not currently accepting'],
    ["STOOD_STILL", "This machine did not let the program run."],
  ])("has no cause for %s, and says what was said", async (code, message) => {
    const { diagnoses, unexplained } = await diagnosed(causes, {
      functions: each(databaseNames, {}),
      probe: probeOf({ stage: "authenticate", code, message }),
    });
    expect(diagnoses).toEqual([]);
    const told = unexplained.find(({ check }) => check === "database-reachable");
    expect(told?.message).toContain(message.replace(/\.$/, ""));
    expect(told?.message).not.toContain("refuses the user");
    expect(told?.severity).toBe(code === "STOOD_STILL" ? "warning" : "error");
  });

  test("is not told to ask for TLS of a server that has none", async () => {
    const { all } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage: "authenticate", code: "28000", message: noEntry, plain: true }),
    });
    expect(all.map(({ cause, confidence }) => [cause, confidence])).not.toContainEqual(["tls-required", "certain"]);
    expect(all[0]?.cause).toBe("auth-failed");
    expect(all[0]?.headline).toContain("has no rule");
  });

  test("without TLS is turned away for that, where the URL asks for none", async () => {
    const { all } = await found({
      functions: each(databaseNames, {
        url: literalUrl("postgresql://app:example@db.example.com/copilot"),
        answer: masked,
      }),
      probe: probeOf({ stage: "authenticate", code: "28000", message: noEntry }),
    });
    expect(new Set(all.map(({ cause }) => cause))).toEqual(new Set(["tls-required"]));
  });

  test("lacks the root certificate of a provider that signs by itself", async () => {
    const url = "postgresql://app:example@copilot.c1a2b3.ap-southeast-1.rds.amazonaws.com/copilot?sslmode=verify-full";
    const { first } = await found({
      functions: each(databaseNames, { url: literalUrl(url), answer: masked }),
      probe: probeOf({ stage: "tls", code: "SELF_SIGNED_CERT_IN_CHAIN" }),
    });
    expect(first.cause).toBe("tls-ca-missing");
    expect(first.remedies[0]?.commands.join("\n")).toContain("global-bundle.pem");
  });

  test.each([
    ["of a VPC", inVpc, "10.0.9.7", "possible"],
    ["of a VPC, at a public address", inVpc, "203.0.113.7", "certain"],
    ["of no VPC", {}, "10.0.9.7", "certain"],
  ] as const)(
    "to a web server by functions %s is proof where both mean the same host",
    async (_what, configuration, address, sure) => {
      const probe = {
        ...probeOf({ stage: "ssl-request", code: "NOT_POSTGRES" }),
        connectedTo: { host: address, address, port: 5432 },
      };
      const { first } = await found({ functions: each(databaseNames, { configuration }), probe });
      expect([first.cause, first.confidence]).toEqual(["not-postgres", sure]);
      expect(first.severity).toBe(sure === "certain" ? "error" : "warning");
    },
  );

  test("that the functions make, and this machine does not, is possible only", async () => {
    const { first } = await found({
      functions: each(databaseNames, { configuration: { vpcId: "vpc-1" } }),
      probe: probeOf({ stage: "connect", code: "ETIMEDOUT" }),
    });
    expect([first.cause, first.confidence, first.severity]).toEqual(["connect-timeout", "possible", "warning"]);
    expect(first.decides).toContain("this machine does not");
  });

  test("is certain to be refused where the functions log the same", async () => {
    const { first, open } = await found({
      functions: each(databaseNames, {
        configuration: { vpcId: "vpc-1" },
        errors: [
          logged(["lambda-timeout"], "Task timed out after 10.00 seconds"),
          logged(["connect-timeout"], "ETIMEDOUT"),
        ],
        answer: { outcome: "timeout", status: 504, shown: "504" },
      }),
      probe: probeOf({ stage: "connect", code: "ETIMEDOUT" }),
    });
    expect([first.cause, first.confidence]).toEqual(["connect-timeout", "certain"]);
    expect(open).toEqual([]);
  });
});

describe("tables", () => {
  const tables = (...list: DatabaseProbe["tables"]): DatabaseProbe => ({ ...probeOf(), tables: list });

  test("that are missing are named", async () => {
    const { first, open } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: tables(
        { name: "contracts", exists: false, readable: false },
        { name: "usage_summaries", exists: false, readable: false },
      ),
    });
    expect([first.cause, first.confidence]).toEqual(["schema-missing", "certain"]);
    expect(first.headline).toContain("lacks the tables contracts and usage_summaries");
    expect(first.remedies[0]?.placeholders).toEqual(["<SCHEMA-FILE>"]);
    expect(open).toEqual([]);
  });

  test("that may not be read are granted by their names", async () => {
    const { first } = await found({
      functions: each(databaseNames, { answer: toolFailure("InsufficientPrivilege") }),
      probe: tables({ name: "contracts", exists: true, readable: false }),
    });
    expect(first.cause).toBe("permission-denied-db");
    expect(first.remedies[0]?.commands[0]).toContain('GRANT SELECT ON "contracts" TO <ROLE>');
  });

  test("without rows explain the neutral answers of the functions that read them", async () => {
    const reading = (name: string) => ({
      ...willImport(driverImport("pg8000", fromLayer(8), "1.30.5")),
      sourceFacts: [{ kind: "sql-table" as const, file: "/var/task/tools/x.py", line: 5, text: `from ${name}`, name }],
    });
    const { first, all, open } = await found({
      functions: {
        GetContractInfo: { prediction: reading("contracts"), answer: masked },
        GetCustomerUsage: { prediction: reading("usage_summaries") },
      },
      probe: tables(
        { name: "contracts", exists: true, readable: true, rows: 12, ownerRows: 0 },
        { name: "usage_summaries", exists: true, readable: true, rows: 5, ownerRows: 2 },
      ),
    });
    expect(all.map((one) => [one.cause, one.confidence])).toEqual([["seed-data-missing", "certain"]]);
    expect(first.headline).toBe("The table contracts has no rows of the owner public, and has rows of other owners");
    expect(first.explains.map(({ subject }) => subject.id)).toContain("get_contract_info");
    expect(open).toEqual([]);
  });

  const smokeConfiguration = {
    ownerUserId: "user 7&x",
    customerId: "acme-001",
    seed: [
      "https://app.example.com/api/db/seed-user?owner={owner}",
      "https://app.example.com/api/companies/list?customer={customer}",
    ],
  };

  test.each([
    {
      name: "at all are empty: the configured endpoints are printed, for this owner and customer",
      table: { rows: 0, ownerRows: 0 },
      headline: "The table contracts has no rows",
      summary: "The database answers: the table is empty.",
      again: [],
    },
    {
      name: "of the owner, but of public, may be those of the wrong owner",
      table: { rows: 12, ownerRows: 0, publicRows: 3 },
      headline: "The table contracts has no rows of the owner user 7&x, and has rows of the owner public",
      summary: "The database answers: user 7&x was never given data, or the wrong owner is asked for.",
      again: ["cscp smoke --stack cs-copilot-backend --region ap-southeast-1 --owner public"],
    },
    {
      name: "of the owner, but of others, are another owner's",
      table: { rows: 12, ownerRows: 0, publicRows: 0 },
      headline: "The table contracts has no rows of the owner user 7&x, and has rows of other owners",
      summary: "The database answers: user 7&x was never given data, or the wrong owner is asked for.",
      again: [],
    },
    {
      name: "of the customer, but of others, are the wrong customer's",
      table: { rows: 12, ownerRows: 4, customerRows: 0 },
      headline: "The table contracts has no rows of the customer acme-001, and has rows of others",
      summary: "The database answers: acme-001 was never given data, or the wrong customer is asked for.",
      again: [],
    },
  ])("without rows $name", async ({ table, headline, summary, again }) => {
    const { first, all } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: tables({ name: "contracts", exists: true, readable: true, ...table }),
      smokeConfiguration,
    });
    expect(all.map((one) => [one.cause, one.confidence])).toEqual([["seed-data-missing", "certain"]]);
    expect(first.headline).toBe(headline);
    expect(first.summary.startsWith(summary)).toBe(true);
    expect(first.remedies[0]?.commands).toEqual([
      "curl -fsS 'https://app.example.com/api/db/seed-user?owner=user%207%26x'",
      "curl -fsS 'https://app.example.com/api/companies/list?customer=acme-001'",
    ]);
    expect(first.remedies[0]?.changes).toBe(true);
    const shown = first.remedies.flatMap(({ commands }) => commands).filter((line) => line.includes("--owner"));
    expect(shown).toEqual(again);
  });

  test.each<[string, DatabaseProbe, RegExp]>([
    [
      "hold rows of the owner",
      tables({ name: "contracts", exists: true, readable: true, rows: 12, ownerRows: 2 }),
      /^The database answers, and contracts has rows of the owner that is asked for\. Either/,
    ],
    ["are not known", tables(), /^The database answers, and which of its tables the tools read is not known/],
  ])("that %s leave masked answers open", async (_name, probe, summary) => {
    const { first } = await found({ functions: each(databaseNames, { answer: masked }), probe, smokeConfiguration });
    expect([first.cause, first.confidence]).toEqual(["seed-data-missing", "possible"]);
    expect(first.summary).toMatch(summary);
    expect(first.remedies[0]?.commands[0]).toContain("/api/db/seed-user?owner=user%207%26x");
  });

  test("cannot be asked for where the database is unreachable, which is its own cause and seeds nothing", async () => {
    const { first, all } = await found({
      functions: each(databaseNames, { answer: masked }),
      probe: probeOf({ stage: "connect", code: "ECONNREFUSED" }),
      smokeConfiguration,
    });
    expect(all.map(({ cause }) => cause)).toEqual(["connection-refused"]);
    expect(JSON.stringify(first)).not.toContain("seed-user");
  });

  test("without rows that nobody misses are nobody's fault", async () => {
    const { diagnoses } = await diagnosed(causes, {
      probe: tables({ name: "contracts", exists: true, readable: true, rows: 0 }),
    });
    expect(diagnoses).toEqual([]);
  });
});

describe("the driver's own ways", () => {
  const driver = { ...driverImport("pg8000", fromLayer(8), "1.30.5"), module: "pg8000.dbapi" };
  const source = (kind: "cursor-in-with" | "connection-in-with", line: number) => ({
    ...willImport(driver),
    sourceFacts: [
      { kind, file: "/var/task/_shared/db.py", line, text: "    with conn.cursor() as cur:", name: "conn.cursor" },
    ],
  });

  test("a cursor in a with block is certain with its symptom", async () => {
    const error = logged(["driver-api-mismatch"], "'Cursor' object does not support the context manager protocol");
    const { first, all, open } = await found({
      functions: each(databaseNames, {
        prediction: source("cursor-in-with", 40),
        errors: [error],
        answer: { ...toolFailure("TypeError"), errors: [error] },
      }),
    });
    expect(all.map((one) => [one.cause, one.confidence])).toEqual([["driver-api-mismatch", "certain"]]);
    expect(first.headline).toContain("_shared/db.py:40");
    const lasting = first.remedies.find(({ kind }) => kind === "for-good");
    expect(lasting?.commands[0]).toMatch(/contextlib.*backend\/_shared\/db\.py/);
    expect(open).toEqual([]);
  });

  test("without a symptom it is likely only", async () => {
    const { first } = await found({
      functions: each(databaseNames, { prediction: source("cursor-in-with", 40) }),
      smoke: false,
    });
    expect([first.cause, first.confidence]).toEqual(["driver-api-mismatch", "likely"]);
  });

  test("a connection in a with block loses writes, which is a warning", async () => {
    const { first } = await found({ functions: each(databaseNames, { prediction: source("connection-in-with", 39) }) });
    expect([first.cause, first.severity]).toEqual(["driver-api-mismatch", "warning"]);
  });
});

describe("different databases", () => {
  test("are listed with the functions that are sent to them", async () => {
    const origin = { kind: "literal", variable: "DATABASE_URL" } as const;
    const other = "postgresql://app:example@other.example.com/copilot?sslmode=require";
    const { first } = await found({
      functions: {
        CalculateHealth: { url: settingOf(origin, { found: true, value: urlToken(other, "0c0c0c0c0c0c") }) },
      },
    });
    expect([first.cause, first.confidence, first.severity]).toEqual(["databases-differ", "certain", "warning"]);
    expect(first.summary).toContain("CalculateHealth to other.example.com:5432");
  });
});
