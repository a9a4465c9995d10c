/** What a check asks about and a finding speaks of. */
export const subjectKinds = [
  "stack",
  "function",
  "layer",
  "tool",
  "api",
  "database",
  "parameter",
  "secret",
  "role",
  "project",
] as const;

export type SubjectKind = (typeof subjectKinds)[number];

/** `id` is unique within its kind and stable between runs; `label` is what a person reads. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly label: string;
}

/** A function of the stack, at the qualifier that the API really invokes. */
export interface FunctionRef extends Subject {
  readonly kind: "function";
  /** The physical name or ARN, as the Lambda API and the remedies' commands take it. */
  readonly functionName: string;
  /** Version or alias; absent means `$LATEST`. */
  readonly qualifier?: string;
}

/** One version of a layer; its id is the version's ARN, its label `name:version`. */
export interface LayerRef extends Subject {
  readonly kind: "layer";
  readonly layerArn: string;
  readonly name: string;
  readonly version: number;
}

/** One callable route of the stack's API; its id is the tool's name. */
export interface ToolRef extends Subject {
  readonly kind: "tool";
  readonly method: string;
  readonly path: string;
  /** Logical id of the function behind the route, where the API names one. */
  readonly functionId?: string;
}

/** A key under which subjects can be compared. */
export function subjectKey(subject: Subject): string {
  return `${subject.kind}:${subject.id}`;
}

/** Splits a layer version's ARN (`arn:aws:lambda:<region>:<account>:layer:<name>:<version>`); undefined when it is none. */
export function layerRef(arn: string): LayerRef | undefined {
  const match = /^(arn:[^:]+:lambda:[^:]+:[^:]+:layer:([^:]+)):(\d+)$/.exec(arn);
  if (match === null) return undefined;
  const [, layerArn = "", name = "", version = ""] = match;
  return { kind: "layer", id: arn, label: `${name}:${version}`, layerArn, name, version: Number(version) };
}
