import { parseConfiguration, type Configuration } from "../facts/configuration.ts";
import { readTextFile } from "../source/files.ts";
import { looksLikeProject, readProject, type ProjectFolder } from "../source/project-folder.ts";
import { usageError } from "./exit.ts";
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
  readonly stack?: string;
  readonly stackName?: string;
}

/**
 * Flag before environment before project configuration before samconfig.toml; what is left to the AWS profile stays undefined.
 * @throws UsageError when no stack is named anywhere, and for a configuration that cannot be read.
 */
export async function resolveOptions(flags: StackFlags, { env, cwd }: Surroundings): Promise<RunOptions> {
  const projectDir = flags.project === undefined ? await ownProject(cwd) : path.resolve(cwd, flags.project);
  if (flags.project !== undefined && projectDir !== undefined && !(await looksLikeProject(projectDir))) {
    throw usageError(
      `${flags.project} is no project folder: it holds no SAM template, samconfig.toml or Makefile, and neither does its infra folder.`,
    );
  }
  const { configuration, file } = await configurationOf(flags, cwd, projectDir);
  const folder = projectDir === undefined ? undefined : await readProject(projectDir);
  const wanted = flags.stack ?? flags.stackName ?? env["CSCP_STACK"] ?? configuration.stack;
  const environment = chooseEnvironment(folder, wanted, env["SAM_CONFIG_ENV"]);
  const said: string[] = [];
  const from = (what: string, where: string): void => void said.push(`${what} (from ${where})`);

  const stackName = wanted ?? environment?.stackName;
  if (stackName === undefined) {
    throw usageError("No stack is named.", "cscp doctor --stack NAME, or run it in a SAM project, or set CSCP_STACK");
  }
  if (wanted === undefined) from(`stack ${stackName}`, folder?.samconfig?.path ?? "samconfig.toml");
  else if (flags.stack === undefined && flags.stackName === undefined) {
    from(`stack ${stackName}`, env["CSCP_STACK"] === undefined ? (file ?? "the configuration") : "CSCP_STACK");
  }
  const given = flags.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? configuration.region;
  const region = given ?? environment?.region;
  if (given === undefined && region !== undefined)
    from(`region ${region}`, folder?.samconfig?.path ?? "samconfig.toml");
  const hasKeys = env["AWS_ACCESS_KEY_ID"] !== undefined;
  const ownProfile = flags.profile ?? env["AWS_PROFILE"] ?? configuration.profile;
  const profile = ownProfile ?? (hasKeys ? undefined : environment?.profile);
  if (ownProfile === undefined && profile !== undefined)
    from(`profile ${profile}`, folder?.samconfig?.path ?? "samconfig.toml");
  return {
    stackName,
    region,
    profile,
    endpointUrl: flags.endpointUrl,
    timeoutMs: flags.timeout * 1000,
    projectDir,
    configuration,
    said,
  };
}

async function ownProject(cwd: string): Promise<string | undefined> {
  return (await looksLikeProject(cwd)) ? cwd : undefined;
}

async function configurationOf(
  flags: ConnectionFlags,
  cwd: string,
  projectDir: string | undefined,
): Promise<{ readonly configuration: Configuration; readonly file?: string }> {
  const file = flags.config ?? path.join(projectDir ?? cwd, "cscp.config.json");
  const text = await readTextFile(path.resolve(cwd, file));
  if (text === undefined) {
    if (flags.config !== undefined) throw usageError(`The configuration file ${file} is not there or cannot be read.`);
    return { configuration: parseConfiguration({}) };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw usageError(`${file} is no valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  try {
    return { configuration: parseConfiguration(json), file: path.relative(cwd, path.resolve(cwd, file)) };
  } catch (error) {
    throw usageError(`${file} is no valid configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Environment = NonNullable<ProjectFolder["samconfig"]>["environments"][number];

/** The samconfig section for a stack; without a stack the one that SAM_CONFIG_ENV names, else the default. */
function chooseEnvironment(
  folder: ProjectFolder | undefined,
  stack: string | undefined,
  named: string | undefined,
): Environment | undefined {
  const environments = folder?.samconfig?.environments ?? [];
  if (stack !== undefined) return environments.find((environment) => environment.stackName === stack);
  return environments.find((environment) => environment.name === (named ?? "default"));
}
