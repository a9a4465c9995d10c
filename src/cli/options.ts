import type { Configuration } from "../facts/configuration.ts";
import { noConfiguration } from "../facts/no-configuration.ts";
import { readTextFile } from "../source/files.ts";
import { looksLikeProject, readProject, type ProjectFolder } from "../source/project-folder.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import { withoutPlaceholders } from "./placeholders.ts";
import type { ConnectionFlags } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";
import path from "node:path";

/** Where a run goes, with every default filled in and where each came from said. */
export interface RunOptions {
  readonly stackName: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly timeoutMs: number;
  readonly projectDir: string | undefined;
  readonly configuration: Configuration;
  /** For standard error: "stack cs-copilot-backend and region ap-southeast-1 from infra/samconfig.toml". */
  readonly said: readonly string[];
}

export interface StackFlags extends ConnectionFlags {
  readonly apiUrl?: string;
  readonly stack?: string;
  readonly stackName?: string;
  /** False for a run that sends no requests to the API: what those lack is then nobody's business. */
  readonly smoke?: boolean;
  /** Tables that must be there besides those of the configuration. */
  readonly table?: readonly string[];
}

/**
 * Flag before environment before project configuration before samconfig.toml; what is left to the AWS profile stays undefined.
 * A samconfig environment that is named, by `--config-env` or SAM_CONFIG_ENV, counts as named there: its stack goes before
 * the configuration's.
 * @param needsStack false for a command that can do without; the stack's name is then empty where none is named.
 * @throws UsageError when no stack is named anywhere, for a configuration that cannot be read, and for a URL that is none.
 */
export async function resolveOptions(
  flags: StackFlags,
  { env, cwd }: Surroundings,
  needsStack = true,
): Promise<RunOptions> {
  requireUrls(flags, env);
  const projectDir = flags.project === undefined ? await ownProject(cwd) : path.resolve(cwd, flags.project);
  if (flags.project !== undefined && projectDir !== undefined && !(await looksLikeProject(projectDir))) {
    throw usageError(
      `${flags.project} is no project folder: it holds no SAM template, samconfig.toml or Makefile, and neither does its infra folder.`,
    );
  }
  const { configuration: written, file, notes } = await configurationOf(flags, cwd, projectDir);
  const configuration = { ...written, tables: [...new Set([...(flags.table ?? []), ...written.tables])] };
  const folder = projectDir === undefined ? undefined : await readProject(projectDir);
  const samconfig = folder?.samconfig;
  const broken = folder?.brokenSamconfig;
  if (broken !== undefined && flags.configEnv !== undefined) {
    throw usageError(`${broken.path} could not be read for --config-env ${flags.configEnv}: ${broken.unreadable}.`);
  }
  const chosen = chooseStack(flags, env, configuration.stack, file, samconfig);
  if (chosen === undefined && needsStack) {
    throw usageError(noStackNamed(broken), "cscp doctor --stack NAME, or run it in a SAM project, or set CSCP_STACK");
  }
  const { stackName, environment, explicit } = chosen ?? noStack;
  const place = placeOf(samconfig, environment);
  const setting = (key: "region" | "profile"): Named | undefined => {
    const both = [named(configuration[key], undefined), named(environment?.[key], place)];
    return (explicit ? both.toReversed() : both).find((candidate) => candidate !== undefined);
  };
  const region = named(flags.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"], undefined) ?? setting("region");
  // Keys in the environment go before a profile that nobody named for this run.
  const hasKeys = (env["AWS_ACCESS_KEY_ID"] ?? "") !== "";
  const profile = named(flags.profile ?? env["AWS_PROFILE"], undefined) ?? (hasKeys ? undefined : setting("profile"));
  return {
    stackName: stackName.value,
    region: region?.value,
    profile: profile?.value,
    endpointUrl: flags.endpointUrl,
    timeoutMs: flags.timeout * 1000,
    projectDir,
    configuration,
    said: [...saying("stack", stackName), ...saying("region", region), ...saying("profile", profile), ...notes],
  };
}

function noStackNamed(broken: ProjectFolder["brokenSamconfig"]): string {
  return broken === undefined
    ? "No stack is named."
    : `No stack is named, and ${broken.path} could not be read: ${broken.unreadable}.`;
}

/** Every URL that the call or the environment names is one of http or https; an empty variable names none. */
function requireUrls(flags: StackFlags, env: Surroundings["env"]): void {
  const endpoints = Object.keys(env).filter((name) => /^AWS_ENDPOINT_URL(_|$)/.test(name));
  const ignored = env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true" || flags.endpointUrl !== undefined;
  const variables = [...(flags.apiUrl === undefined ? ["CSCP_API_URL"] : []), ...(ignored ? [] : endpoints.toSorted())];
  for (const [name, text] of [
    ["--api-url", flags.apiUrl],
    ["--endpoint-url", flags.endpointUrl],
    ...variables.map((variable) => [variable, env[variable] || undefined] as const),
  ] as const) {
    if (text !== undefined && !isWebUrl(text)) {
      throw usageError(`${name} is no URL that begins with http:// or https:// and names a host.`);
    }
    if (text !== undefined && !name.includes("ENDPOINT") && name !== "--endpoint-url" && /[?#]/.test(text)) {
      throw usageError(
        `${name} is a URL up to the stage; it has no query and no fragment.`,
        "leave out what begins at ? or #",
      );
    }
  }
}

function isWebUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text)) return false;
  try {
    return new URL(text).hostname !== "";
  } catch {
    return false;
  }
}

/** A value, and where it was found when the reader did not write it on this command line. */
interface Named {
  readonly value: string;
  readonly from: string | undefined;
}

function named(value: string | undefined, from: string | undefined): Named | undefined {
  return value === undefined || value === "" ? undefined : { value, from };
}

function saying(what: string, found: Named | undefined): readonly string[] {
  return found?.from === undefined ? [] : [`${what} ${found.value} (from ${found.from})`];
}

type Samconfig = NonNullable<ProjectFolder["samconfig"]>;
type Environment = Samconfig["environments"][number];

interface ChosenStack {
  readonly stackName: Named;
  /** The samconfig section that goes with the stack. */
  readonly environment: Environment | undefined;
  /** True when the section itself was named for this run, so that it goes before the configuration. */
  readonly explicit: boolean;
}

const noStack: ChosenStack = {
  stackName: { value: "", from: undefined },
  environment: undefined,
  explicit: false,
};

function chooseStack(
  flags: StackFlags,
  env: Surroundings["env"],
  configured: string | undefined,
  file: string | undefined,
  samconfig: Samconfig | undefined,
): ChosenStack | undefined {
  const byFlag = flags.configEnv === undefined ? undefined : environmentNamed(flags.configEnv, samconfig);
  const section = (environment: Environment | undefined): Named | undefined =>
    named(environment?.stackName, placeOf(samconfig, environment));
  const own =
    named(flags.stack ?? flags.stackName, undefined) ?? section(byFlag) ?? named(env["CSCP_STACK"], "CSCP_STACK");
  const ofStack = (name: Named): Environment | undefined =>
    samconfig?.environments.find((environment) => environment.stackName === name.value);
  if (own !== undefined) {
    return { stackName: own, environment: byFlag ?? ofStack(own), explicit: byFlag !== undefined };
  }
  const inEnv = env["SAM_CONFIG_ENV"] ?? "";
  const byEnv = inEnv === "" || samconfig === undefined ? undefined : environmentNamed(inEnv, samconfig);
  const ofEnv = section(byEnv);
  if (ofEnv !== undefined) return { stackName: ofEnv, environment: byEnv, explicit: true };
  const usual = samconfig?.environments.find((environment) => environment.name === "default");
  const ofFile = named(configured, file ?? "the configuration");
  if (ofFile !== undefined) return { stackName: ofFile, environment: ofStack(ofFile), explicit: false };
  const ofUsual = section(usual);
  return ofUsual === undefined ? undefined : { stackName: ofUsual, environment: usual, explicit: false };
}

function placeOf(samconfig: Samconfig | undefined, environment: Environment | undefined): string | undefined {
  if (samconfig === undefined || environment === undefined) return undefined;
  return environment.name === "default" ? samconfig.path : `${samconfig.path}, ${environment.name}`;
}

/** @throws UsageError when the file has no such environment. */
function environmentNamed(name: string, samconfig: Samconfig | undefined): Environment {
  const found = samconfig?.environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  if (samconfig === undefined) throw usageError(`There is no samconfig.toml here to have an environment ${name}.`);
  const names = samconfig.environments.map((environment) => environment.name);
  throw usageError(
    `${samconfig.path} has no environment ${name}.`,
    didYouMean(name, names) ?? `it has ${names.join(", ")}`,
  );
}

async function ownProject(cwd: string): Promise<string | undefined> {
  return (await looksLikeProject(cwd)) ? cwd : undefined;
}

async function configurationOf(
  flags: StackFlags,
  cwd: string,
  projectDir: string | undefined,
): Promise<{ readonly configuration: Configuration; readonly file?: string; readonly notes: readonly string[] }> {
  const file = flags.config ?? path.join(projectDir ?? cwd, "cscp.config.json");
  const text = await readTextFile(path.resolve(cwd, file));
  if (text === undefined) {
    if (flags.config !== undefined) throw usageError(`The configuration file ${file} is not there or cannot be read.`);
    return { configuration: noConfiguration, notes: [] };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw usageError(`${file} is no valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const shown = path.relative(cwd, path.resolve(cwd, file));
  const { value, placeholders } = withoutPlaceholders(json);
  const notes = placeholders
    .filter(({ at }) => flags.smoke !== false || !/^(?:smoke|apiUrl)\b/.test(at))
    .map(({ at, text }) => `${at} in ${shown} is still the placeholder ${text}, so that its default is taken`);
  const { parseConfiguration } = await import("../facts/configuration.ts");
  try {
    return { configuration: parseConfiguration(value), file: shown, notes };
  } catch (error) {
    throw usageError(`${file} is no valid configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
}
