// Putting a value where the functions read it: an environment variable, a stack parameter, SSM or Secrets Manager.
import type { Remedy, View } from "../../core/cause.ts";
import { isSecret } from "../../core/secret.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { databaseUrl, signingSecret, type Setting, type ValueOrigin } from "../../facts/database.ts";
import { functionConfiguration } from "../../facts/functions.ts";
import { stack } from "../../facts/stack.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { buildAndDeploy, updateStackParameter, type ParameterFrom } from "./deploy.ts";
import { readVariable, restart, setVariables } from "./environment.ts";
import { groupBy } from "./groups.ts";
import { aws, type Place } from "./place.ts";
import { fixedVersionRemark, remedy } from "./remedies.ts";
import { fromVariable, quote } from "./shell.ts";
import { sentences } from "./text.ts";

/** Which setting, under which shell variable its right value is given, and what that value is. */
export interface SettingKind {
  readonly handle: typeof databaseUrl;
  readonly shell: string;
  readonly noun: string;
  readonly described: string;
}

export const urlSetting: SettingKind = {
  handle: databaseUrl,
  shell: "DATABASE_URL",
  noun: "database URL",
  described: "the whole database URL, postgresql://<USER>:<PASSWORD>@<HOST>/<DATABASE>?sslmode=require",
};

export const keySetting: SettingKind = {
  handle: signingSecret,
  shell: "HMAC_SECRET",
  noun: "signing key",
  described: "the key that callers sign with",
};

/** Functions whose setting comes from the same place, by the same name. */
interface SettingGroup {
  readonly functions: readonly [FunctionRef, ...FunctionRef[]];
  readonly setting: Setting;
}

/** Groups functions by where a setting of theirs comes from; those whose setting is unreadable are left out. */
export async function settingGroups(
  view: View,
  kind: SettingKind,
  functions: readonly FunctionRef[],
): Promise<readonly SettingGroup[]> {
  const pairs = await Promise.all(functions.map(async (fn) => ({ fn, setting: await view.value(kind.handle, fn) })));
  const read = pairs.flatMap(({ fn, setting }) => (setting === undefined ? [] : [{ fn, setting }]));
  return groupBy(read, ({ setting }) => JSON.stringify([setting.origin, fingerprintOf(setting)])).map(
    ([first, ...rest]) => ({
      functions: [first.fn, ...rest.map(({ fn }) => fn)],
      setting: first.setting,
    }),
  );
}

function fingerprintOf({ value }: Setting): string {
  if (value.state === "unreadable" || !value.value.found || !isSecret(value.value.value)) return "";
  return value.value.value.$secret.fingerprint;
}

/** What may be known of the database URL that a setting holds. */
export function shapeOf({ value }: Setting): DatabaseUrlShape | undefined {
  if (value.state === "unreadable" || !value.value.found || !isSecret(value.value.value)) return undefined;
  // The vault makes the shape by the same parser; a recording only carries it.
  return value.value.value.$secret.shape as unknown as DatabaseUrlShape | undefined;
}

/** Where a value comes from, as the end of a sentence. */
export function originText(origin: ValueOrigin | undefined, variable: string): string {
  switch (origin?.kind) {
    case "ssm":
      return `the SSM parameter ${origin.name}${origin.version === undefined ? "" : `, version ${origin.version}`}`;
    case "secrets-manager":
      return `the secret ${origin.id}`;
    case "literal":
    case "unresolved-reference":
      return `the variable ${origin.variable}`;
    case "pg-variables":
      return `the variables ${origin.variable} and so on`;
    case undefined:
      return `the variable ${variable}`;
  }
}

interface WriteOptions {
  /** A filter (sed) that turns the present value into the right one: then nobody needs to know it. */
  readonly filter?: string;
  /** What the remedy is for, as a title; each kind has its own otherwise. */
  readonly title?: string;
  readonly advice?: string;
}

/** The remedies that put a setting right: at once, and in the project so that the next deploy keeps it. */
export async function writeSetting(
  view: View,
  place: Place,
  kind: SettingKind,
  functions: readonly FunctionRef[],
  options: WriteOptions = {},
): Promise<readonly Remedy[]> {
  const groups = await settingGroups(view, kind, functions);
  const remedies: Remedy[] = [];
  for (const group of groups) remedies.push(...(await writeGroup(view, place, kind, group, options)));
  return remedies;
}

async function writeGroup(
  view: View,
  place: Place,
  kind: SettingKind,
  group: SettingGroup,
  options: WriteOptions,
): Promise<readonly Remedy[]> {
  const { origin, looked } = group.setting;
  switch (origin?.kind) {
    case "ssm":
      return writeParameter(view, place, kind, group, origin, options);
    case "secrets-manager":
      return [writeSecret(place, kind, group, origin.id, options)];
    case "literal":
    case "unresolved-reference":
      return writeVariable(view, place, kind, group, origin.variable, options);
    case "pg-variables":
      return [
        remedy("now", `Put the ${kind.noun} right.`, [], {
          advice: `The connection is set by ${origin.variable} and its like for port, user, password and database; correct the one at fault.`,
        }),
      ];
    case undefined:
      return writeVariable(view, place, kind, group, looked[0], options);
  }
}

async function writeVariable(
  view: View,
  place: Place,
  kind: SettingKind,
  { functions }: SettingGroup,
  variable: string,
  { filter, title, advice }: WriteOptions,
): Promise<readonly Remedy[]> {
  const { shell, noun, described } = kind;
  const [first] = functions;
  const variables = filter === undefined ? { [shell]: described } : undefined;
  const before = filter === undefined ? [] : [readVariable(place, shell, first.functionName, variable, filter)];
  const now = remedy(
    "now",
    title ?? `Set ${variable} on the functions; their other variables stay as they are.`,
    [...before, ...setVariables(place, functions, { [variable]: shell }, await withoutVariables(view, functions))],
    {
      variables,
      advice: sentences(advice, fixedVersionRemark(functions)),
    },
  );
  const parameter = parameterBehind(place, functions, variable);
  if (parameter === undefined) {
    const written = writtenOut(place, functions, variable);
    const text =
      written === undefined
        ? `The template does not take ${variable} from a parameter; put the ${noun} where it does take it from, or the next deploy undoes this.`
        : `${written} writes ${variable} out: put the right value there, better by a parameter with NoEcho, or the next deploy undoes this.`;
    return place.template === undefined
      ? [now]
      : [now, remedy("for-good", "Keep it over the next deploy.", [], { advice: text })];
  }
  // The filters leave a right value as it is: the same line serves before and after the first remedy.
  return [now, await deployParameter(view, place, { name: parameter, variable: shell, described }, before)];
}

/** Where the project's template writes out a variable of these functions by itself: its file and line. */
function writtenOut({ project }: Place, functions: readonly FunctionRef[], variable: string): string | undefined {
  const owners = project?.template?.parsed.functions.filter((one) => functions.some(({ id }) => id === one.logicalId));
  const line = owners?.map(({ writtenAt }) => writtenAt?.[variable]).find((one) => one !== undefined);
  return line === undefined ? undefined : `${project?.template?.path ?? "The template"}:${line}`;
}

/**
 * Those of which it was read that they have no environment variables. One that could not be read may have some, and so
 * may what was deployed last where callers are sent to another version.
 */
async function withoutVariables(view: View, functions: readonly FunctionRef[]): Promise<ReadonlySet<FunctionRef>> {
  const bare = new Set<FunctionRef>();
  for (const fn of functions.filter(({ qualifier }) => (qualifier ?? "$LATEST") === "$LATEST")) {
    const read = await view.value(functionConfiguration, fn);
    if (read?.environmentError === undefined && Object.keys(read?.environment ?? { unread: "" }).length === 0)
      bare.add(fn);
  }
  return bare;
}

/** The stack parameter that fills a variable of these functions, by the template. */
export function parameterBehind(
  { template }: Place,
  functions: readonly FunctionRef[],
  variable: string,
): string | undefined {
  const owners = template?.functions.filter(({ logicalId }) => functions.some((fn) => fn.id === logicalId)) ?? [];
  return owners.map(({ parameterOf }) => parameterOf[variable]).find((name) => name !== undefined);
}

const keepsValue = ({ name }: ParameterFrom): string =>
  `Give the stack's parameter ${name} the same value; later deploys keep it.`;

/** Gives the stack's parameter the value for good, from the project where there is one. */
async function deployParameter(
  view: View,
  place: Place,
  parameter: ParameterFrom,
  before: readonly string[] = [],
): Promise<Remedy> {
  const variables = before.length === 0 ? { [parameter.variable]: parameter.described } : {};
  const described = await view.value(stack, null);
  if (place.project?.template === undefined && described !== undefined) {
    return remedy(
      "for-good",
      keepsValue(parameter),
      [...before, ...updateStackParameter(place, described, parameter)],
      { variables },
    );
  }
  const plan = buildAndDeploy(place, parameter);
  const { [parameter.variable]: own, ...others } = plan.variables;
  const left = before.length === 0 && own !== undefined ? { ...others, [parameter.variable]: own } : others;
  return remedy("for-good", keepsValue(parameter), [...before, ...plan.commands], {
    variables: left,
    advice: plan.advice,
  });
}

async function writeParameter(
  view: View,
  place: Place,
  kind: SettingKind,
  { functions }: SettingGroup,
  origin: Extract<ValueOrigin, { kind: "ssm" }>,
  { filter, title, advice }: WriteOptions,
): Promise<readonly Remedy[]> {
  const { shell, described } = kind;
  const name = quote(origin.name);
  const get = aws(place, `ssm get-parameter --name ${name} --with-decryption --query Parameter.Value --output text`);
  const put = aws(
    place,
    `ssm put-parameter --name ${name} --type SecureString --value ${fromVariable(shell)} --overwrite --query Version --output text`,
  );
  const before = filter === undefined ? [] : [`${shell}=$(${get} | ${filter})`];
  const variables = filter === undefined ? { [shell]: described } : undefined;
  const what = title ?? `Write the SSM parameter ${origin.name}, which the functions then read afresh.`;
  const pinned = origin.version === undefined ? undefined : await versionVariable(view, functions, origin.version);
  if (pinned === undefined) {
    const text = sentences(advice, fixedVersionRemark(functions));
    return [remedy("now", what, [...before, put, ...restart(place, functions)], { variables, advice: text })];
  }
  const commands = [
    ...before,
    `PARAMETER_VERSION=$(${put})`,
    ...setVariables(place, functions, { [pinned]: "PARAMETER_VERSION" }),
  ];
  const pinnedText = `The functions ask for version ${origin.version} by ${pinned}; the new value is a new version.`;
  const now = remedy("now", what, commands, {
    variables,
    advice: sentences(advice, pinnedText, fixedVersionRemark(functions)),
  });
  const parameter = parameterBehind(place, functions, pinned);
  if (parameter === undefined) return [now];
  const newest = aws(place, `ssm get-parameter --name ${name} --query Parameter.Version --output text`);
  const given = { name: parameter, variable: "PARAMETER_VERSION", described: "the parameter's newest version" };
  return [now, await deployParameter(view, place, given, [`PARAMETER_VERSION=$(${newest})`])];
}

/** The environment variable that pins the version of a parameter. */
async function versionVariable(
  view: View,
  functions: readonly FunctionRef[],
  version: string,
): Promise<string | undefined> {
  for (const fn of functions) {
    const environment = (await view.value(functionConfiguration, fn))?.environment ?? {};
    const found = Object.entries(environment).find(([name, value]) => name.endsWith("_VERSION") && value === version);
    if (found !== undefined) return found[0];
  }
  return undefined;
}

function writeSecret(
  place: Place,
  { shell, described, noun }: SettingKind,
  { functions, setting }: SettingGroup,
  id: string,
  { title, advice }: WriteOptions,
): Remedy {
  const missing = setting.value.state === "known" && !setting.value.value.found;
  const put = missing
    ? `secretsmanager create-secret --name ${quote(id)} --secret-string ${fromVariable(shell)} --query ARN --output text`
    : `secretsmanager put-secret-value --secret-id ${quote(id)} --secret-string ${fromVariable(shell)} --query VersionId --output text`;
  const json = missing ? "" : `Where the secret is a JSON document, give the whole document with the ${noun} in it.`;
  return remedy(
    "now",
    title ?? `Write the secret ${id}; the functions then read it afresh.`,
    [aws(place, put), ...restart(place, functions)],
    {
      variables: { [shell]: described },
      advice: sentences(advice, json, fixedVersionRemark(functions)),
    },
  );
}
