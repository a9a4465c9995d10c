// What is said of logs that are named wrongly: what was meant, where that can be told.
import type { LogReader } from "../source/log-reader.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError, type UsageError } from "./exit.ts";
import { fewStacks, nearestStack } from "./preflight.ts";

/** What it takes to find out. */
export type NameFinder = Pick<LogReader, "lambdaFunction" | "stackNames" | "logGroupNames">;

/** More functions than these are not listed. */
const mostNamed = 12;
const ofFunction =
  /^(?:arn:[^:]+:lambda:[^:]+:\d+:function:|\d{12}:(?:function:)?|function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/;

/**
 * Sees to it that names can be functions' names, of this region.
 * @throws UsageError
 */
export function requireFunctionNames(names: readonly string[], region: string): void {
  for (const name of names) {
    const own = /^arn:[^:]+:lambda:([^:]+):/.exec(name)?.[1];
    if (own !== undefined && own !== region)
      throw usageError(`The function ${name} is in ${own}, and the region here is ${region}.`, `--region ${own}`);
    if (ofFunction.test(name)) continue;
    throw usageError(`${name === "" ? "An empty text" : name} is no function's name.`, meantBy(name));
  }
}

function meantBy(name: string): string {
  const group = /^arn:[^:]+:logs:[^:]*:\d+:log-group:.+/.test(name) || name.startsWith("/");
  if (group && !/[*?]/.test(name)) return `a log group is named so: --log-group ${name}`;
  if (/[*?]/.test(name)) return "names are not patterns: name each, or all of a stack by --stack NAME";
  return "a function is named by its logical id with --stack NAME, by its own name, or by its ARN";
}

/** The error for a stack that is not there. */
export async function noStack(
  reader: Pick<NameFinder, "stackNames">,
  stack: string,
  region: string,
): Promise<UsageError> {
  return usageError(`There is no stack ${stack} in ${region}.`, nearestStack(stack, (await stacksOf(reader)) ?? []));
}

async function stacksOf(reader: Pick<NameFinder, "stackNames">): Promise<readonly string[] | undefined> {
  const reply = await reader.stackNames({}, undefined);
  return reply.status === "ok" ? reply.body : undefined;
}

export interface AskedFunction {
  readonly name: string;
  readonly region: string;
  /** Empty where none is named. */
  readonly stack: string;
  readonly isThere: boolean;
  /** Logical ids of the stack's functions. */
  readonly labels: readonly string[];
}

/** The error for a function that is not there. */
export async function noFunction(reader: NameFinder, asked: AskedFunction): Promise<UsageError> {
  const { name, region, stack, isThere, labels } = asked;
  const missing = `There is no function ${name} in ${region}`;
  const [, plain = name, qualifier] = ofFunction.exec(name) ?? [];
  if (qualifier !== undefined) {
    const reply = await reader.lambdaFunction({ name: name.slice(0, -qualifier.length - 1) }, undefined);
    if (reply.status === "ok" && reply.body.exists)
      return usageError(
        `The function ${plain} has no version or alias ${qualifier}.`,
        `all of its versions log to one place: name it without :${qualifier}`,
      );
  }
  if (stack !== "" && !isThere)
    return usageError(`${missing}, nor a stack ${stack}.`, nearestStack(stack, (await stacksOf(reader)) ?? []));
  const near = didYouMean(plain, labels);
  if (near !== undefined) return usageError(`${missing}.`, near);
  if (labels.length > 0 && labels.length <= mostNamed)
    return usageError(`${missing}.`, `the stack ${stack} has ${labels.join(", ")}`);
  const account = /^arn:[^:]+:lambda:[^:]+:(\d+):/.exec(name)?.[1];
  if (account !== undefined)
    return usageError(`${missing}.`, `check that the credentials are of the account ${account}, and the name`);
  if (stack !== "") return usageError(`${missing}.`, "check its name, --stack and --region");
  const stacks = (await stacksOf(reader)) ?? [];
  if (stacks.includes(plain))
    return usageError(`${missing}, but a stack.`, `--stack ${plain} follows all of its functions`);
  const choice = stacks.length > 0 && stacks.length <= fewStacks ? stacks.toSorted().join(" or ") : "NAME";
  return usageError(
    `${missing}.`,
    `a logical id takes its stack: --stack ${choice}; aws lambda list-functions --region ${region} shows what there is`,
  );
}

/** What may have been meant by a log group that is not there, as a question; undefined where nothing is near, or may be listed. */
export async function nearestGroup(
  reader: Pick<NameFinder, "logGroupNames">,
  group: string,
): Promise<string | undefined> {
  // One of another account is not listed here.
  if (group.startsWith("arn:")) return undefined;
  // Typos are seldom at the beginning, and there may be thousands of groups.
  const cut = group.lastIndexOf("/") + 1;
  return didYouMean(group, await reader.logGroupNames(cut > 1 ? group.slice(0, cut) : group.slice(0, 2)));
}

/** The error for a log group that is not there. */
export async function noGroup(reader: Pick<NameFinder, "logGroupNames">, group: string): Promise<UsageError> {
  return usageError(
    `The log group ${group} does not exist.`,
    (await nearestGroup(reader, group)) ?? "check --log-group and --region",
  );
}
