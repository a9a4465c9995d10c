import { databaseUrl, signingSecret, type Setting } from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { layerVersion, newestLayerVersion } from "../facts/layers.ts";
import { run } from "../facts/run.ts";
import { deploy } from "../facts/stack.ts";
import type { Facts } from "./fact.ts";
import type { Diagnosis, Moment } from "./report.ts";
import { momentKinds } from "./report.ts";
import type { FunctionRef } from "./subject.ts";
import { layerRef } from "./subject.ts";

const minute = 60_000;
/** What changed longer before the first error, or before the last deploy where none was logged, did not bring it about. */
const recent = 7 * 24 * 60 * minute;
/** CloudFormation says that it is done a while after it changed the last function. */
const afterDeploy = minute;
const beforeDeploy = 5_000;

/**
 * What happened around the beginning of a cause, oldest first: its first and last error, the last deploy, and those changes
 * of what it speaks of (layer versions, parameters, functions beside the deploy) that came shortly before or after. Goes by
 * the facts that are known by now and collects none.
 */
export function timelineOf(
  diagnosis: Pick<Diagnosis, "headline" | "summary" | "subjects" | "because" | "explains">,
  facts: Facts,
): readonly Moment[] {
  const errors = errorMoments(diagnosis, facts.seen(run, null)?.startedAt);
  const last = facts.seen(deploy, null);
  const deployedAt = last?.finishedAt ?? last?.startedAt;
  const reference = errors[0]?.at ?? deployedAt;
  const since = reference === undefined ? undefined : Date.parse(reference) - recent;
  const concerned = concernedFunctions(diagnosis, facts);
  const speaksOf = speaker(diagnosis);
  const changes = [
    ...layerMoments(concerned, speaksOf, facts),
    ...settingMoments(concerned, diagnosis, speaksOf, facts),
    ...functionMoments(concerned, facts),
  ].filter(({ at }) => since !== undefined && Date.parse(at) >= since);
  const deployed: readonly Moment[] = deployedAt === undefined ? [] : [{ at: deployedAt, kind: "deploy" }];
  return [...changes, ...deployed, ...errors]
    .filter(({ at }) => !Number.isNaN(Date.parse(at)))
    .toSorted(
      (a, b) => Date.parse(a.at) - Date.parse(b.at) || momentKinds.indexOf(a.kind) - momentKinds.indexOf(b.kind),
    );
}

/**
 * The first and the last time that anything of it was logged before the run, whose own requests fail as others do; of what
 * was logged once there is no last time.
 */
function errorMoments(
  { because, explains }: Pick<Diagnosis, "because" | "explains">,
  runAt: string | undefined,
): readonly Moment[] {
  const before = runAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(runAt);
  const evidence = [...because, ...explains.flatMap((finding) => finding.evidence)];
  const times = evidence
    .flatMap(({ kind, first, last }) => (kind === "log" ? [first, last].filter((at) => at !== undefined) : []))
    .filter((at) => Date.parse(at) < before)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) return [];
  const whole = Date.parse(last) - Date.parse(first) < 1000;
  return [{ at: first, kind: "first-error" }, ...(whole ? [] : [{ at: last, kind: "last-error" } as const])];
}

/** The functions that it concerns; all of the stack where it names none. */
function concernedFunctions({ subjects }: Pick<Diagnosis, "subjects">, facts: Facts): readonly FunctionRef[] {
  const all = facts.seen(functions, null) ?? [];
  const named = new Set(subjects.filter(({ kind }) => kind === "function").map(({ id }) => id));
  return named.size === 0 ? all : all.filter(({ id }) => named.has(id));
}

/** Tells whether a name occurs in what is said of a cause, in its subjects, or in what proves it and what it explains. */
function speaker({
  headline,
  summary,
  subjects,
  because,
  explains,
}: Pick<Diagnosis, "headline" | "summary" | "subjects" | "because" | "explains">) {
  const texts = [
    headline,
    summary,
    ...subjects.flatMap(({ id, label }) => [id, label]),
    ...[...because, ...explains.flatMap((finding) => finding.evidence)].flatMap(({ where, says }) => [where, says]),
  ];
  return (name: string): boolean => texts.some((text) => occurs(name, text));
}

/** Whether a name stands in a text as a whole: `common:1` is not in `common:12`. */
function occurs(name: string, text: string): boolean {
  if (name === "") return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w/-]/.test(text.charAt(at - 1)) && !/[\w/-]/.test(text.charAt(at + name.length))) return true;
  }
  return false;
}

/** When the layer versions were published that it speaks of, attached ones and those that are newest. */
function layerMoments(
  concerned: readonly FunctionRef[],
  speaksOf: (name: string) => boolean,
  facts: Facts,
): readonly Moment[] {
  const arns = concerned.flatMap((fn) => facts.seen(functionConfiguration, fn)?.layers.map(({ arn }) => arn) ?? []);
  const attached = [...new Set(arns)].map(layerRef).filter((ref) => ref !== undefined);
  const newest = attached.map((layer) => facts.seen(newestLayerVersion, layer)).filter((ref) => ref !== undefined);
  const byArn = new Map([...attached, ...newest].map((layer) => [layer.id, layer]));
  return [...byArn.values()].flatMap((layer): readonly Moment[] => {
    const version = speaksOf(layer.label) || speaksOf(layer.id) ? facts.seen(layerVersion, layer) : undefined;
    if (version?.exists !== true || version.created === undefined) return [];
    return [{ at: version.created, kind: "layer-published", of: layer.label }];
  });
}

/**
 * When the parameters and secrets got their present version that it speaks of, or that hold the URL of a database that it
 * speaks of.
 */
function settingMoments(
  concerned: readonly FunctionRef[],
  { subjects }: Pick<Diagnosis, "subjects">,
  speaksOf: (name: string) => boolean,
  facts: Facts,
): readonly Moment[] {
  const ofDatabase = subjects.some(({ kind }) => kind === "database");
  const moments = concerned.flatMap((fn): readonly (Moment | undefined)[] => {
    const url = facts.seen(databaseUrl, fn);
    const key = facts.seen(signingSecret, fn);
    return [settingMoment(url, (name) => ofDatabase || speaksOf(name)), settingMoment(key, speaksOf)];
  });
  const byName = new Map(moments.filter((moment) => moment !== undefined).map((moment) => [moment.of, moment]));
  return [...byName.values()];
}

function settingMoment(setting: Setting | undefined, matters: (name: string) => boolean): Moment | undefined {
  const { origin, value } = setting ?? {};
  if (value?.state !== "known" || !value.value.found) return undefined;
  const { version, lastModified: at } = value.value;
  if (at === undefined) return undefined;
  if (origin?.kind === "secrets-manager")
    return matters(origin.id) ? { at, kind: "secret-changed", of: secretName(origin.id) } : undefined;
  if (origin?.kind !== "ssm" || !matters(origin.name)) return undefined;
  const name = origin.version === undefined && version !== undefined ? `${origin.name}:${version}` : origin.name;
  return { at, kind: "parameter-changed", of: name };
}

/** A secret's name, of an ARN as well, which ends in six characters that are none of it. */
function secretName(id: string): string {
  return /:secret:(.+?)(?:-\w{6})?$/.exec(id)?.[1] ?? id;
}

/** The last change of one of the functions that the deploy did not make. */
function functionMoments(concerned: readonly FunctionRef[], facts: Facts): readonly Moment[] {
  const last = facts.seen(deploy, null);
  if (last === undefined) return [];
  const from = Date.parse(last.startedAt) - beforeDeploy;
  const to = last.finishedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(last.finishedAt) + afterDeploy;
  const changed = concerned.flatMap((fn): readonly Moment[] => {
    const at = facts.seen(functionConfiguration, fn)?.lastModified;
    // What changed before the last deploy was left as it was by it.
    return at === undefined || (Date.parse(at) >= from && Date.parse(at) <= to)
      ? []
      : [{ at, kind: "function-changed", of: fn.label }];
  });
  return changed.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, 1);
}
