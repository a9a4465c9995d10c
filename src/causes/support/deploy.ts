// Building and deploying the stack from its own project, with the project's own targets where it has them.
import { isBlank, isSecret, type Value } from "../../core/secret.ts";
import type { Override, Project } from "../../facts/project.ts";
import type { Stack } from "../../facts/stack.ts";
import { aws, type Place } from "./place.ts";
import { fromVariable, inFolder, quote, relativeTo } from "./shell.ts";

/** A stack parameter to be set from a shell variable: `{ name: "DatabaseUrl", variable: "DATABASE_URL" }`. */
export interface ParameterFrom {
  readonly name: string;
  readonly variable: string;
  readonly described: string;
}

interface DeployPlan {
  readonly commands: readonly string[];
  /** Shell variables that the commands need besides those they set. */
  readonly variables: Readonly<Record<string, string>>;
  readonly advice: string;
}

/**
 * The commands that build and deploy the project's stack. A list of overrides on the command line replaces the one in
 * samconfig.toml altogether, so with a parameter to set the whole list is written out.
 */
export function buildAndDeploy(place: Place, parameter?: ParameterFrom): DeployPlan {
  const { project } = place;
  if (project?.template === undefined) return withoutProject(place, parameter);
  const list = parameter === undefined ? undefined : overridesWith(project, parameter);
  const before = list === undefined ? [] : list.names.map((name) => `export ${name}`);
  const made = withMake(place, project, list);
  const commands = [...before, ...(made ?? withSam(place, project, list))];
  return { commands, variables: list?.variables ?? {}, advice: "" };
}

/** The folder in which sam runs: that of samconfig.toml, else that of the template. */
function samFolder(project: Project): string {
  const path = project.samconfig?.path;
  if (path === undefined) return project.template?.folder ?? ".";
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
}

interface OverrideList {
  /** Each override as a word of a shell. */
  readonly words: readonly string[];
  /** Shell variables that the words use. */
  readonly names: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

function overridesWith(project: Project, parameter: ParameterFrom): OverrideList {
  const { samconfig } = project;
  const variables: Record<string, string> = { [parameter.variable]: parameter.described };
  const others = samconfig?.overrides.filter(({ name }) => name !== parameter.name) ?? [];
  const written = others.map((override) => {
    const variable = variableOf(override);
    if (variable === undefined) return overrideWord(override.name, override.value);
    variables[variable] = `the value that ${samconfig?.path ?? "samconfig.toml"} gives ${override.name}`;
    return `${override.name}=${fromVariable(variable)}`;
  });
  return {
    words: [...written, `${parameter.name}=${fromVariable(parameter.variable)}`],
    names: Object.keys(variables),
    variables,
  };
}

/** A secret in samconfig.toml is not repeated: it is taken from a variable named after its parameter. */
function variableOf({ name, value }: Override): string | undefined {
  if (!isSecret(value) || isBlank(value)) return undefined;
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]/g, "_")
    .toUpperCase();
}

/** `Key=value`; sam itself reads quotes around a value that is empty or holds blanks, quotes or backslashes. */
function overrideWord(name: string, value: Value): string {
  const text = typeof value === "string" ? value : "";
  if (/^[A-Za-z0-9_@%+:,./=-]+$/.test(text)) return `${name}=${text}`;
  if (/^[^\s"'\\$`!]+$/.test(text)) return `${name}="${text}"`;
  const plain = /^[^\s"'\\]+$/.test(text);
  return quote(plain ? `${name}=${text}` : `${name}="${text.replaceAll(/(["\\])/g, String.raw`\$1`)}"`);
}

/**
 * The project's own `build` and `deploy` targets, where they deploy this stack and can be given the overrides. make hands
 * the words on to a shell of its own: a `$$` reaches it as `$`, so that values go by the environment and show nowhere.
 */
function withMake(place: Place, project: Project, list: OverrideList | undefined): readonly string[] | undefined {
  const { makefile, samconfig, template } = project;
  const target = (name: string) => makefile?.targets.find((entry) => entry.name === name);
  const build = target("build");
  const deploy = target("deploy");
  if (makefile === undefined || build === undefined || deploy === undefined) return undefined;
  if (samconfig !== undefined && !samconfig.matchesStack) return undefined;
  const settings: string[] = [];
  if (samconfig !== undefined && samconfig.environment !== "default") {
    if (!deploy.variables.includes("CONFIG_ENV")) return undefined;
    settings.push(quote(`CONFIG_ENV=${samconfig.environment}`));
  }
  if (list !== undefined) {
    // In single quotes, or in none that a recipe could add: only then the inner shell sees the words as they are.
    const taken = deploy.recipe.some((line) => /[\s=]\$[({]PARAMETER_OVERRIDES[)}]/.test(line));
    if (!deploy.variables.includes("PARAMETER_OVERRIDES") || !taken) return undefined;
    settings.push(quote(`PARAMETER_OVERRIDES=${list.words.join(" ").replaceAll("$", "$$$$")}`));
  }
  const path = template === undefined ? undefined : relativeTo(makefile.folder, template.path);
  const withTemplate = (variables: readonly string[]): readonly string[] =>
    path !== undefined && variables.includes("TEMPLATE") ? [quote(`TEMPLATE=${path}`)] : [];
  const make = makefile.folder === "." ? "make" : `make -C ${quote(makefile.folder)}`;
  return [
    [make, "build", ...withTemplate(build.variables)].join(" "),
    [place.endpointVariable + make, "deploy", ...withTemplate(deploy.variables), ...settings].join(" "),
  ];
}

function withSam(place: Place, project: Project, list: OverrideList | undefined): readonly string[] {
  const { samconfig, template } = project;
  const folder = samFolder(project);
  const path = relativeTo(folder, template?.path ?? "template.yaml");
  const environment =
    samconfig === undefined || samconfig.environment === "default"
      ? ""
      : ` --config-env ${quote(samconfig.environment)}`;
  // Without a section of its own the stack's name and what its roles need must be said.
  const named =
    samconfig?.matchesStack === true
      ? ""
      : ` --stack-name ${quote(place.stack)} --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM --resolve-s3`;
  const overrides = list === undefined ? "" : ` --parameter-overrides ${list.words.join(" ")}`;
  return [
    inFolder(folder, `sam build --template-file ${quote(path)}`),
    inFolder(folder, `${place.endpointVariable}sam deploy${environment}${named}${overrides}${place.options}`),
  ];
}

function withoutProject(place: Place, parameter: ParameterFrom | undefined): DeployPlan {
  const override =
    parameter === undefined ? "" : ` --parameter-overrides ${parameter.name}=${fromVariable(parameter.variable)}`;
  return {
    commands: [
      "sam build",
      `${place.endpointVariable}sam deploy --stack-name ${quote(place.stack)}${override}${place.options}`,
    ],
    variables: parameter === undefined ? {} : { [parameter.variable]: parameter.described },
    advice:
      "Run these in the folder of the project; an override list on the command line replaces the one in samconfig.toml.",
  };
}

/**
 * Sets one parameter of the deployed stack and nothing else: the template as it is, every other parameter as it is. It
 * needs no project folder.
 */
export function updateStackParameter(place: Place, stack: Stack, parameter: ParameterFrom): readonly string[] {
  const others = stack.parameters.filter(({ name }) => name !== parameter.name);
  const kept = others.map(({ name }) => `ParameterKey=${quote(name)},UsePreviousValue=true`);
  const set = `"ParameterKey=${parameter.name},ParameterValue=\\"\${${parameter.variable}:?}\\""`;
  const capabilities = "CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND";
  return [
    aws(
      place,
      `cloudformation update-stack --stack-name ${quote(place.stack)} --use-previous-template --capabilities ${capabilities} --parameters ${[...kept, set].join(" ")} --query StackId --output text`,
    ),
    aws(place, `cloudformation wait stack-update-complete --stack-name ${quote(place.stack)}`),
  ];
}

/**
 * Takes a parameter that has an empty value out of samconfig.toml's list of overrides, where it is an element of an array
 * or one of several in a string. The file as it was is kept beside it.
 */
export function removeOverride(path: string, line: number, name: string): string {
  const key = name.replaceAll(/[^A-Za-z0-9]/g, "");
  const element = String.raw`${line}s/([[,] *|^ *)"${key}=(\\" *\\")?" *,?/\1/`;
  const inString = String.raw`${line}s/([^A-Za-z0-9])${key}=(\\" *\\"|" *")?/\1/`;
  return `sed -E -i.bak -e ${quote(element)} -e ${quote(inString)} ${quote(path)}`;
}
