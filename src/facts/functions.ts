import { stackFact, subjectFact } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import type { BodyOf } from "./requests/index.ts";
import type { lambdaAlias, lambdaFunction } from "./requests/lambda.ts";

export type FunctionConfiguration = Extract<BodyOf<typeof lambdaFunction>, { exists: true }>;

/** The functions of the stack, each at the qualifier that the API invokes. */
export const functions = stackFact<readonly FunctionRef[]>("functions");

/** Whether a function is meant by its logical id, its physical name or its ARN. */
export function isNamed({ id, functionName }: FunctionRef, name: string): boolean {
  return name === id || name === functionName || name.endsWith(`:function:${functionName}`);
}

/** Whether the function is there at all, and its configuration; for the one check that asks. */
export const functionPresence = subjectFact<FunctionRef, BodyOf<typeof lambdaFunction>>("functionPresence");

/** The configuration of a function that is there. */
export const functionConfiguration = subjectFact<FunctionRef, FunctionConfiguration>("functionConfiguration");

/** The same function as it was deployed last, whatever version or alias callers are sent to. */
export function latestOf({ qualifier: _qualifier, ...fn }: FunctionRef): FunctionRef {
  return { ...fn, id: `${fn.id}:$LATEST`, label: `${fn.label}:$LATEST` };
}

/** The configuration of `$LATEST`: for a function without a qualifier its own. */
export const latestConfiguration = subjectFact<FunctionRef, FunctionConfiguration>("latestConfiguration");

export type AliasTarget = Extract<BodyOf<typeof lambdaAlias>, { exists: true }>;

/** Where the alias leads that the API invokes; undefined for a function that is invoked without one. */
export const aliasTarget = subjectFact<FunctionRef, AliasTarget | undefined>("aliasTarget");
