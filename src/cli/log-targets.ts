// Which log groups are meant by a stack, by functions and by names of groups.
import type { Reply } from "../core/reply.ts";
import type { UnreadLog } from "../core/triage.ts";
import type { LogReader } from "../source/log-reader.ts";
import { usageError } from "./exit.ts";
import { fatalHint } from "./preflight.ts";
import { noFunction, noStack, type NameFinder } from "./wrong-target.ts";

/** What it takes to find out. */
export type LogFinder = Pick<LogReader, "resources"> & NameFinder;

/** A stack's functions; none where no stack is named. */
export interface StackFunctions {
  readonly stack: string;
  readonly region: string;
  readonly isThere: boolean;
  readonly list: readonly Fn[];
}

export interface Fn {
  /** As it is called in the report: the logical id where there is a stack. */
  readonly label: string;
  /** Name or ARN, with its qualifier where one was given. */
  readonly name: string;
}

export interface Group {
  readonly group: string;
  /** Labels of the functions that are asked for, by name; undefined for a group that was itself asked for. */
  readonly functions: ReadonlyMap<string, string> | undefined;
  /** The ARN of one of the functions, which names the account. */
  readonly owner?: string;
}

export function shortName(group: string): string {
  return (group.startsWith("arn:") ? group.split(":").slice(6).join(":") : group).replace(/^\/aws\/lambda\//, "");
}

/** In a group that several functions share, Lambda puts the function's name into the stream's: `2026/11/23/name[7]0123...`. */
export function ownerOf(stream: string): string | undefined {
  return /^\d{4}\/\d\d\/\d\d\/([^[\]]+)\[/.exec(stream)?.[1];
}

export type Gap = Exclude<Reply<never>, { status: "ok" }>;

export function gap(reply: Gap): { readonly message: string; readonly action?: string } {
  switch (reply.status) {
    case "denied":
      return { message: reply.message, action: reply.action };
    case "failed":
      return { message: reply.message };
    case "not-recorded":
      return { message: "It was not asked for." };
  }
}

/** @throws UsageError for what must be mended before anything can be asked. */
export function requireAnswer(reply: Reply<unknown>): void {
  const hint = reply.status === "failed" ? fatalHint(reply.code) : undefined;
  if (reply.status === "failed" && hint !== undefined) throw usageError(reply.message, hint);
}

/**
 * Log groups as they are named on the command line: by name, or by ARN with or without the `:*` behind it.
 * @throws UsageError for what names no group, and for a group of another region
 */
export function namedGroups(named: readonly string[], region: string): readonly string[] {
  return named.map((text) => {
    const group = text.trim().replace(/:\*$/, "");
    if (group === "") throw usageError("--log-group is empty.", "name a log group: --log-group /aws/lambda/FUNCTION");
    if (/[*?\s]/.test(group))
      throw usageError(`${group} is no log group's name.`, "names are not patterns: --log-group A --log-group B");
    if (!group.startsWith("arn:")) return group;
    const [, , service, own = ""] = group.split(":");
    if (service !== "logs" || shortName(group) === "")
      throw usageError(`${group} is no log group's ARN.`, "one reads arn:aws:logs:REGION:ACCOUNT:log-group:NAME");
    if (own !== region)
      throw usageError(`The log group ${group} is in ${own}, and the region here is ${region}.`, `--region ${own}`);
    return group;
  });
}

/** The functions of a stack, if one is named; `optional` where a function can be found by its own name as well. */
export async function functionsOf(
  reader: LogFinder,
  { stack, region }: { readonly stack: string; readonly region: string },
  optional: boolean,
): Promise<StackFunctions> {
  if (stack === "") return { stack, region, isThere: false, list: [] };
  const reply = await reader.resources({ stack }, undefined);
  requireAnswer(reply);
  if (reply.status !== "ok") {
    const missing = reply.status === "failed" && /does not exist/.test(reply.message);
    if (optional) return { stack, region, isThere: !missing, list: [] };
    if (missing) throw await noStack(reader, stack, region);
    throw usageError(
      `The functions of the stack ${stack} could not be listed: ${gap(reply).message}`,
      "name their logs: --log-group /aws/lambda/FUNCTION",
    );
  }
  const all = reply.body.filter(({ type }) => type === "AWS::Lambda::Function");
  const list = all
    .filter(({ status, physicalId }) => physicalId !== "" && status !== "DELETE_COMPLETE")
    .map(({ logicalId, physicalId }) => ({ label: logicalId, name: physicalId }));
  if (list.length > 0 || optional) return { stack, region, isThere: true, list };
  const nested = reply.body
    .filter(({ type }) => type === "AWS::CloudFormation::Stack")
    .map(({ physicalId }) => /:stack\/([^/]+)/.exec(physicalId)?.[1] ?? physicalId);
  throw usageError(
    all.length === 0
      ? `The stack ${stack} has no Lambda functions.`
      : `The stack ${stack} has no Lambda functions ${all.some(({ physicalId }) => physicalId === "") ? "yet" : "any more"}.`,
    nested.length > 0
      ? `name a nested stack: --stack ${nested.join(" or ")}`
      : "name a log group: --log-group GROUP; a nested stack has a name of its own",
  );
}

export function oneOf(functions: readonly Fn[], name: string): Fn {
  const plain = /^arn:[^:]+:lambda:[^:]+:\d+:function:([^:]+)/.exec(name)?.[1] ?? name.split(":")[0] ?? name;
  const found = functions.find((fn) => fn.label === plain || fn.name === plain);
  if (found !== undefined) return found;
  return { label: plain, name };
}

/** The log groups of functions, each once, with the functions that write into it. */
export async function groupsOf(
  reader: LogFinder,
  functions: readonly Fn[],
  asked: boolean,
  unread: UnreadLog[],
  { stack, region, isThere, list }: StackFunctions,
): Promise<readonly Group[]> {
  const byGroup = new Map<string, Map<string, string>>();
  const owners = new Map<string, string>();
  const labels = list.map(({ label }) => label);
  await Promise.all(
    functions.map(async ({ label, name }) => {
      const reply = await reader.lambdaFunction({ name }, undefined);
      requireAnswer(reply);
      if (reply.status !== "ok") {
        unread.push({ what: label, ...gap(reply) });
        return;
      }
      if (!reply.body.exists) {
        if (asked)
          throw await noFunction(reader, {
            name,
            region,
            stack,
            isThere,
            labels: labels.filter((other) => other !== label),
          });
        unread.push({ what: label, message: `The function ${name} does not exist.` });
        return;
      }
      const { logGroup, name: ownName } = reply.body;
      const own = byGroup.get(logGroup) ?? new Map<string, string>();
      byGroup.set(logGroup, own.set(ownName, label));
      owners.set(logGroup, reply.body.arn);
    }),
  );
  return [...byGroup].map(([group, own]) => {
    const owner = owners.get(group);
    return { group, functions: own, ...(owner === undefined ? {} : { owner }) };
  });
}
