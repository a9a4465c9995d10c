// Changes of a function's environment that leave its other variables alone: Lambda only takes the whole of it.
import type { FunctionRef } from "../../core/subject.ts";
import { aws, type Place } from "./place.ts";
import { eachFunction } from "./remedies.ts";
import { fromVariable, pipe, quote } from "./shell.ts";

/**
 * Sets environment variables of functions from shell variables: read, merge, write, through pipes, so that no value
 * appears on a command line or a terminal. Where a part before it fails, the last gets nothing and refuses that.
 * @param values environment variable to the name of the shell variable that holds its value.
 */
export function setVariables(
  place: Place,
  functions: readonly FunctionRef[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const shellNames = [...new Set(Object.values(values))];
  const given = shellNames.map((name) => `${name}=${fromVariable(name)}`).join(" ");
  const assignments = Object.entries(values).map(
    ([variable, shell]) => `v[${JSON.stringify(variable)}] = os.environ[${JSON.stringify(shell)}]`,
  );
  const program = [
    "import json, os, sys",
    "v = json.load(sys.stdin) or {}",
    ...assignments,
    'json.dump({"Variables": v}, sys.stdout)',
  ].join("; ");
  const read = aws(
    place,
    'lambda get-function-configuration --function-name "$fn" --query Environment.Variables --output json',
  );
  return eachFunction(place, functions, pipe(read, `${given} python3 -c ${quote(program)}`, writeEnvironment(place)));
}

function writeEnvironment(place: Place): string {
  return aws(
    place,
    'lambda update-function-configuration --function-name "$fn" --environment file:///dev/stdin --query LastUpdateStatus --output text',
  );
}

/**
 * Makes functions start afresh: what they read once and keep, a secret for example, they read again. Any change of the
 * configuration does that; the description is one that no code depends on.
 */
export function restart(place: Place, functions: readonly FunctionRef[]): readonly string[] {
  return eachFunction(
    place,
    functions,
    aws(
      place,
      'lambda update-function-configuration --function-name "$fn" --description "Started afresh $(date -u +%Y-%m-%dT%H:%M:%SZ)" --query LastUpdateStatus --output text',
    ),
  );
}

/** Reads one variable of a function into a shell variable, through a filter where one is given. */
export function readVariable(
  place: Place,
  shell: string,
  functionName: string,
  variable: string,
  filter: string | undefined,
): string {
  const read = aws(
    place,
    `lambda get-function-configuration --function-name ${quote(functionName)} --query ${quote(`Environment.Variables.${variable}`)} --output text`,
  );
  return `${shell}=$(${filter === undefined ? read : `${read} | ${filter}`})`;
}
