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
import { functionConfiguration } from "../facts/functions.ts";
import { roleMay } from "../facts/requests/iam.ts";
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

export const collectDatabaseUrl = collector(databaseUrl, async (context, fn) => {
  const configured = await context.get(configuration, null);
  if (configured.state === "unreadable") return configured;
  const [first = databaseUrlNames[0], ...rest] = [...configured.value.databaseUrlVariables, ...databaseUrlNames];
  return collectSetting(context, fn, [first, ...rest], true);
});
export const collectSigningSecret = collector(signingSecret, (context, fn) =>
  collectSetting(context, fn, signingSecretNames, false),
);
export const collectDatabaseUrlAccess = collector(databaseUrlAccess, async (context, fn) => {
  const setting = await context.get(databaseUrl, fn);
  return setting.state === "unreadable" ? setting : collectAccess(context, fn, setting.value);
});
export const collectSigningSecretAccess = collector(signingSecretAccess, async (context, fn) => {
  const setting = await context.get(signingSecret, fn);
  return setting.state === "unreadable" ? setting : collectAccess(context, fn, setting.value);
});

type Environment = Readonly<Record<string, Value>>;

async function collectSetting(
  context: CollectContext,
  fn: FunctionRef,
  names: readonly [string, ...string[]],
  withPgVariables: boolean,
): Promise<Fact<Setting>> {
  const configuration = await context.get(functionConfiguration, fn);
  if (configuration.state === "unreadable") return configuration;
  const { environment, environmentError } = configuration.value;
  if (environmentError !== undefined) {
    return unreadable(
      "failed",
      `the environment of ${fn.label}`,
      `Lambda cannot decrypt the environment of ${fn.label}.`,
    );
  }
  const origin = originOf(environment, names, withPgVariables);
  if (origin === undefined) {
    const set = names.find((name) => name in environment);
    const reason = set === undefined ? `${names[0]} is not set on ${fn.label}.` : `${set} is empty on ${fn.label}.`;
    return known({ looked: names, value: known<ResolvedValue>({ found: false, reason }) });
  }
  return known({ looked: names, origin, value: await readOrigin(context, environment, origin) });
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
  return withPgVariables && !isBlank(environment["PGHOST"]) ? { kind: "pg-variables", variable: "PGHOST" } : undefined;
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
      return known({ found: true, value: reply.body.value, version: reply.body.version });
    }
    case "secrets-manager": {
      const reply = await ask(context, secretValue, { id: origin.id });
      if (reply.status !== "ok") return unreadableReply(reply, `the secret ${origin.id}`);
      if (!reply.body.exists) return known({ found: false, reason: reply.body.reason });
      const { value, fields } = reply.body;
      const field = fields === undefined ? undefined : urlField(fields);
      const found = value ?? field;
      return known(
        found === undefined
          ? { found: false, reason: `The secret ${origin.id} holds no text.` }
          : { found: true, value: found },
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
async function collectAccess(context: CollectContext, fn: FunctionRef, setting: Setting): Promise<Fact<RoleAccess>> {
  const configuration = await context.get(functionConfiguration, fn);
  if (configuration.state === "unreadable") return configuration;
  const { role, arn } = configuration.value;
  const target = accessTarget(setting.origin, arn);
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
