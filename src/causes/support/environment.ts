// Changes of a function's environment that leave its other variables alone: Lambda only takes the whole of it.
import type { FunctionRef } from "../../core/subject.ts";
import { aws, type Place } from "./place.ts";
import { eachFunction } from "./remedies.ts";
import { fromVariable, pipe, quote } from "./shell.ts";

/**
 * Sets environment variables of functions from shell variables: read, merge, write, through pipes, so that no value
 * appears on a command line or a terminal. Where a part before it fails, the last gets nothing and refuses that.
 * Lambda leaves out the variables, and reports no error, for a caller who may not decrypt them: what would replace them
 * all by these few stops instead, except for functions that are known to have none.
 * @param values environment variable to the name of the shell variable that holds its value.
 * @param bare functions of which it was read that they have no variables.
 */
export function setVariables(
  place: Place,
  functions: readonly FunctionRef[],
  values: Readonly<Record<string, string>>,
  bare: ReadonlySet<FunctionRef> = new Set(),
): readonly string[] {
  const without = functions.filter((fn) => bare.has(fn));
  const having = functions.filter((fn) => !bare.has(fn));
  return [...merge(place, having, values, stop), ...merge(place, without, values, "{}")];
}

/** Python that stops; it stands in a word of the shell, so that it must do without apostrophes. */
const stop = 'sys.exit("nothing changed: the variables did not come back (kms:Decrypt on the key?)")';

/** @param otherwise Python for what stands in place of variables that did not come back. */
function merge(
  place: Place,
  functions: readonly FunctionRef[],
  values: Readonly<Record<string, string>>,
  otherwise: string,
): readonly string[] {
  const shellNames = [...new Set(Object.values(values))];
  const given = shellNames.map((name) => `${name}=${fromVariable(name)}`).join(" ");
  const assignments = Object.entries(values).map(
    ([variable, shell]) => `v[${JSON.stringify(variable)}] = os.environ[${JSON.stringify(shell)}]`,
  );
  const program = [
    "import json, os, sys",
    `v = json.load(sys.stdin) or ${otherwise}`,
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
