import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DatabaseReport } from "../../src/core/database-report.ts";
import { cscp, leaksIn, projectRoot, type CliResult } from "../lab/cli.ts";
import { xmlError, type Answer } from "../source/fake-aws.ts";
import { fakeStack, type FakeStack } from "./fake-stack.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-db-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const password = "giraffe-42-umbrella";
const check = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  cscp(["db", "check", ...args], env, folder);

async function piped(input: string, args: readonly string[] = []): Promise<CliResult> {
  const call = [path.join(projectRoot(), "bin", "cscp.js"), "db", "check", "-", ...args];
  const result = await execa(process.execPath, call, { input, cwd: folder, reject: false, stripFinalNewline: false });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

const reportOf = ({ stdout }: CliResult): DatabaseReport => JSON.parse(stdout) as DatabaseReport;

describe("a URL", () => {
  const url = `postgresql://app:${password}@127.0.0.1:9/copilot?sslmode=require`;

  beforeAll(() => writeFileSync(path.join(folder, ".env"), `OTHER=1\nexport DATABASE_URL='${url}' # the real one\n`));

  it("is taken from the command line with a warning, if it holds a password", async () => {
    const { exitCode, stdout, stderr } = await check([url]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^cscp: the URL on the command line holds a password, .*\n {2}→ .*--env DATABASE_URL/);
    expect(stdout).toMatch(/^✗ 127\.0\.0\.1:9: .* +connection-refused\n/);
    expect(stdout).toContain("✗ connect");
    expect(stdout).not.toContain("\u001b");
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(leaksIn(stdout + stderr, [password])).toEqual([]);
    expect((await check([url.replace(`:${password}`, ""), "--no-connect"])).stderr).toBe("");
  });

  it("is taken from standard input, a variable, or an .env file, without one", async () => {
    writeFileSync(path.join(folder, "production.env"), `DB=${url}\n`);
    const runs = await Promise.all([
      piped(`${url}\n`, ["-o", "json"]),
      check(["--env", "MINE", "-o", "json"], { MINE: url }),
      check(["--env", "DATABASE_URL", "-o", "json"]),
      check(["--env", "DB", "--dotenv", "production.env", "-o", "json"], { DB: "postgresql://other" }),
      check(["-o", "json"]),
    ]);
    const sources = ["standard input", "MINE", "DATABASE_URL in .env", "DB in production.env", "DATABASE_URL in .env"];
    for (const [index, run] of runs.entries()) {
      expect(run).toMatchObject({ exitCode: 1, stderr: "" });
      const [database] = reportOf(run).databases;
      expect(database).toMatchObject({
        name: "127.0.0.1:9",
        source: sources[index],
        verdict: "fails",
        cause: "connection-refused",
        url: "postgresql://<USER>:<PASSWORD>@127.0.0.1:9/copilot?sslmode=require",
      });
      expect(database?.stages.map(({ stage, ok }) => `${stage} ${ok}`)).toEqual(["resolve true", "connect false"]);
      expect(leaksIn(run.stdout, [password])).toEqual([]);
    }
  });

  it("with faults is told them with their places, and not connected by", async () => {
    const bad = `postgresql://app:zebra@${password}@db.nothing.invalid/copilot`;
    const run = await piped(bad, ["-o", "json"]);
    expect(run.exitCode).toBe(1);
    const [database] = reportOf(run).databases;
    expect(database).toMatchObject({ verdict: "fails", cause: "database-url-malformed", stages: [] });
    expect(database?.faults).toContainEqual(expect.objectContaining({ code: "unescaped-at", at: 22, length: 1 }));
    expect(database?.correctedUrl).toBe("postgresql://<USER>:<PASSWORD>@db.nothing.invalid/copilot");
    expect(leaksIn(run.stdout, [password, "zebra"])).toEqual([]);
  });

  it("takes from a service what it does not say itself, as libpq does", async () => {
    const file = path.join(folder, "pg_service.conf");
    writeFileSync(
      file,
      `# ours\n[other]\nhost=other.invalid\n\n[shop]\nhost=127.0.0.1\nport=9\nuser=app\npassword=${password}'x\ndbname=fromfile\n`,
    );
    const call = (text: string): Promise<CliResult> =>
      check(["--env", "U", "-o", "json"], { U: text, PGSERVICEFILE: file });
    const run = await call("service=shop dbname=own");
    expect(reportOf(run).databases[0]).toMatchObject({
      name: "127.0.0.1:9",
      url: "postgresql://<USER>:<PASSWORD>@127.0.0.1:9/own",
      stages: [
        { stage: "resolve", ok: true },
        { stage: "connect", code: "ECONNREFUSED" },
      ],
    });
    expect(reportOf(run).notes).toEqual([`The service shop is that of ${file}, which a Lambda does not have.`]);
    expect(leaksIn(run.stdout, [password])).toEqual([]);
    const unknown = await call("service=nowhere");
    expect(unknown.exitCode).toBe(1);
    expect(reportOf(unknown).notes[0]).toMatch(/^The service nowhere is in none of /);
  });

  it("is judged for the driver that is named, in its version", async () => {
    const run = async (driver: string, more = ""): Promise<CliResult> =>
      piped(`${url.replace("require", `require&channel_binding=require${more}`)}`, [
        "--no-connect",
        "-o",
        "json",
        "--driver",
        driver,
      ]);
    const asyncpg = await run("asyncpg@0.29.0");
    expect(asyncpg.exitCode).toBe(1);
    expect(reportOf(asyncpg).databases[0]).toMatchObject({
      cause: "database-url-parameter-unsupported",
      correctedUrl: "postgresql://<USER>:<PASSWORD>@127.0.0.1:9/copilot?sslmode=require",
    });
    expect((await run("psycopg2@2.9.9")).exitCode).toBe(0);
    // What only libpq's list lacks is no fault for a driver that has it.
    expect((await run("prisma@6.1.0", "&pgbouncer=true")).exitCode).toBe(0);
    expect((await run("psycopg2@2.9.9", "&pgbouncer=true")).exitCode).toBe(1);
  });

  it("is found in an .env file behind lines that are no variables, none of which is printed", async () => {
    const file = path.join(folder, "pasted.env");
    const lines = (name: string): string =>
      `# db\n${url}\nKEY=-----BEGIN PRIVATE KEY-----\n${password}=\n-----END PRIVATE KEY-----\n` +
      `NOTE="two\nlines = ${password}"\n${password}\n${name}=${url}\n`;
    writeFileSync(file, lines("DATABASE_URL"));
    const found = await check(["--dotenv", file, "--no-connect", "-o", "json"]);
    expect(reportOf(found).databases[0]?.url).toBe(
      "postgresql://<USER>:<PASSWORD>@127.0.0.1:9/copilot?sslmode=require",
    );
    for (const name of ["DATABASE_URL2", "giraffe", password, url]) {
      const { exitCode, stdout, stderr } = await check(["--dotenv", file, "--env", name]);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(leaksIn(stderr, [password])).toEqual([]);
    }
    const { stderr } = await check(["--dotenv", file, "--env", "ABSENT_ONE"]);
    expect(stderr).toMatch(/The variable ABSENT_ONE is not in .*\n {2}→ lines 2, 4, 5 and 8 of .*, no NAME=value/);
  });

  it("that is none is judged for no driver, and one with placeholders for none that takes it", async () => {
    for (const text of ["\u00ff\u00fe\u0000binary", "none"]) {
      const { exitCode, stdout } = await piped(text, ["--no-connect"]);
      expect(exitCode).toBe(1);
      expect(stdout).not.toContain("Drivers");
    }
    expect((await check(["", "--no-connect"])).stdout).not.toContain("Drivers");
    for (const rest of ["<user>:x@h.example.com/c", "app:x@h.example.com/<dbname>", "app:x@<host>/c"]) {
      const { exitCode, stdout } = await piped(`postgresql://${rest}?sslmode=require`);
      expect(exitCode).toBe(1);
      expect(stdout).toContain("is still a placeholder");
      expect(stdout).not.toMatch(/as it is|well formed; no/);
      expect(stdout).toContain("No connection was tried");
    }
  });

  it.each([
    [["--env", "DATABASE_URI"], /The variable DATABASE_URI is neither .*\n {2}→ .*DATABASE_URL/],
    [["--driver", "psycopg22", "postgresql://h"], /Nothing is known of the driver psycopg22\.\n {2}→ .*psycopg2/],
    [["--dotenv", "absent.env"], /The file absent\.env is not there/],
    [["postgresql://h", "--env", "X"], /A URL and a variable were both given/],
    [["postgresql://h", "--stack", "x"], /A URL and a stack were both given/],
    [["postgresql://h", "-o", "xml"], /does not fit this command/],
  ])("that is not there is an error of the call: %j", async (args, message) => {
    const { exitCode, stdout, stderr } = await check(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  it("that leads to a server which says nothing ends within its time, and is a failure of its stage", async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const from = Date.now();
    const silent = url.replace(":9/", `:${port}/`);
    const [run, hurried] = await Promise.all([
      piped(silent, ["-o", "json"]),
      piped(silent, ["-o", "json", "--timeout", "1"]),
    ]);
    server.close();
    expect(hurried.exitCode).toBe(3);
    expect(reportOf(hurried)).toMatchObject({ verdict: "unknown", incomplete: [{ reason: "failed" }] });
    expect(Date.now() - from).toBeLessThan(12_000);
    expect(reportOf(run).databases[0]?.stages.at(-1)).toMatchObject({
      stage: "ssl-request",
      ok: false,
      code: "ETIMEDOUT",
    });
  });
});

describe("what listens at the address of a URL", () => {
  const serving = async (answer: Buffer | undefined): Promise<{ readonly port: number; close(): void }> => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => (answer === undefined ? undefined : socket.end(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  };
  const web = Buffer.from("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");

  it.each([
    ["a web server asked for TLS", web, "require", /is not Postgres/, "not-postgres"],
    ["a web server asked to sign in", web, "disable", /is not Postgres/, "not-postgres"],
    ["garbage", Buffer.from([0, 0, 0, 0, 0]), "disable", /is not Postgres/, "not-postgres"],
    ["what never answers the sign-in", undefined, "disable", /does not answer the sign-in/, "connection-dropped"],
  ])("%s is told as what it is", async (_name, answer, mode, headline, cause) => {
    const server = await serving(answer);
    const run = await piped(`postgresql://app:${password}@127.0.0.1:${server.port}/c?sslmode=${mode}`, ["-o", "json"]);
    server.close();
    const [database] = reportOf(run).databases;
    expect(database).toMatchObject({ cause });
    expect(database?.headline ?? "").toMatch(headline);
    const said = JSON.stringify([database?.findings, database?.remedies]);
    expect(said).not.toMatch(/refuses the user|well formed|NAT gateway|Write the URL/);
  });

  it("is told of every host, where there are several", async () => {
    const run = await piped(`postgresql://app:${password}@127.0.0.1:1,127.0.0.1:2/c`, ["-o", "json"]);
    const [database] = reportOf(run).databases;
    expect(database?.name).toBe("127.0.0.1:1,127.0.0.1:2");
    expect(database?.stages.at(-1)?.message).toMatch(/on port 1 \(ECONNREFUSED\); .* on port 2 \(ECONNREFUSED\)\./);
  });

  it.each(["service=foo", "postgresql:///x?host=/nope/socket"])("is not asked where %s names no host", async (text) => {
    const [database] = reportOf(await piped(text, ["-o", "json"])).databases;
    expect(database?.headline).toMatch(/names no host/);
    expect(JSON.stringify(database?.findings)).not.toContain("resolved");
    expect(JSON.stringify(database?.remedies)).toContain("Write the database's host into the URL");
  });
});

describe("a stack", () => {
  let stack: FakeStack;
  beforeEach(async () => {
    stack = await fakeStack();
    stack.state.deployedAt = Date.parse("2027-02-03T04:05:06Z");
  });
  afterEach(() => stack.aws.close());

  const ec2 = (operation: string, inner: string): Answer => ({
    xml: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${operation}Response>`,
  });
  const rule = (peer: string): string =>
    `<item><ipProtocol>tcp</ipProtocol><fromPort>9</fromPort><toPort>9</toPort>${peer}</item>`;

  /** Both functions have the same URL and run in a VPC; the database's group admits whom `admitted` names. */
  const urlVariables: Readonly<Record<string, string>> = {
    DATABASE_URL: `postgresql://app:${password}@db.example.com:9/orders?sslmode=require&hostaddr=127.0.0.1`,
  };
  function inVpc(admitted: string, denied: readonly string[] = [], variables = urlVariables): void {
    stack.state.fault = ({ operation, url, body }) => {
      if (denied.includes(operation)) return xmlError("UnauthorizedOperation", "You are not authorized.", 403);
      switch (operation) {
        case "GetFunction": {
          const name = decodeURIComponent(url.pathname).split("/").at(-1) ?? "";
          return {
            json: {
              Configuration: {
                FunctionName: name,
                FunctionArn: `arn:aws:lambda:eu-north-1:444455556666:function:${name}`,
                Version: "$LATEST",
                PackageType: "Image",
                Architectures: ["arm64"],
                Role: "arn:aws:iam::444455556666:role/orders",
                LastModified: "2027-02-03T04:05:06.000+0000",
                State: "Active",
                LastUpdateStatus: "Successful",
                Environment: { Variables: variables },
                VpcConfig: { VpcId: "vpc-1", SubnetIds: ["subnet-a"], SecurityGroupIds: ["sg-fn"] },
              },
              Code: { ImageUri: "x" },
              Concurrency: { ReservedConcurrentExecutions: 7 },
            },
          };
        }
        case "DescribeSubnets":
          return ec2(
            operation,
            "<subnetSet><item><subnetId>subnet-a</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.1.0/24</cidrBlock></item></subnetSet>",
          );
        case "DescribeRouteTables":
          return ec2(
            operation,
            "<routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><main>true</main></item></associationSet><routeSet><item><destinationCidrBlock>127.0.0.0/8</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item></routeSet></item></routeTableSet>",
          );
        case "DescribeSecurityGroups":
          return ec2(
            operation,
            `<securityGroupInfo><item>${
              body.includes("sg-fn")
                ? `<groupId>sg-fn</groupId><ipPermissionsEgress>${rule("<ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>")}</ipPermissionsEgress>`
                : `<groupId>sg-db</groupId><ipPermissions>${rule(`<groups><item><groupId>${admitted}</groupId></item></groups>`)}</ipPermissions>`
            }</item></securityGroupInfo>`,
          );
        case "DescribeNetworkInterfaces":
          return ec2(
            operation,
            "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><vpcId>vpc-1</vpcId><subnetId>subnet-d</subnetId><groupSet><item><groupId>sg-db</groupId></item></groupSet></item></networkInterfaceSet>",
          );
        case "GetSecretValue": {
          const secret = JSON.stringify({ username: "app", password });
          return { json: { ARN: "arn:secret", Name: "orders/db", SecretString: secret } };
        }
        case "GetAccountSettings":
          return { json: { AccountLimit: { ConcurrentExecutions: 100, UnreservedConcurrentExecutions: 86 } } };
        default:
          return undefined;
      }
    };
  }

  const run = (...args: string[]): Promise<CliResult> => check(["--stack", "orders", ...args], stack.env);

  it("in a VPC: the database's group that does not admit the functions' is the cause, with its remedy", async () => {
    inVpc("sg-other");
    const { exitCode, stdout, stderr } = await run();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^cscp: orders · eu-north-1 · account 444455556666 as release-bot · 2 functions\n$/);
    expect(stdout).toMatch(/^✗ The functions' network does not let them reach db\.example\.com:9 +connect-timeout\n/);
    expect(stdout).toContain("✓ route: From its subnet: 127.0.0.1 is inside the VPC.");
    expect(stdout).toContain("✓ outbound: sg-fn lets the function out to port 9.");
    expect(stdout).toMatch(/✗ inbound: No rule of sg-db, the database's security group, admits sg-fn on port 9\./);
    expect(stdout.replaceAll(/\\\n\s+/g, "")).toContain(
      "aws ec2 authorize-security-group-ingress --group-id sg-db --protocol tcp --port 9 --source-group sg-fn --region eu-north-1",
    );
    expect(leaksIn(stdout + stderr, [password])).toEqual([]);
  });

  it("in a VPC whose rules admit the functions: what fails from here proves nothing, and is said so", async () => {
    inVpc("sg-fn");
    const answer = await run("-o", "json");
    expect(answer.exitCode).toBe(3);
    const report = reportOf(answer);
    expect(report.verdict).toBe("unknown");
    expect(report.databases).toHaveLength(1);
    expect(report.databases[0]).toMatchObject({
      functions: ["ListOrders", "RenderInvoice"],
      verdict: "unknown",
      headline: "Whether the functions reach db.example.com:9 cannot be told from this machine",
    });
    expect(report.databases[0]?.network[0]?.aspects.map(({ verdict }) => verdict)).toEqual(["open", "open", "open"]);
    expect(report.databases[0]?.findings).toContainEqual(
      expect.objectContaining({ code: "connect", severity: "warning", message: expect.stringContaining("in a VPC") }),
    );
  });

  it.each([
    [
      ["DescribeSubnets", "DescribeNetworkInterfaces"],
      ["route unknown", "outbound open", "inbound unknown"],
    ],
    [["DescribeRouteTables"], ["route unknown", "outbound open", "inbound open"]],
    [["DescribeSecurityGroups"], ["route open", "outbound unknown", "inbound unknown"]],
  ])("without the right to %s: that evidence alone is missing, with its action", async (gone, aspects) => {
    inVpc("sg-fn", gone);
    const report = reportOf(await run("-o", "json", "--function", "ListOrders"));
    expect(report.databases[0]?.functions).toEqual(["ListOrders"]);
    expect(report.databases[0]?.network[0]?.aspects.map(({ aspect, verdict }) => `${aspect} ${verdict}`)).toEqual(
      aspects,
    );
    // The functions' groups and the database's are two pieces of evidence of one action.
    const lacking = new Set(report.incomplete.flatMap(({ action = [] }) => action));
    expect([...lacking]).toEqual(gone.map((what) => `ec2:${what}`));
  });

  it("of which one function is asked about: nothing is said of the others, and verified is by the same command", async () => {
    inVpc("sg-other");
    const { stdout, exitCode } = await run("--function", "RenderInvoice");
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain("ListOrders");
    expect(stdout.replaceAll(/\\\n\s+/g, "")).toContain(
      "cscp db check --stack orders --function RenderInvoice --region eu-north-1",
    );
    expect(stdout).not.toContain("cscp doctor");
  });

  it.each([
    { DB_HOST: "127.0.0.1", DB_PORT: "9", DB_USER: "app", DB_PASSWORD: password, DB_NAME: "orders" },
    {
      DB_HOST: "127.0.0.1",
      DB_PORT: "9",
      DB_NAME: "orders",
      DB_SECRET_ARN: "arn:aws:secretsmanager:eu-north-1:444455556666:secret:orders/db",
    },
    {
      DB_HOST: "127.0.0.1",
      DB_PORT: "9",
      DB_NAME: "orders",
      DB_CREDENTIALS_ARN: "arn:aws:secretsmanager:eu-north-1:444455556666:secret:orders/db",
    },
  ])("whose functions have the parts of a URL only is connected by them: %j", async (variables) => {
    inVpc("sg-fn", [], variables as unknown as Readonly<Record<string, string>>);
    const answer = await run("-o", "json");
    const [database] = reportOf(answer).databases;
    expect(database).toMatchObject({
      name: "127.0.0.1:9",
      functions: ["ListOrders", "RenderInvoice"],
      stages: [{ stage: "resolve" }, { stage: "connect", ok: false, code: "ECONNREFUSED" }],
    });
    expect(answer.stdout).not.toMatch(/has no database URL|is not set/);
    expect(leaksIn(answer.stdout + answer.stderr, [password])).toEqual([]);
  });

  it("asks for nothing that iam-policy --for db leaves out", async () => {
    inVpc("sg-fn");
    const policy = await cscp(["iam-policy", "--for", "db", "--region", "eu-north-1"], stack.env, folder);
    const { Statement: statements } = JSON.parse(policy.stdout) as { Statement: { Action: string | string[] }[] };
    const allowed = new Set(statements.flatMap(({ Action }) => Action).map((action) => action.split(":")[1]));
    const before = stack.aws.calls.length;
    await run();
    // What API Gateway calls reading is one action for all of it.
    const asked = new Set(
      stack.aws.calls
        .slice(before)
        .map(({ operation }) => operation.replace(/^Get(?:RestApi|Stages|Resources)$/, "GET")),
    );
    expect([...asked].filter((operation) => !allowed.has(operation))).toEqual([]);
    expect(asked.size).toBeGreaterThan(8);
  });

  it("that has no such function says which there are", async () => {
    const { exitCode, stderr } = await run("--function", "ListOrder");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/The stack has no function ListOrder\.\n {2}→ .*ListOrders/);
  });
});
