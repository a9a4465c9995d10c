import type { Deployed } from "./deploy.ts";
import { REGION } from "./emulator.ts";
import { HMAC_PARAMETER, type Lab, STACK_NAME, startLab } from "./lab.ts";
import { INCIDENTS } from "./scenarios.ts";
import { SMOKE_INCIDENTS } from "./smoke-incidents.ts";
import { type Answer, callAllTools } from "./traffic.ts";

/** A broken (or healthy) stack, ready to be diagnosed. */
export type IncidentLab = {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly stackName: string;
  /** A copy of the project, for --project. */
  readonly projectDir: string;
  /** Environment variables for the CLI. */
  readonly env: Readonly<Record<string, string>>;
  /** The secret that the caller has; in one incident it is not the functions'. */
  readonly hmacSecret: string;
  readonly apiUrl: string;
  /** Every secret planted, literally: none may appear in what the CLI prints or writes. */
  readonly secrets: readonly string[];
  /** What each tool answered after the stack was broken. */
  readonly answers: readonly Answer[];
  readonly lab: Lab;
};

export type StageOptions = {
  /** Also send requests while the stack is still healthy, so that its logs have a time before. */
  readonly history?: boolean;
  /** Go on with what was staged last, if it was this incident: for a test that others leave as it needs it. */
  readonly reuse?: boolean;
};

/** Brings the shared lab into an incident's state and sends one signed request to each tool. */
export async function stageIncident(lab: Lab, name: string, options: StageOptions = {}): Promise<IncidentLab> {
  const incident = INCIDENTS[name] ?? SMOKE_INCIDENTS[name];
  if (incident === undefined) {
    throw new Error(
      `There is no incident "${name}". There are: ${Object.keys({ ...INCIDENTS, ...SMOKE_INCIDENTS }).join(", ")}.`,
    );
  }
  await lab.reset();
  const { project, deployer } = lab;
  const url = lab.databaseUrl();
  const secrets = [lab.databasePassword, url, lab.hmacSecret];
  let callerSecret = lab.hmacSecret;
  let deployed: Deployed | undefined;
  const deploy = async (overrides?: Readonly<Record<string, string>>) => {
    deployed = await deployer.deploy(STACK_NAME, project, overrides);
  };
  const own: Record<string, string> =
    incident.urlFrom === "environment" ? { DatabaseUrl: url } : { DatabaseUrlParamName: incident.urlFrom.parameter };
  const overrides = { AllowedOrigin: "*", HmacParamName: HMAC_PARAMETER, ...own };
  await lab.putParameter(HMAC_PARAMETER, lab.hmacSecret);
  if (incident.urlFrom !== "environment") await lab.putParameter(incident.urlFrom.parameter, url);
  await project.setGeneration(incident.generation);
  await project.setLayer(incident.layer);
  await deploy(overrides);
  if (options.history === true && deployed !== undefined) await callAllTools(lab.apiUrl(deployed), lab.hmacSecret);
  await incident.breakIt({
    lab,
    deploy,
    overrides,
    useCallerSecret: (secret) => {
      callerSecret = secret;
      secrets.push(secret);
    },
    plant: (secret) => void secrets.push(secret),
  });
  if (deployed === undefined) throw new Error("The stack was not deployed.");
  const env = await lab.environment();
  secrets.push(env["AWS_SECRET_ACCESS_KEY"] ?? "");
  const apiUrl = lab.apiUrl(deployed);
  const answers = await callAllTools(apiUrl, callerSecret);
  lab.front.clearCalls();
  return {
    name,
    env,
    apiUrl,
    secrets,
    answers,
    lab,
    region: REGION,
    stackName: STACK_NAME,
    endpoint: lab.front.endpoint,
    projectDir: project.folder,
    hmacSecret: callerSecret,
  };
}

let shared: Promise<Lab> | undefined;
/** What the shared lab shows at the moment. */
let staged: IncidentLab | undefined;

/** The lab of this process, started at its first use. */
export function sharedLab(): Promise<Lab> {
  shared ??= startLab();
  return shared;
}

/** Ends the lab of this process, if it was started. */
export async function stopSharedLab(): Promise<void> {
  const running = shared;
  shared = undefined;
  staged = undefined;
  await (await running)?.stop();
}

/** Stages an incident in the lab of this process and hands it to `use`. */
export async function withIncident<T>(
  name: string,
  use: (lab: IncidentLab) => Promise<T>,
  options: StageOptions = {},
): Promise<T> {
  const kept = options.reuse === true && staged?.name === name ? staged : undefined;
  staged = undefined;
  const incident = kept ?? (await stageIncident(await sharedLab(), name, options));
  const result = await use(incident);
  staged = incident;
  return result;
}
