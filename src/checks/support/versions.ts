// In what a published version of a function differs from what was deployed last.
import type { FunctionConfiguration } from "../../facts/functions.ts";

/** What callers would notice of a change, in the order in which it matters. */
const parts: readonly (readonly [string, (fn: FunctionConfiguration) => unknown])[] = [
  ["code", ({ codeSha256, imageUri }) => imageUri ?? codeSha256],
  ["layers", ({ layers }) => layers.map(({ arn }) => arn)],
  ["runtime", ({ runtime, architecture }) => [runtime, architecture]],
  ["handler", ({ handler }) => handler],
  ["role", ({ role }) => role],
  [
    "network",
    ({ vpcId, subnetIds = [], securityGroupIds = [] }) => [vpcId, subnetIds.toSorted(), securityGroupIds.toSorted()],
  ],
  ["limits", ({ timeoutSeconds, memoryMb }) => [timeoutSeconds, memoryMb]],
];

/** The parts that differ; of the variables, by their names. Empty where it is all the same. */
export function differences(one: FunctionConfiguration, other: FunctionConfiguration): readonly string[] {
  const names = Object.keys({ ...one.environment, ...other.environment }).toSorted();
  const variables = names.filter((name) => !isSame(one.environment[name], other.environment[name]));
  return [
    ...parts.filter(([, part]) => !isSame(part(one), part(other))).map(([name]) => name),
    ...(variables.length === 0
      ? []
      : [variables.length === 1 ? `the variable ${variables[0]}` : `the variables ${variables.join(", ")}`]),
  ];
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
