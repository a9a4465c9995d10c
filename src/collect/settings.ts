import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import { isBlank, isSecret, type Value } from "../core/secret.ts";
import type { FunctionRef } from "../core/subject.ts";
import {
  databaseUrl,
  databaseUrlAccess,
  signingSecret,
  signingSecretAccess,
  type ResolvedValue,
  type RoleAccess,
  type Setting,
  type ValueOrigin,
} from "../facts/database.ts";
import { configuration } from "../facts/configuration.ts";
import { functionConfiguration, type FunctionConfiguration } from "../facts/functions.ts";
import { roleMay } from "../facts/requests/iam.ts";
import { holdsPassword, hostVariable, partsIn } from "../postgres/composed-url.ts";
import { ask } from "../facts/requests/index.ts";
import { secretValue, ssmParameter } from "../facts/requests/secrets.ts";

/** Names under which stacks keep the URL, the usual one first. */
const databaseUrlNames = ["DATABASE_URL", "POSTGRES_URL", "PG_URL", "DB_URL", "PGURL", "DATABASE_URI"] as const;
const signingSecretNames = ["HMAC_SECRET", "SIGNING_SECRET", "HMAC_KEY", "SIGNING_KEY"] as const;

// How a variable says that its value is kept elsewhere: what is put behind (or in place of the end of) its name.
const parameterSuffixes = [
  "_PARAM_NAME",
  "_PARAMETER_NAME",
  "_SSM_PARAM",
  "_SSM_PARAMETER",
  "_SSM_NAME",
  "_SSM_PATH",
  "_PARAM",
  "_PARAMETER",
] as const;
const versionSuffixes = ["_PARAM_VERSION", "_PARAMETER_VERSION", "_SSM_VERSION"] as const;
const secretSuffixes = ["_SECRET_ARN", "_SECRET_ID", "_SECRET_NAME"] as const;

export const collectDatabaseUrl = collector(databaseUrl, async (context, fn) =>
  valueAt(context, await databaseUrlPlace(context, fn), fn),
);
export const collectSigningSecret = collector(signingSecret, async (context, fn) =>
  valueAt(context, await signingSecretPlace(context, fn), fn),
);
// Whether the role may read the value is asked while the value is read.
export const collectDatabaseUrlAccess = collector(databaseUrlAccess, async (context, fn) =>
  accessTo(context, await databaseUrlPlace(context, fn), fn),
);
export const collectSigningSecretAccess = collector(signingSecretAccess, async (context, fn) =>
  accessTo(context, await signingSecretPlace(context, fn), fn),
);

type Environment = Readonly<Record<string, Value>>;

/** Where a setting of a function comes from, and what it was looked for in. */
interface Place {
  readonly configuration: FunctionConfiguration;
  readonly looked: readonly [string, ...string[]];
  readonly origin: ValueOrigin | undefined;
}

async function databaseUrlPlace(context: CollectContext, fn: FunctionRef): Promise<Fact<Place>> {
  const configured = await context.get(configuration, null);
  if (configured.state === "unreadable") return configured;
  const [first = databaseUrlNames[0], ...rest] = [...configured.value.databaseUrlVariables, ...databaseUrlNames];
  return place(context, fn, [first, ...rest], true);
}

const signingSecretPlace = (context: CollectContext, fn: FunctionRef): Promise<Fact<Place>> =>
  place(context, fn, signingSecretNames, false);

async function place(
  context: CollectContext,
  fn: FunctionRef,
  looked: readonly [string, ...string[]],
  withPgVariables: boolean,
): Promise<Fact<Place>> {
  const found = await context.get(functionConfiguration, fn);
  if (found.state === "unreadable") return found;
  const { environment, environmentError } = found.value;
  if (environmentError !== undefined) {
    return unreadable(
      "failed",
      `the environment of ${fn.label}`,
      `Lambda cannot decrypt the environment of ${fn.label}.`,
    );
  }
  return known({ configuration: found.value, looked, origin: originOf(environment, looked, withPgVariables) });
}

async function valueAt(context: CollectContext, at: Fact<Place>, fn: FunctionRef): Promise<Fact<Setting>> {
  if (at.state === "unreadable") return at;
  const { configuration: settings, looked, origin } = at.value;
  const { environment } = settings;
  if (origin === undefined) {
    const set = looked.find((name) => name in environment);
    const reason = set === undefined ? `${looked[0]} is not set on ${fn.label}.` : `${set} is empty on ${fn.label}.`;
    return known({ looked, value: known<ResolvedValue>({ found: false, reason }) });
  }
  return known({ looked, origin, value: await readOrigin(context, environment, origin) });
}

/** Where the value of the first of `names` comes from: itself when it is not blank, else what points elsewhere. */
export function originOf(
  environment: Environment,
  names: readonly string[],
  withPgVariables: boolean,
): ValueOrigin | undefined {
  for (const variable of names) {
    const value = environment[variable];
    if (isBlank(value)) continue;
    if (value !== undefined && !isSecret(value)) {
      if (value.startsWith("{{resolve:")) return { kind: "unresolved-reference", variable, reference: value };
    }
    return { kind: "literal", variable };
  }
  for (const name of names) {
    // HMAC_SECRET is pointed at by HMAC_SECRET_PARAM_NAME or, as often, by HMAC_PARAM_NAME.
    const stems = [name, name.replace(/_(SECRET|KEY|URL|URI)$/, "")];
    for (const stem of stems) {
      const parameter = firstSet(environment, stem, parameterSuffixes);
      if (parameter !== undefined) {
        const version = firstSet(environment, stem, versionSuffixes)?.text;
        const { variable, text } = parameter;
        return { kind: "ssm", variable, name: text, ...(version === undefined ? {} : { version }) };
      }
      const secret = firstSet(environment, stem, secretSuffixes);
      if (secret !== undefined) return { kind: "secrets-manager", variable: secret.variable, id: secret.text };
    }
  }
  const host = withPgVariables ? hostVariable(environment) : undefined;
  if (host === undefined) return undefined;
  const pointer = holdsPassword(environment) ? undefined : Object.entries(environment).find(isSecretPointer);
  if (pointer !== undefined) return { kind: "secrets-manager", variable: pointer[0], id: String(pointer[1]) };
  return { kind: "pg-variables", variable: host };
}

/** With RDS's own secret the host stands in the environment, and user and password in the secret that a variable names. */
function isSecretPointer([name, text]: readonly [string, Value]): boolean {
  if (typeof text !== "string" || !/(?:SECRET|CREDENTIALS?|PASSWORD)(?:_?(?:ARN|ID|NAME))?$/.test(name)) return false;
  return /^arn:[\w-]+:secretsmanager:/.test(text) || (/(?:ARN|ID|NAME)$/.test(name) && /^[\w/+=.@!-]+$/.test(text));
}

function firstSet(
  environment: Environment,
  stem: string,
  suffixes: readonly string[],
): { variable: string; text: string } | undefined {
  for (const suffix of suffixes) {
    const variable = `${stem}${suffix}`;
    const text = environment[variable];
    if (typeof text === "string" && text.trim() !== "") return { variable, text: text.trim() };
  }
  return undefined;
}

async function readOrigin(
  context: CollectContext,
  environment: Environment,
  origin: ValueOrigin,
): Promise<Fact<ResolvedValue>> {
  switch (origin.kind) {
    case "literal":
    case "pg-variables":
      return known({ found: true, value: environment[origin.variable] ?? "" });
    case "unresolved-reference":
      return known({ found: false, reason: `${origin.variable} holds ${origin.reference} as text.` });
    case "ssm": {
      const { name, version } = origin;
      const reply = await ask(context, ssmParameter, { name, ...(version === undefined ? {} : { version }) });
      if (reply.status !== "ok") return unreadableReply(reply, `the SSM parameter ${name}`);
      if (!reply.body.exists) return known({ found: false, reason: reply.body.reason });
      const { value, version: number, lastModified } = reply.body;
      return known({ found: true, value, version: number, ...(lastModified === undefined ? {} : { lastModified }) });
    }
    case "secrets-manager": {
      const parts = partsIn(environment);
      const reply = await ask(context, secretValue, { id: origin.id, ...(parts === undefined ? {} : { parts }) });
      if (reply.status !== "ok") return unreadableReply(reply, `the secret ${origin.id}`);
      if (!reply.body.exists) return known({ found: false, reason: reply.body.reason });
      const { value, fields, databaseUrl: composed, created } = reply.body;
      const version = created === undefined ? {} : { lastModified: created };
      const field = fields === undefined ? undefined : urlField(fields);
      const found = value ?? field;
      if (found === undefined && composed !== undefined)
        return known({ found: true, value: composed, ...version, composed: true });
      return known(
        found === undefined
          ? { found: false, reason: `The secret ${origin.id} holds neither a URL nor all that makes one.` }
          : { found: true, value: found, ...version },
      );
    }
  }
}

/** Of a JSON secret the field that holds the whole value. */
function urlField(fields: Readonly<Record<string, Value>>): Value | undefined {
  const named = Object.keys(fields).find((name) =>
    /^(database_?url|url|uri|dsn|connection_?string|value|secret)$/i.test(name),
  );
  return named === undefined ? undefined : fields[named];
}

/** Asks IAM whether the function's role may read what the setting rests on. */
async function accessTo(context: CollectContext, at: Fact<Place>, fn: FunctionRef): Promise<Fact<RoleAccess>> {
  if (at.state === "unreadable") return at;
  const { role, arn } = at.value.configuration;
  const target = accessTarget(at.value.origin, arn);
  if (target === undefined) return known({ needed: false });
  const { action, resource } = target;
  const reply = await ask(context, roleMay, { role, action, resource });
  if (reply.status !== "ok") return unreadableReply(reply, `whether the role of ${fn.label} has ${action}`);
  const { decision } = reply.body;
  return known({ needed: true, allowed: decision === "allowed", action, resource, role, decision });
}

/** The action and resource that reading a value at run time takes, in the function's own account and region. */
export function accessTarget(
  origin: ValueOrigin | undefined,
  functionArn: string,
): { action: string; resource: string } | undefined {
  const [, partition = "aws", , region = "", account = ""] = functionArn.split(":");
  switch (origin?.kind) {
    case "ssm": {
      const resource = origin.name.startsWith("arn:")
        ? origin.name
        : `arn:${partition}:ssm:${region}:${account}:parameter/${origin.name.replace(/^\//, "")}`;
      return { action: "ssm:GetParameter", resource };
    }
    case "secrets-manager": {
      // A secret's ARN ends in six random characters that its name does not show.
      const resource = origin.id.startsWith("arn:")
        ? origin.id
        : `arn:${partition}:secretsmanager:${region}:${account}:secret:${origin.id}-??????`;
      return { action: "secretsmanager:GetSecretValue", resource };
    }
    case "literal":
    case "pg-variables":
    case "unresolved-reference":
    case undefined:
      return undefined;
  }
}
