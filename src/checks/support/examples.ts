// What the checks' examples are made of: one stack as it is found in the field, whole and in order unless an example says otherwise.
import { known, unreadable, type Fact, type Known, type Unreadable } from "../../core/fact.ts";
import type { JsonValue } from "../../core/json.ts";
import type { SecretToken, SecretType } from "../../core/secret.ts";
import { layerRef, type FunctionRef, type LayerRef, type Subject, type ToolRef } from "../../core/subject.ts";
import type {
  DatabaseRef,
  DatabaseUse,
  ResolvedValue,
  RoleAccess,
  Setting,
  ValueOrigin,
} from "../../facts/database.ts";
import type { FunctionConfiguration } from "../../facts/functions.ts";
import { inventoryVersion, type Inventory, type SourceFact } from "../../facts/inventory.ts";
import type { ImportPrediction } from "../../facts/packages.ts";
import { analyseDatabaseUrl } from "../../postgres/url.ts";

const place = "ap-southeast-1:111122223333";

export const exampleStack: Subject = { kind: "stack", id: "cs-copilot-backend", label: "cs-copilot-backend" };

export function exampleFunction(name = "GetCustomerUsage", qualifier?: string): FunctionRef {
  const functionName = `cs-copilot-backend-${name}-1A2B3C4D`;
  return { kind: "function", id: name, label: name, functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

export function exampleLayer(version: number, name = "cs-copilot-common", account = "111122223333"): LayerRef {
  const arn = `arn:aws:lambda:ap-southeast-1:${account}:layer:${name}:${version}`;
  const layer = layerRef(arn);
  if (layer === undefined) throw new Error(`${arn} is no layer version's ARN.`);
  return layer;
}

export function exampleTool(name = "get_customer_usage", functionId = "GetCustomerUsage"): ToolRef {
  return { kind: "tool", id: name, label: name, method: "POST", path: `/${name}`, functionId };
}

export function exampleDatabase(...functionIds: string[]): DatabaseRef {
  const [first = "GetCustomerUsage"] = functionIds;
  return { kind: "database", id: "5f0c81d2a9be", label: `the database of ${first}`, functionIds };
}

/** A function's configuration, with what the example changes. */
export function exampleConfiguration(changes: Partial<FunctionConfiguration> = {}): FunctionConfiguration {
  const { functionName } = exampleFunction();
  return {
    exists: true,
    name: functionName,
    arn: `arn:aws:lambda:${place}:function:${functionName}`,
    version: "$LATEST",
    packageType: "Zip",
    runtime: "python3.12",
    handler: "tools/get_customer_usage/handler.handler",
    architecture: "x86_64",
    role: "arn:aws:iam::111122223333:role/cs-copilot-backend-GetCustomerUsageRole-5E6F",
    timeoutSeconds: 10,
    memoryMb: 256,
    lastModified: "2026-11-20T10:02:11.000Z",
    codeSha256: "pZ9RnpvWcUYfjJvOrRsPlSxVuG5Ct7kJ7B2kGm8dYfE=",
    codeSize: 20_480,
    environment: {},
    layers: [{ arn: exampleLayer(8).id, codeSize: 1_048_576 }],
    state: "Active",
    lastUpdateStatus: "Successful",
    logGroup: `/aws/lambda/${functionName}`,
    logFormat: "Text",
    ...changes,
  };
}

export function exampleToken(type: SecretType, changes: Partial<SecretToken["$secret"]> = {}): SecretToken {
  return { $secret: { type, fingerprint: "a1b2c3d4e5f6", length: 40, blank: false, ...changes } };
}

/** The token that stands for a database URL, its shape as the source would have found it. */
export function urlToken(url: string, fingerprint = "5f0c81d2a9be"): SecretToken {
  const shape = JSON.parse(JSON.stringify(analyseDatabaseUrl(url))) as JsonValue;
  return exampleToken("database-url", { fingerprint, length: url.length, blank: url.trim() === "", shape });
}

export const usesDatabase: DatabaseUse = {
  uses: true,
  because: "GetCustomerUsage imports pg8000.dbapi (_shared/db.py:5).",
  driver: { name: "pg8000", version: "1.30.5" },
};
export const usesNoDatabase: DatabaseUse = { uses: false, because: "GenerateEmail imports no Postgres driver." };

/** A setting whose value the caller could read. */
export function settingOf(origin: ValueOrigin | undefined, value: ResolvedValue): Setting {
  return settingWith(origin, known(value));
}

export function settingWith(origin: ValueOrigin | undefined, value: Fact<ResolvedValue>): Setting {
  return { looked: ["DATABASE_URL", "POSTGRES_URL"], ...(origin === undefined ? {} : { origin }), value };
}

/** DATABASE_URL with this text on the function itself. */
export function literalUrl(url: string): Setting {
  return settingOf({ kind: "literal", variable: "DATABASE_URL" }, { found: true, value: urlToken(url) });
}

export const parameterOrigin = {
  kind: "ssm",
  variable: "DATABASE_URL_PARAM_NAME",
  name: "/cs-copilot/database-url",
  version: "3",
} as const satisfies ValueOrigin;

export const secretOrigin = {
  kind: "secrets-manager",
  variable: "DATABASE_URL_SECRET_ARN",
  id: "cs-copilot/database",
} as const satisfies ValueOrigin;

/** What the function's role may do with a parameter. */
export function parameterAccess(decision: "allowed" | "implicitDeny" | "explicitDeny"): Known<RoleAccess> {
  return known({
    needed: true,
    allowed: decision === "allowed",
    action: "ssm:GetParameter",
    resource: `arn:aws:ssm:${place}:parameter/cs-copilot/database-url`,
    role: exampleConfiguration().role,
    decision,
  });
}

/** The value is on the function itself, so that its role needs nothing. */
export const noAccessNeeded: Known<RoleAccess> = known({ needed: false });

export const goodUrl =
  "postgresql://app:example@ep-cool-leaf-a1b2c3d4-pooler.ap-southeast-1.aws.neon.tech/copilot?sslmode=require";

/** What the caller lacks the action to read. */
export function denied(what: string, action: string): Unreadable {
  return unreadable("denied", what, `ci-deploy lacks ${action}.`, action);
}

/** A package or layer with these files (path to length), native files (path to processor) and distributions (name to version). */
export function exampleInventory(holding: {
  readonly files?: Readonly<Record<string, number>>;
  readonly machines?: Readonly<Record<string, string>>;
  readonly distributions?: Readonly<Record<string, string>>;
}): Inventory {
  const machines = holding.machines ?? {};
  const sizes = { ...holding.files, ...Object.fromEntries(Object.keys(machines).map((path) => [path, 190_000])) };
  const folders: Record<string, [string, number][]> = {};
  for (const [path, size] of Object.entries(sizes)) {
    const slash = path.lastIndexOf("/");
    const folder = slash < 0 ? "" : path.slice(0, slash);
    folders[folder] = [...(folders[folder] ?? []), [path.slice(slash + 1), size]];
  }
  const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  return {
    version: inventoryVersion,
    source: "zip",
    bytes,
    unpackedBytes: bytes,
    files: Object.keys(sizes).length,
    folders,
    folderModes: {},
    problems: [],
    native: Object.fromEntries(
      Object.entries(machines).map(([path, machine]) => [
        path,
        { format: "elf", size: 190_000, bits: 64, machine, type: "shared", needed: [], versions: [], inits: [] },
      ]),
    ),
    distributions: Object.entries(holding.distributions ?? {}).map(([name, version]) => ({
      path: `python/${name}-${version}.dist-info`,
      name,
      version,
      topLevel: [name],
      requires: [],
      tags: [],
      natives: [],
    })),
    python: {},
    pth: {},
    node: { sources: {}, packages: {} },
    sourceFacts: [],
    cut: [],
    bytesRead: bytes,
  };
}

/** A handler that imports, with one call in `_shared/db.py` that connects, and what else its code is said to do. */
export function exampleSources(
  callee: string,
  keywords: readonly string[],
  ...more: readonly SourceFact[]
): Known<ImportPrediction> {
  const text = `return ${callee}(${keywords.map((name) => (name === "**" ? "**parts" : `${name}=...`)).join(", ")})`;
  const kind = callee.startsWith("sqlalchemy") ? "engine-call" : "connect-call";
  const call: SourceFact = {
    kind,
    file: "/var/task/_shared/db.py",
    line: 31,
    text,
    name: callee,
    keywords: [...keywords],
  };
  return known({ verdict: "will-import", drivers: [], sourceFacts: [call, ...more], notes: [] });
}
