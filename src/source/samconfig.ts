import { toValue } from "./classify-value.ts";
import type { ProjectFolder } from "./project-folder.ts";
import type { Vault } from "./vault.ts";

type Environment = NonNullable<ProjectFolder["samconfig"]>["environments"][number];

/** The environments of a samconfig file and the templates that it names. */
export interface Samconfig {
  readonly environments: Environment[];
  readonly templates: readonly string[];
}

/** Reads samconfig.toml or samconfig.yaml. `unreadable` says why text is neither, as the end of a sentence about the file. */
export async function readSamconfig(
  text: string,
  file: string,
  vault: Vault,
): Promise<Samconfig | { readonly unreadable: string }> {
  const parsed = await parse(text, file);
  if (typeof parsed === "string") return { unreadable: parsed };
  const templates = new Set<string>();
  const environments: Environment[] = [];
  for (const [name, commands] of Object.entries(parsed)) {
    if (!isTable(commands)) continue;
    const shared = parametersOf(commands, "global");
    const deploy = { ...shared, ...parametersOf(commands, "deploy") };
    for (const from of [deploy, { ...shared, ...parametersOf(commands, "build") }]) {
      const named = from["template_file"] ?? from["template"];
      if (typeof named === "string") templates.add(named);
    }
    const lines = overrideLines(text, name);
    environments.push({
      name,
      overrides: overridesOf(deploy["parameter_overrides"]).map(([key, value]) => ({
        name: key,
        value: toValue(vault, key, value),
        line: lines(key),
      })),
      ...optionalText("stackName", deploy["stack_name"]),
      ...optionalText("region", deploy["region"]),
      ...optionalText("profile", deploy["profile"]),
    });
  }
  return { environments, templates: [...templates] };
}

/** The tables of the file, or why there are none. */
async function parse(text: string, file: string): Promise<Readonly<Record<string, unknown>> | string> {
  const isYaml = /\.ya?ml$/.test(file);
  const language = isYaml ? "YAML" : "TOML";
  try {
    if (isYaml) {
      const { parse: parseYaml } = await import("./yaml.ts");
      const parsed: unknown = parseYaml(text, { logLevel: "error" });
      return isTable(parsed) ? parsed : "it holds no table of environments";
    }
    const { parse: parseToml } = await import("smol-toml");
    return parseToml(text);
  } catch (error) {
    const line = lineOf(error);
    return line === undefined ? `it is no valid ${language}` : `line ${line} is no valid ${language}`;
  }
}

/** Where the parsers say that they stopped. Their messages are not passed on: they quote the file, secrets included. */
function lineOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("line" in error && typeof error.line === "number") return error.line;
  const [from] = "linePos" in error && Array.isArray(error.linePos) ? (error.linePos as readonly unknown[]) : [];
  return lineOf(from);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function parametersOf(commands: Readonly<Record<string, unknown>>, command: string): Readonly<Record<string, unknown>> {
  const table = commands[command];
  const parameters = isTable(table) ? table["parameters"] : undefined;
  return isTable(parameters) ? parameters : {};
}

function optionalText<Key extends string>(key: Key, value: unknown): { [K in Key]?: string } {
  return (typeof value === "string" && value !== "" ? { [key]: value } : {}) as { [K in Key]?: string };
}

/** `parameter_overrides`: one string of pairs, a list of such strings, or a table. */
function overridesOf(value: unknown): (readonly [string, string])[] {
  if (typeof value === "string") return splitOverrides(value);
  if (Array.isArray(value)) return value.flatMap((one: unknown) => overridesOf(one));
  if (!isTable(value)) return [];
  return Object.entries(value).map(
    ([key, inner]) => [key, Array.isArray(inner) ? inner.join(",") : String(inner)] as const,
  );
}

/**
 * Splits `Key="a value" Other=x` and `ParameterKey=Key,ParameterValue=x` as the SAM CLI does: pairs end at blanks outside
 * quotes, a backslash protects the next character.
 */
export function splitOverrides(text: string): (readonly [string, string])[] {
  const pairs = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?)+/g) ?? [];
  return pairs.flatMap((pair): (readonly [string, string])[] => {
    const long = /^ParameterKey=(.+?),ParameterValue=([\s\S]*)$/.exec(unquoted(pair));
    if (long !== null) return [[long[1] ?? "", long[2] ?? ""]];
    const equals = pair.indexOf("=");
    return equals < 1 ? [] : [[unquoted(pair.slice(0, equals)), unquoted(pair.slice(equals + 1))]];
  });
}

function unquoted(text: string): string {
  return text.replaceAll(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_all, escaped, double, single) =>
    String(escaped ?? (typeof double === "string" ? double.replaceAll(/\\([\s\S])/g, "$1") : (single ?? ""))),
  );
}

/** Finds the line of an override of one environment: where its name stands behind `parameter_overrides`. */
function overrideLines(text: string, environment: string): (name: string) => number {
  const lines = text.split("\n");
  const section = new RegExp(
    String.raw`^\s*\[+\s*"?${escaped(environment)}"?\s*\.\s*(?:deploy|global)\b|^${escaped(environment)}\s*:`,
  );
  const otherSection = /^\s*\[\s*"?[\w-]+"?\s*(?:\.|\])|^[\w-]+:/;
  let inside = false;
  const own: { readonly text: string; readonly line: number }[] = [];
  let from = 1;
  for (const [index, line] of lines.entries()) {
    if (section.test(line)) inside = true;
    else if (otherSection.test(line)) inside = false;
    if (!inside) continue;
    own.push({ text: line, line: index + 1 });
    if (/parameter_overrides/.test(line) && from === 1) from = index + 1;
  }
  return (name) => {
    const stands = new RegExp(
      String.raw`(?:^|[\s"',\[])(?:ParameterKey=)?${escaped(name)}\\?["']?\s*(?:[=:]|,ParameterValue)`,
    );
    return own.find(({ text: line, line: at }) => at >= from && stands.test(line))?.line ?? from;
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
