// Where a remedy's commands are to work: the stack, its region, and the project that it is deployed from.
import type { Remedy, View } from "../../core/cause.ts";
import type { FunctionRef, Subject } from "../../core/subject.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../../facts/functions.ts";
import { project, type Project } from "../../facts/project.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import type { KeySource, runStart } from "../../facts/requests/run.ts";
import { run } from "../../facts/run.ts";
import { template, type Template } from "../../facts/template.ts";
import { quote } from "./shell.ts";

type RunStart = BodyOf<typeof runStart>;

export interface Place {
  readonly stack: string;
  readonly region: string | undefined;
  /** ` --region R --profile P`, as far as known. */
  readonly options: string;
  /** ` --endpoint-url U` where the user gave one: the AWS CLI and cscp itself take it behind the options. */
  readonly endpointOption: string;
  /** `AWS_ENDPOINT_URL=U ` there: what goes before a command that has no such option. */
  readonly endpointVariable: string;
  /** The command that tries everything again: the one that is running. */
  readonly again: string;
  readonly project: Project | undefined;
  /** The template as deployed, else the project's. */
  readonly template: Template | undefined;
}

export async function placeOf(view: View): Promise<Place> {
  const [at, folder, deployed] = await Promise.all([
    view.value(run, null),
    view.value(project, null),
    view.value(template, null),
  ]);
  // Where only an API was named no stack is known, and its region no more than that.
  const named = at?.stackName === "" ? undefined : at?.stackName;
  const region = at?.region === undefined || at.region === "" ? "" : ` --region ${quote(at.region)}`;
  const profile = at?.profile === undefined ? "" : ` --profile ${quote(at.profile)}`;
  const endpoint = at?.endpointUrl === undefined ? undefined : quote(at.endpointUrl);
  const endpointOption = endpoint === undefined ? "" : ` --endpoint-url ${endpoint}`;
  const stack = named ?? "<STACK-NAME>";
  const options = `${region}${profile}`;
  const command = commandOf(at);
  const url = at?.apiUrl === undefined ? "" : ` --api-url ${quote(at.apiUrl)}`;
  return {
    stack,
    region: at?.region === "" ? undefined : at?.region,
    options,
    endpointOption,
    endpointVariable: endpoint === undefined ? "" : `AWS_ENDPOINT_URL=${endpoint} `,
    again:
      at?.stackName === ""
        ? `cscp ${command.name}${url}${command.flags}`
        : `cscp ${command.name} --stack ${quote(stack)}${command.flags}${options}${endpointOption}`,
    project: folder,
    template: deployed ?? folder?.template?.parsed,
  };
}

/** The command that is running, with the flags that say what it is about. */
function commandOf(at: RunStart | undefined): { readonly name: string; readonly flags: string } {
  const flags = (name: string, list: readonly (string | undefined)[]): string =>
    list.map((text) => (text === undefined ? "" : ` --${name} ${quote(text)}`)).join("");
  const { databaseRun: database, smokeRun: smoke } = at ?? {};
  if (database !== undefined) return { name: "db check", flags: flags("function", database.functions) };
  if (smoke === undefined) return { name: "doctor", flags: "" };
  const { tools, include, customerId, ownerUserId, set, key } = smoke;
  const values = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  return {
    name: "smoke",
    flags: [
      flags("tool", tools),
      flags("include", include),
      flags("customer-id", [customerId]),
      flags("owner", [ownerUserId]),
      flags("set", values),
      flags("key", [key === undefined ? undefined : keyText(key)]),
    ].join(""),
  };
}

function keyText(key: KeySource): string {
  switch (key.from) {
    case "env":
    case "ssm":
      return `${key.from}:${key.name}`;
    case "secrets-manager":
      return `secret:${key.id}${key.field === undefined ? "" : `#${key.field}`}`;
    case "file":
      return `file:${key.path}`;
    case "stdin":
      return "stdin";
  }
}

/** An AWS CLI command in this place; `rest` is already quoted. */
export function aws(place: Place, rest: string): string {
  return `aws ${rest}${place.options}${place.endpointOption}`;
}

/** Runs cscp again, and follows the functions' logs where that shows more. */
export function verifying(place: Place, logGroups: readonly string[] = []): Remedy {
  return {
    kind: "verify",
    title: "Check that it is gone.",
    commands: [place.again, ...logGroups.map((group) => aws(place, `logs tail ${quote(group)} --since 10m`))],
    changes: false,
  };
}

/** The functions of the stack, in the order of its resources. */
export async function allFunctions(view: View): Promise<readonly FunctionRef[]> {
  return (await view.value(functions, null)) ?? [];
}

/** The functions with these ids, in the order of the stack's resources. */
export async function functionsWithIds(view: View, ids: readonly string[]): Promise<readonly FunctionRef[]> {
  return (await allFunctions(view)).filter((fn) => ids.includes(fn.id));
}

/** The functions that findings are about. */
export function functionsOf(
  view: View,
  findings: readonly { readonly subject: Subject }[],
): Promise<readonly FunctionRef[]> {
  return functionsWithIds(
    view,
    findings.filter(({ subject }) => subject.kind === "function").map(({ subject }) => subject.id),
  );
}

export interface Configured {
  readonly fn: FunctionRef;
  readonly configuration: FunctionConfiguration;
}

/** Functions with their configurations; those that could not be read are left out. */
export async function configured(view: View, list: readonly FunctionRef[]): Promise<readonly Configured[]> {
  const pairs = await Promise.all(
    list.map(async (fn) => ({ fn, configuration: await view.value(functionConfiguration, fn) })),
  );
  return pairs.flatMap(({ fn, configuration }) => (configuration === undefined ? [] : [{ fn, configuration }]));
}
