import { collectors } from "../../collect/registry.gen.ts";
import { createFacts, type Facts } from "../../core/fact.ts";
import type { Source } from "../../core/reply.ts";
import { layerRef } from "../../core/subject.ts";
import { apis, type Api } from "../../facts/api.ts";
import { databaseUrl, signingSecret } from "../../facts/database.ts";
import { functionConfiguration, functions } from "../../facts/functions.ts";
import {
  policyFor,
  requestsOf,
  type PolicyScope,
  type SignedTarget,
  type StackResources,
} from "../../facts/permissions.ts";
import type { Purpose } from "../../facts/purposes.ts";
import { identity, run } from "../../facts/run.ts";
import { smokeConfiguration, smokePlan } from "../../smoke/facts.ts";
import { writeTextFile } from "../../source/files.ts";
import { exitCodes, usageError } from "../exit.ts";
import { openLive } from "../open-live.ts";
import type { StackFlags } from "../options.ts";
import { policyFormats, renderPolicy, unknownAccount, unknownRegion, type PolicyFormat } from "../policy-document.ts";
import { requireStack } from "../preflight.ts";
import type { OutputFlags } from "../program.ts";
import type { Surroundings } from "../surroundings.ts";

export interface IamPolicyFlags extends StackFlags, OutputFlags {
  readonly for: Purpose;
  readonly kmsKey: readonly string[];
}

/**
 * `cscp iam-policy`: the least that a purpose needs. With a stack its resources are read, their names only, and the
 * policy is narrowed to them; without one nothing is asked.
 */
export async function iamPolicy(flags: IamPolicyFlags, surroundings: Surroundings): Promise<number> {
  const { format, file } = targetOf(flags.output);
  const named = flags.stack ?? flags.stackName;
  const { scope, notes } =
    named === undefined ? { scope: anyStack(flags, surroundings.env), notes: [] } : await oneStack(flags, surroundings);
  const text = renderPolicy(format, flags.for, policyFor(flags.for, scope));
  if (file === undefined) await surroundings.out(text);
  else await writeTextFile(file, text);
  if (flags.quiet === true) return exitCodes.healthy;
  for (const note of notes) surroundings.err(`cscp: ${note}\n`);
  if (named === undefined) {
    surroundings.err("cscp: this policy fits every stack of the account and region; --stack NAME narrows it to one\n");
    if (requestsOf(flags.for).includes("smokeRequest")) {
      surroundings.err(
        "cscp: requests to routes that IAM authorises also take execute-api:Invoke, to function URLs lambda:InvokeFunctionUrl: --stack NAME adds them where the stack has such\n",
      );
    }
  }
  if (scope.keys.length === 0) {
    surroundings.err(
      "cscp: what is encrypted with a KMS key of your own also takes kms:Decrypt on that key: --kms-key ARN adds it\n",
    );
  }
  return exitCodes.healthy;
}

/** @throws UsageError for a format that does not exist. */
function targetOf(output: readonly string[]): { readonly format: PolicyFormat; readonly file?: string } {
  const [text = "json", ...more] = output;
  const [name = "", ...rest] = text.split("=");
  const file = rest.join("=");
  const format = policyFormats.find((candidate) => candidate === name);
  if (format === undefined || more.length > 0) {
    throw usageError(`-o ${output.join(" -o ")} does not fit this command.`, `one of ${policyFormats.join(", ")}`);
  }
  if (rest.length > 0 && file === "") throw usageError(`-o ${text} names no file.`, `-o ${format}=FILE`);
  return { format, ...(file === "" ? {} : { file }) };
}

function anyStack(flags: IamPolicyFlags, env: Surroundings["env"]): PolicyScope {
  const region = flags.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? unknownRegion;
  return {
    partition: partitionOf(region),
    region,
    account: unknownAccount,
    resources: {},
    keys: flags.kmsKey,
  };
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

async function oneStack(
  flags: IamPolicyFlags,
  surroundings: Surroundings,
): Promise<{ readonly scope: PolicyScope; readonly notes: readonly string[] }> {
  const live = await openLive({ ...flags, smoke: false }, surroundings);
  try {
    const facts = createFacts(collectors, namesOnly(live.source));
    await requireStack(facts);
    const [at, caller] = await Promise.all([facts.get(run, null), facts.get(identity, null)]);
    if (at.state === "unreadable") throw usageError(at.message);
    const { resources, keys, notes } = await readResources(facts);
    const { region, stackName } = at.value;
    const account = caller.state === "known" ? caller.value.account : unknownAccount;
    const partition = caller.state === "known" ? caller.value.arn.split(":")[1] : undefined;
    return {
      scope: {
        partition: partition ?? partitionOf(region),
        region,
        account,
        stackName,
        resources,
        keys: [...flags.kmsKey, ...keys],
      },
      notes,
    };
  } finally {
    live.close();
  }
}

/** What tells the names of a stack's resources. Nothing else is asked: no secret, log or package is read for a policy. */
const telling = new Set([
  "run.start",
  "sts.identity",
  "cfn.stack",
  "cfn.resources",
  "lambda.function",
  "lambda.url",
  "api.routes",
]);

function namesOnly(source: Source): Source {
  return {
    ask: (request) =>
      telling.has(request.kind) ? source.ask(request) : Promise.resolve({ status: "not-recorded" } as const),
  };
}

/** What the smoke test sends that is signed with AWS credentials: where a route asks for it, or the configuration. */
async function signedTargets(facts: Facts, list: readonly Api[]): Promise<readonly SignedTarget[]> {
  const [plan, config, refs] = await Promise.all([
    facts.get(smokePlan, null),
    facts.get(smokeConfiguration, null),
    facts.get(functions, null),
  ]);
  if (plan.state === "unreadable") return [];
  const always = config.state === "known" && config.value.signing.scheme === "aws-sigv4";
  return plan.value.requests.flatMap(({ iam, unsigned, front, base, method, path, function: id }): SignedTarget[] => {
    if (unsigned === true || front === "invoke" || (iam !== true && !always)) return [];
    if (front === "function-url") {
      const fn = refs.state === "known" ? refs.value.find((candidate) => candidate.id === id) : undefined;
      if (fn === undefined) return [];
      const { functionName: name, qualifier } = fn;
      return [{ functionName: qualifier === undefined ? name : `${name}:${qualifier}` }];
    }
    const api = list.find(({ url }) => url === (base ?? plan.value.url));
    return api === undefined ? [] : [{ apiId: api.apiId, stage: api.stage, method, path: path.replace(/[?#].*$/, "") }];
  });
}

async function readResources(facts: Facts): Promise<{
  readonly resources: StackResources;
  readonly keys: readonly string[];
  readonly notes: readonly string[];
}> {
  const notes: string[] = [];
  const wide = (what: string, why: string): void => void notes.push(`${what} stand in the policy as *: ${why}`);
  const [list, api] = await Promise.all([facts.get(functions, null), facts.get(apis, null)]);
  if (api.state === "unreadable") wide("the APIs", api.message);
  const ownApis =
    api.state === "known"
      ? { apis: api.value.map(({ apiId, type }) => ({ apiId, type })), signed: await signedTargets(facts, api.value) }
      : {};
  if (list.state === "unreadable") {
    wide("functions, layers, roles, parameters, secrets and logs", list.message);
    return { resources: ownApis, keys: [], notes };
  }
  const read = await Promise.all(
    list.value.map(async (fn) => ({
      fn,
      configuration: await facts.get(functionConfiguration, fn),
      settings: await Promise.all([facts.get(databaseUrl, fn), facts.get(signingSecret, fn)]),
    })),
  );
  const unread = read.flatMap(({ configuration }) => (configuration.state === "unreadable" ? [configuration] : []))[0];
  const named = list.value.map(({ functionName, qualifier }) => ({
    name: functionName,
    qualified: qualifier !== undefined,
  }));
  if (unread !== undefined) {
    wide("layers, roles, parameters, secrets and logs", unread.message);
    return { resources: { ...ownApis, functions: named }, keys: [], notes };
  }
  const configurations = read.flatMap(({ configuration }) =>
    configuration.state === "known" ? [configuration.value] : [],
  );
  const origins = read.flatMap(({ settings }) =>
    settings.flatMap((setting) => (setting.state === "known" ? (setting.value.origin ?? []) : [])),
  );
  return {
    resources: {
      ...ownApis,
      functions: named,
      layers: configurations.flatMap(({ layers }) => layers.flatMap(({ arn }) => layerRef(arn)?.layerArn ?? [])),
      roles: configurations.map(({ role }) => role),
      parameters: origins.flatMap((origin) => (origin.kind === "ssm" ? [origin.name] : [])),
      secrets: origins.flatMap((origin) => (origin.kind === "secrets-manager" ? [origin.id] : [])),
      logGroups: configurations.map(({ logGroup }) => logGroup),
    },
    keys: configurations.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []),
    notes,
  };
}
