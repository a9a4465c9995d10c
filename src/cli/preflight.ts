import type { Facts } from "../core/fact.ts";
import { apis } from "../facts/api.ts";
import { identity, run } from "../facts/run.ts";
import { functions } from "../facts/functions.ts";
import { resources, stack, stackNames } from "../facts/stack.ts";
import { smokePlan } from "../smoke/facts.ts";
import { callerName } from "./caller-name.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";
import type { Surroundings } from "./surroundings.ts";

/** Codes of replies that say that the call or its surroundings must be mended before anything can be asked. */
const fatal: Readonly<Record<string, string>> = {
  CREDENTIALS_MISSING: "set AWS_PROFILE, --profile or AWS_ACCESS_KEY_ID, or log in: aws sso login",
  CREDENTIALS_EXPIRED: "log in again: aws sso login, or renew the keys",
  CREDENTIALS_INVALID: "check the keys of the profile: aws sts get-caller-identity",
  REGION_MISSING: "name it: --region, AWS_REGION, or region in the profile",
  REGION_UNKNOWN: "check --region, AWS_REGION and the profile",
  ENDPOINT_UNREACHABLE: "check the network, --endpoint-url and AWS_ENDPOINT_URL",
};

/** What to do about a reply that says that nothing can be asked at all; undefined for any other. */
export function fatalHint(code: string): string | undefined {
  return fatal[code];
}

/**
 * Stops a run that cannot begin: no or expired credentials, an unknown region, a stack that is not there.
 * A caller that may not describe the stack is let through: what else it may read is still worth reading.
 * @throws UsageError
 */
export async function requireStack(facts: Facts): Promise<void> {
  const [described, caller] = await Promise.all([facts.get(stack, null), facts.get(identity, null)]);
  if (described.state === "known" || described.reason === "denied") return;
  const code = described.code;
  if (code === "STACK_MISSING") {
    throw usageError(
      `${described.message.replace(/\.$/, "")}${caller.state === "known" ? ` (account ${caller.value.account})` : ""}.`,
      await stackHint(facts),
    );
  }
  const hint = code === undefined ? undefined : fatalHint(code);
  if (hint !== undefined) throw usageError(described.message, hint);
}

/** More stacks than these are not listed. */
export const fewStacks = 8;

/** The nearest name, or what there is; who may describe the one stack only is told how to look. */
async function stackHint(facts: Facts): Promise<string> {
  const [names, at] = await Promise.all([facts.get(stackNames, null), facts.get(run, null)]);
  const list = names.state === "known" ? names.value : [];
  return nearestStack(at.state === "known" ? at.value.stackName : "", list);
}

/** What to do about a stack that is not there: the nearest name, or what there is. */
export function nearestStack(stack: string, names: readonly string[]): string {
  const near = didYouMean(stack, names);
  const where = "check --stack, --region and --profile";
  if (near !== undefined) return near;
  if (names.length > 0 && names.length <= fewStacks) return `${where}; there are ${names.toSorted().join(", ")}`;
  return `${where}; aws cloudformation list-stacks shows what is there`;
}

/**
 * Stops a run that would find a stack healthy for having nothing in it.
 * @throws UsageError
 */
export async function requireFunctions(facts: Facts): Promise<void> {
  const [list, at, described] = await Promise.all([
    facts.get(functions, null),
    facts.get(run, null),
    facts.get(stack, null),
  ]);
  if (list.state === "unreadable" || list.value.length > 0) return;
  // A stack that failed may have lost its functions on the way: that is a diagnosis.
  if (described.state === "known" && /FAILED|ROLLBACK|DELETE|REVIEW/.test(described.value.status)) return;
  const name = at.state === "known" ? at.value.stackName : "the stack";
  const nested = await nestedStacks(facts);
  throw usageError(
    `The stack ${name} has no Lambda functions, so there is nothing to diagnose.`,
    nested.length === 0
      ? "name the stack that holds the functions; a nested stack has a name of its own"
      : `name the nested stack that holds the functions: --stack ${nested.join(" or ")}`,
  );
}

/** The names of the stacks that are nested in it; each is a stack of its own. */
export async function nestedStacks(facts: Facts): Promise<readonly string[]> {
  const list = await facts.get(resources, null);
  if (list.state === "unreadable") return [];
  return list.value
    .filter(({ type }) => type === "AWS::CloudFormation::Stack")
    .map(({ physicalId }) => /:stack\/([^/]+)/.exec(physicalId)?.[1] ?? physicalId);
}

/** "1 function", "6 functions" */
export const functionCount = (count: number): string => (count === 1 ? "1 function" : `${count} functions`);

/** Says on standard error, before anything is called, what will be called and as whom. */
export async function announce(facts: Facts, quiet: boolean, { err }: Surroundings): Promise<void> {
  if (quiet) return;
  const [at, caller, api, plan, list] = await Promise.all([
    facts.get(run, null),
    facts.get(identity, null),
    facts.get(apis, null),
    facts.get(smokePlan, null),
    facts.get(functions, null),
  ]);
  if (at.state === "unreadable") return;
  const who =
    caller.state === "known" ? `account ${caller.value.account} as ${callerName(caller.value.arn)}` : "caller unknown";
  const count = list.state === "known" ? functionCount(list.value.length) : "functions unknown";
  err(`cscp: ${at.value.stackName} · ${at.value.region} · ${who} · ${count}\n`);
  const sent = plan.state === "known" ? plan.value.requests.filter(({ unread }) => unread === undefined).length : 0;
  if (!at.value.smoke || sent === 0) return;
  const url = api.state === "known" ? api.value[0]?.url : at.value.apiUrl;
  const host = url === undefined || url === "" ? "the API" : new URL(url).host;
  err(`cscp: ${sent} signed ${sent === 1 ? "request goes" : "requests go"} to ${host} (--no-smoke sends none)\n`);
}
