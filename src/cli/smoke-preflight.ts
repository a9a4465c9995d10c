import type { Facts } from "../core/fact.ts";
import { functions } from "../facts/functions.ts";
import { identity, run } from "../facts/run.ts";
import { signingKey } from "../facts/smoke.ts";
import { clockFault } from "../smoke/clock.ts";
import { smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import { callerName } from "./caller-name.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import { functionCount } from "./preflight.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Stops a run that would find an API healthy for having called nothing of it.
 * @throws UsageError
 */
export async function requireTools(facts: Facts, named: readonly string[]): Promise<void> {
  const [plan, at] = await Promise.all([facts.get(smokePlan, null), facts.get(run, null)]);
  if (plan.state === "unreadable") {
    // Where AWS was to be asked and did not answer, the report says what is missing.
    if (plan.reason !== "skipped") return;
    throw usageError(
      "It is not known which tools the API has.",
      "name them: --tool NAME, smoke.tools in cscp.config.json, or --project with the SAM template",
    );
  }
  const known = plan.value.names;
  const missing = named.find((name) => !known.includes(name));
  if (missing !== undefined) {
    const stack = at.state === "known" && at.value.stackName !== "" ? `The API of ${at.value.stackName}` : "The API";
    throw usageError(`${stack} has no tool ${missing}.`, didYouMean(missing, known) ?? `without --tool all are called`);
  }
  if (plan.value.requests.length === 0) {
    const reasons = [...new Set(plan.value.skipped.map(({ tool, path, reason }) => `${tool || path}: ${reason}`))];
    throw usageError(
      `No tool may be called.${reasons.length === 0 ? "" : ` ${reasons.slice(0, 3).join(" ")}`}`,
      "--include NAME calls what may write; smoke.tools in cscp.config.json names more",
    );
  }
}

/**
 * Stops a run whose key is not where the user said that it is: unsigned requests would only be refused.
 * @throws UsageError
 */
export async function requireKey(facts: Facts): Promise<void> {
  const [key, config, at] = await Promise.all([
    facts.get(signingKey, null),
    facts.get(smokeConfiguration, null),
    facts.get(run, null),
  ]);
  const told = at.state === "known" ? at.value.smokeRun?.key : undefined;
  const configured = config.state === "known" ? config.value.key : undefined;
  if (key.state === "known" || (told ?? configured) === undefined) return;
  const hint = "check --key, and smoke.key in cscp.config.json";
  const lacks = key.action === undefined ? "" : ` The caller lacks ${key.action}.`;
  throw usageError(`The signing key cannot be read. ${key.message}${lacks}`, hint);
}

/** Says once, when an answer first shows it, that this machine's clock is off: the signatures that follow may be refused. */
export function sayingOnce({ err }: Surroundings): (aheadMs: number) => void {
  let said = false;
  return (aheadMs) => {
    const fault = said ? undefined : clockFault(Math.round(aheadMs / 1000));
    if (fault === undefined) return;
    said = true;
    err(`cscp: this machine's clock is ${fault.off} s ${fault.direction} the API's; ${fault.effect}\n`);
  };
}

/** Says on standard error, before anything is called, what will be called and as whom. */
export async function announceSmoke(facts: Facts, quiet: boolean, { err }: Surroundings): Promise<void> {
  if (quiet) return;
  const [at, caller, plan, list] = await Promise.all([
    facts.get(run, null),
    facts.get(identity, null),
    facts.get(smokePlan, null),
    facts.get(functions, null),
  ]);
  if (at.state === "unreadable") return;
  if (at.value.smokeRun?.aws !== false) {
    const who =
      caller.state === "known"
        ? `account ${caller.value.account} as ${callerName(caller.value.arn)}`
        : "caller unknown";
    const count = list.state === "known" ? functionCount(list.value.length) : "functions unknown";
    err(`cscp: ${at.value.stackName} · ${at.value.region} · ${who} · ${count}\n`);
  }
  if (plan.state === "unreadable") return;
  const { url } = plan.value;
  const requests = plan.value.requests.filter(({ unread }) => unread === undefined);
  const { repeat = 1, warm = false, negative = true } = at.value.smokeRun ?? {};
  const sent = requests.length * (repeat + (warm ? 1 : 0));
  const hosts = [...new Set(requests.filter(({ front }) => front !== "invoke").map(({ base }) => hostOf(base ?? url)))];
  const bad = negative ? ", then some with signatures that it must refuse (--no-negative sends none)" : "";
  err(`cscp: ${sent} ${sent === 1 ? "request goes" : "requests go"} to ${hosts.join(", ") || "the functions"}${bad}\n`);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the API";
}
