// Apart from the fact itself, since the YAML parser is loaded only where there is a template to read.
import {
  isNode,
  LineCounter,
  parseDocument,
  type ScalarTag,
  type CollectionTag,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Template, TemplateEvent, TemplateFunction, TemplateLayer } from "./template.ts";

// CloudFormation's short forms: `!Ref x` is `{Ref: x}`, `!Sub x` is `{"Fn::Sub": x}`, and so on.
const intrinsics = [
  "And",
  "Base64",
  "Cidr",
  "Condition",
  "Equals",
  "FindInMap",
  "GetAtt",
  "GetAZs",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "Ref",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
] as const;

const longName = (name: string): string => (name === "Ref" || name === "Condition" ? name : `Fn::${name}`);

const tags: (ScalarTag | CollectionTag)[] = intrinsics.flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => ({ [longName(name)]: text }) } satisfies ScalarTag,
  {
    tag: `!${name}`,
    collection: "seq",
    resolve: (seq: YAMLMap.Parsed | YAMLSeq.Parsed) => ({ [longName(name)]: seq.toJSON() }),
  } as unknown as CollectionTag,
  {
    tag: `!${name}`,
    collection: "map",
    resolve: (map: YAMLMap.Parsed | YAMLSeq.Parsed) => ({ [longName(name)]: map.toJSON() }),
  } as unknown as CollectionTag,
]);

/**
 * Reads a CloudFormation or SAM template in YAML or JSON.
 * @returns the template, or one sentence that says where it cannot be read.
 */
export function parseTemplate(text: string): { readonly template: Template } | { readonly fault: string } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { customTags: tags, logLevel: "silent", prettyErrors: true, lineCounter });
  const lineOf = (path: readonly string[]): number | undefined => {
    const node: unknown = document.getIn(path, true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    return start === undefined ? undefined : lineCounter.linePos(start).line;
  };
  const error = document.errors[0];
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    return {
      fault: `The template is no valid YAML or JSON${line === undefined ? "" : ` (line ${line})`}: ${firstLine(error.message).replace(/ at line \d+, column \d+:?$/, "")}`,
    };
  }
  const root: unknown = document.toJS();
  if (!isRecord(root) || !isRecord(root["Resources"])) return { fault: "The template has no Resources section." };
  const globals = record(record(root["Globals"])["Function"]);
  const parameters = Object.fromEntries(
    Object.entries(record(root["Parameters"])).map(([name, parameter]) => {
      const { Default: value, NoEcho: noEcho } = record(parameter);
      const isHidden = noEcho === true || noEcho === "true";
      return [name, { noEcho: isHidden, ...(isScalar(value) ? { defaultValue: String(value) } : {}) }];
    }),
  );
  const functions: TemplateFunction[] = [];
  const layers: TemplateLayer[] = [];
  for (const [logicalId, resource] of Object.entries(root["Resources"])) {
    if (!isRecord(resource)) continue;
    const properties = record(resource["Properties"]);
    switch (resource["Type"]) {
      case "AWS::Serverless::Function":
        functions.push({
          ...templateFunction(logicalId, properties, globals, parameters),
          ...writtenAt(lineOf, logicalId, properties, globals),
        });
        break;
      case "AWS::Lambda::Function":
        functions.push({
          ...templateFunction(logicalId, properties, {}, parameters),
          ...writtenAt(lineOf, logicalId, properties, {}),
        });
        break;
      case "AWS::Serverless::LayerVersion":
      case "AWS::Lambda::LayerVersion":
        layers.push({
          logicalId,
          ...optional("name", properties["LayerName"]),
          ...optional("contentUri", properties["ContentUri"]),
        });
        break;
    }
  }
  return { template: { parameters, functions, layers } };
}

const searched: ReadonlySet<string> = new Set([
  "PYTHONPATH",
  "NODE_PATH",
  "LD_LIBRARY_PATH",
  "DJANGO_SETTINGS_MODULE",
  "PSYCOPG_IMPL",
]);

/**
 * The text of a value: literal, a parameter by its default, or put together of them. What only a deployment knows stands
 * in it as `${Name}`.
 */
function textOf(value: unknown, parameters: Template["parameters"]): string {
  if (isScalar(value)) return String(value);
  const { Ref: ref, "Fn::Sub": sub, "Fn::Join": join } = record(value);
  const [text, own] = Array.isArray(sub) ? (sub as unknown[]) : [sub];
  const named = (name: string): string => {
    const given = record(own)[name];
    if (given !== undefined) return textOf(given, parameters);
    const { noEcho, defaultValue } = parameters[name] ?? { noEcho: true };
    return noEcho || defaultValue === undefined ? `\${${name}}` : defaultValue;
  };
  if (typeof ref === "string") return named(ref);
  if (typeof text === "string") {
    return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) =>
      literal === "!" ? `\${${name}}` : named(name.trim()),
    );
  }
  if (Array.isArray(join) && typeof join[0] === "string" && Array.isArray(join[1])) {
    return join[1].map((part) => textOf(part, parameters)).join(join[0]);
  }
  return `\${${Object.keys(record(value))[0] ?? "value"}}`;
}

function templateFunction(
  logicalId: string,
  properties: Record<string, unknown>,
  globals: Record<string, unknown>,
  parameters: Template["parameters"],
): TemplateFunction {
  const environment = {
    ...record(record(globals["Environment"])["Variables"]),
    ...record(record(properties["Environment"])["Variables"]),
  };
  const parameterOf: Record<string, string> = {};
  const searchPaths: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (searched.has(name)) searchPaths[name] = textOf(value, parameters);
    const parameter = parameterIn(value);
    if (parameter !== undefined) parameterOf[name] = parameter;
  }
  return {
    logicalId,
    parameterOf,
    ...(Object.keys(searchPaths).length === 0 ? {} : { searchPaths }),
    events: eventsOf(properties["Events"]),
    ...optional("codeUri", properties["CodeUri"] ?? globals["CodeUri"]),
    ...optional("handler", properties["Handler"] ?? globals["Handler"]),
    ...optional("runtime", properties["Runtime"] ?? globals["Runtime"]),
    ...optional("architecture", listOf(properties["Architectures"] ?? globals["Architectures"])[0]),
    ...layersOf([...listOf(globals["Layers"]), ...listOf(properties["Layers"])]),
  };
}

/** The lines of the values that the template writes out itself, those of Globals included. */
function writtenAt(
  lineOf: (path: readonly string[]) => number | undefined,
  logicalId: string,
  properties: Record<string, unknown>,
  globals: Record<string, unknown>,
): Pick<TemplateFunction, "writtenAt"> {
  const variables = ["Environment", "Variables"];
  const inGlobals = record(record(globals["Environment"])["Variables"]);
  const own = record(record(properties["Environment"])["Variables"]);
  const lines = Object.entries({ ...inGlobals, ...own }).flatMap(([name, value]) => {
    const above = name in own ? ["Resources", logicalId, "Properties"] : ["Globals", "Function"];
    const line = isScalar(value) ? lineOf([...above, ...variables, name]) : undefined;
    return line === undefined ? [] : [[name, line] as const];
  });
  return lines.length === 0 ? {} : { writtenAt: Object.fromEntries(lines) };
}

/** The events that are routes; an HTTP API's event without path and method is its default route. */
function eventsOf(events: unknown): readonly TemplateEvent[] {
  return Object.values(record(events)).flatMap((event): TemplateEvent[] => {
    const { Type: type, Properties: properties } = record(event);
    if (type !== "Api" && type !== "HttpApi") return [];
    const { Path: path = "/{proxy+}", Method: method = "ANY" } = record(properties);
    if (typeof path !== "string" || typeof method !== "string") return [];
    return [{ api: type === "Api" ? "rest" : "http", path, method: method.toUpperCase() }];
  });
}

/** SAM puts the layers of Globals before the function's own. */
function layersOf(list: readonly unknown[]): { readonly layers?: readonly string[] } {
  const layers = list.flatMap((layer) => {
    const name = isRecord(layer) ? layer["Ref"] : layer;
    return typeof name === "string" ? [name] : [];
  });
  return layers.length === 0 ? {} : { layers };
}

/** The parameter that a value is: `!Ref P`, `!Sub ${P}`, or the branch of an `!If` that refers to one. */
function parameterIn(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const { Ref: ref, "Fn::Sub": sub, "Fn::If": choice } = value;
  if (typeof ref === "string") return ref;
  if (typeof sub === "string") return /^\$\{([A-Za-z0-9]+)\}$/.exec(sub)?.[1];
  if (Array.isArray(choice))
    return choice
      .slice(1)
      .map(parameterIn)
      .find((name) => name !== undefined);
  return undefined;
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

function optional<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return typeof value === "string" ? ({ [key]: value } as { [P in K]: string }) : {};
}
