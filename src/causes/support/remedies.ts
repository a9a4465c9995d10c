// What all remedies are made of.
import type { Remedy, RemedyKind } from "../../core/cause.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { aws, type Place } from "./place.ts";
import { forEach, placeholdersIn, quote } from "./shell.ts";

interface RemedyParts {
  readonly advice?: string | undefined;
  /** Shell variables that the reader must set first, with what they hold. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** False for commands that only look. */
  readonly changes?: boolean;
}

/** One remedy; its placeholders are found in its commands. */
export function remedy(
  kind: RemedyKind,
  title: string,
  commands: readonly string[],
  { advice, variables, changes }: RemedyParts = {},
): Remedy {
  const placeholders = placeholdersIn(commands);
  return {
    kind,
    title,
    commands,
    ...(advice === undefined || advice === "" ? {} : { advice }),
    ...(variables === undefined || Object.keys(variables).length === 0 ? {} : { variables }),
    ...(placeholders.length === 0 ? {} : { placeholders }),
    changes: changes ?? (kind !== "verify" && commands.length > 0),
  };
}

/** Prose that no command can say. */
export function advice(kind: RemedyKind, title: string, text: string): Remedy {
  return remedy(kind, title, [], { advice: text });
}

/**
 * One update of each function, in one loop; `line` sees the function's name as `"$fn"`. Lambda updates in the background:
 * until it is done the function runs as before and refuses another update, so that each is waited for. Where the API
 * invokes an alias, the change is published and the alias moved to it, since an alias keeps pointing at the old version.
 */
export function eachFunction(place: Place, functions: readonly FunctionRef[], line: string): readonly string[] {
  const plain = functions.filter(({ qualifier }) => qualifier === undefined || qualifier === "$LATEST");
  const aliases = [...new Set(functions.map(({ qualifier }) => qualifier).filter((name) => name !== undefined))].filter(
    (name) => !/^(\d+|\$LATEST)$/.test(name),
  );
  const commands: string[] = [];
  const update = [line, aws(place, 'lambda wait function-updated --function-name "$fn"')];
  if (plain.length > 0) commands.push(...forFunctions(plain, update));
  for (const alias of aliases) {
    const invoked = functions.filter(({ qualifier }) => qualifier === alias);
    commands.push(...forFunctions(invoked, [...update, ...publishLines(place, alias)]));
  }
  return commands;
}

/** Publishes what was deployed last and moves the alias to it that the API invokes, for each function. */
export function publishLatest(place: Place, functions: readonly FunctionRef[]): readonly string[] {
  const aliases = new Set(functions.flatMap(({ qualifier }) => qualifier ?? []));
  return [...aliases].flatMap((alias) =>
    forFunctions(
      functions.filter(({ qualifier }) => qualifier === alias),
      publishLines(place, alias),
    ),
  );
}

/** What cannot be mended by a change of the function, because the API invokes a fixed version of it. */
export function fixedVersionRemark(functions: readonly FunctionRef[]): string {
  const fixed = functions.filter(({ qualifier }) => /^\d+$/.test(qualifier ?? ""));
  if (fixed.length === 0) return "";
  const names = fixed.map(({ label, qualifier }) => `${label}:${qualifier}`).join(", ");
  return `The API invokes a fixed version of ${names}; only a deploy that points it at a new version reaches callers.`;
}

function publishLines(place: Place, alias: string): readonly string[] {
  return [
    `version=$(${aws(place, 'lambda publish-version --function-name "$fn" --query Version --output text')})`,
    aws(
      place,
      `lambda update-alias --function-name "$fn" --name ${quote(alias)} --function-version "$version" --query AliasArn --output text`,
    ),
  ];
}

/** Lines that see a function's name as `"$fn"`: in a loop where there are several, with the name in its place for one. */
export function forFunctions(functions: readonly FunctionRef[], lines: readonly string[]): readonly string[] {
  const [first, ...others] = namesOf(functions);
  if (first === undefined) return [];
  if (others.length === 0) return lines.map((line) => line.replaceAll('"$fn"', quote(first)));
  return [forEach("fn", [first, ...others], lines)];
}

const namesOf = (functions: readonly FunctionRef[]): readonly string[] => functions.map((fn) => fn.functionName);
