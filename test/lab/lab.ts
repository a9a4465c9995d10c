import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Deployed, type Deployer, deployer, makeProject, type Project } from "./deploy.ts";
import { type Emulator, REGION, startEmulator } from "./emulator.ts";
import { type Front, startFront } from "./front.ts";
import { labRoot } from "./function-version.ts";
import { functionHost } from "./host.ts";
import { type LabPostgres, startPostgres } from "./postgres.ts";
import { copyPython, pipTarget } from "./python.ts";
import type { Credentials } from "./sigv4.ts";
import { EVERYTHING, makeUser } from "./users.ts";

export const STACK_NAME = "cs-copilot-backend";
export const LAYER_NAME = "cs-copilot-common";
export const HMAC_PARAMETER = "/cs-copilot/hmac-secret";
/** The name under which functions and the CLI reach the database; it resolves to this machine inside the lab alone. */
export const DATABASE_HOST = "db.copilot-lab.example";
const DATABASE = "copilot";
const ROLE = "copilot_app";

/** The machinery that incidents share: emulator, front, function host and database. */
export type Lab = {
  readonly emulator: Emulator;
  readonly front: Front;
  readonly postgres: LabPostgres;
  readonly deployer: Deployer;
  readonly project: Project;
  readonly databasePassword: string;
  readonly hmacSecret: string;
  /** A folder where the CLI may keep what it has read of packages, from one incident to the next. */
  readonly cache: string;
  /** The good URL with another password or other parameters. */
  readonly databaseUrl: (change?: { readonly password?: string; readonly query?: string }) => string;
  /** Writes a SecureString parameter. */
  readonly putParameter: (name: string, value: string) => Promise<void>;
  readonly deleteParameter: (name: string) => Promise<void>;
  /** Names of the log groups that start so. */
  readonly logGroups: (prefix: string) => Promise<string[]>;
  /** Empties the emulator, starts the database if it is stopped, and makes a fresh project folder. */
  readonly reset: () => Promise<void>;
  /** Ends every warm environment of a function, as Lambda does after a while. */
  readonly coolDown: () => void;
  /** Where the deployed API answers through the front. */
  readonly apiUrl: (deployed: Deployed) => string;
  /** The environment for the CLI, with the key of an IAM user: ci-deploy, who may do everything, or one with this policy. */
  readonly environment: (policy?: unknown) => Promise<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

/** Makes names resolve to this machine in the Node process that preloads it, as a line of /etc/hosts would. */
const HOSTS_PRELOAD = `"use strict";
const dns = require("node:dns");
const known = new Set(JSON.parse(process.env.CSCP_LAB_HOSTS || "[]"));
const aim = (host) => (known.has(host) ? "127.0.0.1" : host);
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(aim(host), ...rest);
const later = dns.promises.lookup;
dns.promises.lookup = (host, ...rest) => later(aim(host), ...rest);
for (const name of ["resolve4", "resolve"]) {
  const ask = dns.promises[name];
  dns.promises[name] = (host, ...rest) => (known.has(host) && (rest.length === 0 || rest[0] === "A") ? Promise.resolve(["127.0.0.1"]) : ask(host, ...rest));
}
`;

/** Puts a driver into a layer with pip, as \`make layer-pydeps\` does. */
export function layerOf(requirements: readonly string[], options: readonly string[] = []) {
  return async (layer: string) => copyPython(await pipTarget(requirements, options), layer);
}

/** What pg8000 needs is pinned as well: a newer dateutil brings a time zone database of 600 files into every package. */
const DATEUTIL = ["python-dateutil==2.9.0.post0", "six==1.17.0"];

/** pg8000 with this version of scramp, which it needs. */
export const pg8000Layer = (scramp: string) => layerOf(["pg8000==1.30.5", `scramp==${scramp}`, ...DATEUTIL]);

export const goodLayer = pg8000Layer("1.4.5");

/** Starts everything. Takes a few seconds once the packages are cached. */
export async function startLab(): Promise<Lab> {
  const folder = await mkdtemp(path.join(tmpdir(), "cscp-lab-"));
  const databasePassword = `Pw-${randomBytes(12).toString("base64url")}`;
  const hmacSecret = randomBytes(24).toString("hex");
  const sql = await Promise.all(
    ["tables.sql", "seed.sql"].map((name) => readFile(path.join(labRoot(), "stack", "db", name), "utf8")),
  );
  const packages = new Map<string, Buffer>();
  const [emulator, postgres] = await Promise.all([
    startEmulator(folder),
    startPostgres({
      role: ROLE,
      password: databasePassword,
      database: DATABASE,
      sql,
      names: [DATABASE_HOST, "localhost"],
    }),
  ]);
  const front = await startFront(emulator, packages);
  const host = functionHost({
    emulator,
    packages,
    folder,
    ca: postgres.ca,
    endpoint: front.endpoint,
    hostNames: [DATABASE_HOST],
  });
  front.useHost(host);
  await writeFile(path.join(folder, "hosts.cjs"), HOSTS_PRELOAD);
  await writeFile(path.join(folder, "ca.pem"), postgres.ca);
  const { ssm } = emulator.root;

  let users = 0;
  let administrator: Promise<Credentials> | undefined;

  const reset = async () => {
    host.reset();
    front.setRules([]);
    front.setIntegrationLimit();
    front.clearCalls();
    administrator = undefined;
    await Promise.all([emulator.reset(), postgres.start(), makeProject(path.join(folder, "project"))]);
  };

  return {
    emulator,
    front,
    postgres,
    databasePassword,
    hmacSecret,
    cache: path.join(folder, "cscp-cache"),
    reset,
    deployer: deployer(emulator, packages),
    project: await makeProject(path.join(folder, "project")),
    databaseUrl: (change = {}) => {
      const password = encodeURIComponent(change.password ?? databasePassword);
      const query = change.query ?? "sslmode=require";
      return `postgresql://${ROLE}:${password}@${DATABASE_HOST}:${postgres.port}/${DATABASE}?${query}`;
    },
    putParameter: async (Name, Value) => {
      await ssm.send(
        new PutParameterCommand({
          Name,
          Value,
          Type: "SecureString",
          Overwrite: true,
        }),
      );
    },
    deleteParameter: async (Name) => {
      await ssm.send(new DeleteParameterCommand({ Name }));
    },
    logGroups: async (logGroupNamePrefix) => {
      const { logGroups } = await emulator.root.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      return (logGroups ?? []).map((group) => group.logGroupName ?? "");
    },
    coolDown: () => host.reset(),
    apiUrl: ({ apiId, stage }) => `${front.endpoint}/_aws/execute-api/${apiId}/${stage}`,
    environment: async (policy) => {
      administrator ??= makeUser(emulator.root, "ci-deploy", EVERYTHING);
      users += 1;
      const limited = policy === undefined ? administrator : makeUser(emulator.root, `limited-${users}`, policy);
      const { accessKeyId, secretAccessKey } = await limited;
      return {
        AWS_ENDPOINT_URL: front.endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_CONFIG_FILE: path.join(folder, "no-aws-config"),
        AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "no-aws-credentials"),
        AWS_EC2_METADATA_DISABLED: "true",
        NODE_OPTIONS: `--require=${path.join(folder, "hosts.cjs")}`,
        NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem"),
        CSCP_LAB_HOSTS: JSON.stringify([DATABASE_HOST]),
      };
    },
    stop: async () => {
      host.reset();
      await front.stop();
      await Promise.all([emulator.stop(), postgres.remove()]);
      await rm(folder, {
        recursive: true,
        force: true,
      });
    },
  };
}
