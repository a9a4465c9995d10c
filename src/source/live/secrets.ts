import type { Value } from "../../core/secret.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { callerKey, callerSecret, secretValue, ssmParameter } from "../../facts/requests/secrets.ts";
import { urlFromFields } from "../../postgres/composed-url.ts";
import { readTextFile } from "../files.ts";
import { classifyValue, sealValue, toValue } from "../classify-value.ts";
import { factsOf, kindOf } from "../errors.ts";
import type { Vault } from "../vault.ts";
import { answered, isoOf, present, required, type LiveContext } from "./context.ts";

export function answerSsmParameter(context: LiveContext): Answer<typeof ssmParameter> {
  const { aws, vault } = context;
  const action = "ssm:GetParameter";
  return ({ name, version }) => {
    const asked = version === undefined ? name : `${name}:${version}`;
    return answered<BodyOf<typeof ssmParameter>>(
      context,
      action,
      "SSM",
      async () => {
        const { sdk, client } = await aws.ssm();
        const { Parameter } = await aws.send(action, "ssm", (options) =>
          client.send(new sdk.GetParameterCommand({ Name: asked, WithDecryption: true }), options),
        );
        const { Type: type = "String", ...found } = required(Parameter, "parameter");
        return {
          exists: true,
          name: found.Name ?? name,
          type,
          version: found.Version ?? 0,
          value: storedValue(vault, name, found.Value ?? "", type === "SecureString"),
          ...present({ arn: found.ARN, lastModified: isoOf(found.LastModifiedDate) }),
        };
      },
      (error) => {
        if (factsOf(error).name === "ParameterVersionNotFound") {
          return { exists: false, reason: `The parameter ${name} has no version ${version ?? ""} in ${aws.region}.` };
        }
        return kindOf(error) === "missing"
          ? { exists: false, reason: `There is no parameter ${asked} in ${aws.region}.` }
          : undefined;
      },
    );
  };
}

/** What is stored encrypted is a secret, whatever it looks like; its kind is still told by name and shape. */
function storedValue(vault: Vault, name: string, text: string, encrypted: boolean): Value {
  const judged = classifyValue(name, text);
  if (judged.secret) return sealValue(vault, judged.type, text);
  return encrypted ? sealValue(vault, "value", text) : text;
}

/** Fields of a database's secret that say where it is and not how to get in. */
const readableFields =
  /^(?:engine|host|hostname|port|dbname|database|dbclusteridentifier|dbinstanceidentifier|username|user|sslmode)$/i;

export function answerSecretValue(context: LiveContext): Answer<typeof secretValue> {
  const { aws, vault } = context;
  const action = "secretsmanager:GetSecretValue";
  return ({ id, versionStage, versionId, parts = {} }) =>
    answered<BodyOf<typeof secretValue>>(
      context,
      action,
      "SECRETS_MANAGER",
      async () => {
        const { sdk, client } = await aws.secretsManager();
        const found = await aws.send(action, "secretsmanager", (options) =>
          client.send(
            new sdk.GetSecretValueCommand({ SecretId: id, VersionStage: versionStage, VersionId: versionId }),
            options,
          ),
        );
        const arn = found.ARN ?? "";
        const name = found.Name ?? id;
        const about = { exists: true, arn, name, ...present({ created: isoOf(found.CreatedDate) }) } as const;
        if (found.SecretString === undefined) {
          const bytes = Buffer.from(required(found.SecretBinary, "secret")).toString("base64");
          return { ...about, value: sealValue(vault, "value", bytes) };
        }
        const fields = jsonFields(found.SecretString);
        if (fields === undefined) return { ...about, value: storedValue(vault, name, found.SecretString, true) };
        vault.seal("value", found.SecretString);
        const values = Object.entries(fields).map(([field, text]): [string, Value] => [
          field,
          readableFields.test(field) ? toValue(vault, field, text) : storedValue(vault, field, text, true),
        ]);
        // What the secret itself says goes first.
        const more = Object.entries(parts).filter(([field]) => fields[field] === undefined);
        const url = urlFromFields({ ...fields, ...Object.fromEntries(more) });
        return {
          ...about,
          fields: Object.fromEntries(values),
          ...present({ databaseUrl: url === undefined ? undefined : sealValue(vault, "database-url", url) }),
        };
      },
      (error) => {
        if (kindOf(error) === "missing") return { exists: false, reason: `There is no secret ${id} in ${aws.region}.` };
        // A secret that is marked for deletion answers as an invalid request.
        return factsOf(error).name === "InvalidRequestException" && /deletion/i.test(factsOf(error).message)
          ? { exists: false, reason: `The secret ${id} is marked for deletion.` }
          : undefined;
      },
    );
}

/** The fields of a JSON object, their values as text; undefined for anything else. */
function jsonFields(text: string): Readonly<Record<string, string>> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  return Object.fromEntries(
    Object.entries(parsed).map(([field, value]) => [field, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** A secret that the user gave to this program by a variable of the environment; what is given there is always one. */
export function answerCallerSecret({ env, vault }: LiveContext): Answer<typeof callerSecret> {
  return ({ names }) => {
    const name = names.find((one) => (env[one] ?? "") !== "");
    return Promise.resolve({
      status: "ok",
      body:
        name === undefined
          ? { found: false }
          : { found: true, name, value: storedValue(vault, name, env[name] ?? "", true) },
    });
  };
}

/** A key is a line; nothing that is one comes near this, in bytes. */
const longestKey = 64 * 1024;

/** A key from a file or from standard input, without the line break that editors and `echo` put at its end. */
export function answerCallerKey(
  { vault }: LiveContext,
  input: (() => Promise<string>) | undefined,
): Answer<typeof callerKey> {
  return async ({ from }, how) => {
    const path = from === "file" ? how?.path : undefined;
    const text =
      from === "stdin" ? await input?.() : path === undefined ? undefined : await readTextFile(path, longestKey);
    const key = text?.replace(/\r?\n$/, "");
    const where = from === "stdin" ? "Standard input" : `The file ${path ?? ""}`;
    if (key === undefined) {
      return {
        status: "ok",
        body: { found: false, reason: `${where} holds no key: it is not there or cannot be read.` },
      };
    }
    if (key === "") return { status: "ok", body: { found: false, reason: `${where} holds no key: it is empty.` } };
    return { status: "ok", body: { found: true, value: storedValue(vault, "signing key", key, true) } };
  };
}
