// Faults of single parameters of the database URL, which can be changed in place without knowing the URL.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { CheckId } from "../../core/check-ids.gen.ts";
import type { Proposal, Remedy, View } from "../../core/cause.ts";
import type { Finding, Severity } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { shapeFor } from "./databases.ts";
import { groupBy } from "./groups.ts";
import { proof } from "./imports.ts";
import { functionsOf, placeOf, verifying, type Place } from "./place.ts";
import { quote } from "./shell.ts";
import { settingGroups, urlSetting, writeSetting } from "./settings.ts";
import { hiddenRemark, type Stage } from "./stages.ts";
import { distinct, symptomsOf } from "./symptoms.ts";
import { sentences } from "./text.ts";

/** What to change in a URL's parameters. */
interface ParameterEdit {
  readonly without?: string;
  readonly set?: { readonly name: string; readonly value: string };
}

/** A filter (sed) that makes the change in a URL, or in a list of key=value pairs, that it reads. */
export function editFilter(shape: DatabaseUrlShape, { without, set }: ParameterEdit): string | undefined {
  const name = without ?? set?.name ?? "";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return undefined;
  if (shape.form === "unknown") return undefined;
  const removal =
    shape.form === "dsn"
      ? `s/(^| )${name}=('[^']*'|[^ ]*)//g; s/^ +//`
      : `s/([?&])${name}=[^&#]*(&|$)/\\1/g; s/[?&]$//`;
  if (set === undefined) return `sed -E ${quote(removal)}`;
  const others = shape.parameters.filter((parameter) => parameter.name !== set.name).length;
  const separator = shape.form === "dsn" ? " " : others > 0 ? "\\&" : "?";
  return `sed -E ${quote(`${removal}; s/$/${separator}${set.name}=${set.value}/`)}`;
}

/** The remedies that make a change in the URL of functions, in place where that can be done. */
export async function editUrl(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  edit: ParameterEdit,
  title: string,
): Promise<readonly Remedy[]> {
  const groups = await settingGroups(view, urlSetting, functions);
  const lists = await Promise.all(
    groups.map(async (group) => {
      const shape = await shapeFor(view, group.functions);
      // A secret may be a JSON document, in which a filter for URLs would do harm.
      const filter =
        shape === undefined || group.setting.origin?.kind === "secrets-manager" ? undefined : editFilter(shape, edit);
      return writeSetting(view, place, urlSetting, group.functions, {
        title,
        ...(filter === undefined ? {} : { filter }),
      });
    }),
  );
  return lists.flat();
}

interface ParameterFault {
  readonly functions: readonly FunctionRef[];
  readonly detail: Readonly<Record<string, string>>;
  readonly shape: DatabaseUrlShape | undefined;
}

interface ParameterCause {
  readonly cause: CauseId;
  readonly check: CheckId;
  readonly codes: readonly string[];
  /** Only findings of this severity, where the check says other things by the same code. */
  readonly severity?: Severity;
  readonly stage: Stage;
  readonly shows: readonly CauseId[];
  readonly headline: (fault: ParameterFault) => string;
  readonly summary: (fault: ParameterFault) => string;
  readonly remedies: (place: Place, fault: ParameterFault) => Promise<readonly Remedy[]>;
}

/** One proposal for each parameter that a check found at fault, over all functions that have it. */
export async function proposeParameter(view: View, spec: ParameterCause): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const found = view
    .of(spec.check)
    .filter(
      ({ code, severity }) => spec.codes.includes(code) && (spec.severity === undefined || severity === spec.severity),
    );
  const groups = groupBy(found, ({ code, detail, severity }) =>
    [code, severity, detail["parameter"], detail["sslmode"], detail["driver"]].join(" "),
  );
  return Promise.all(groups.map((group) => proposalOf(view, place, spec, group)));
}

async function proposalOf(
  view: View,
  place: Place,
  spec: ParameterCause,
  group: readonly [Finding, ...Finding[]],
): Promise<Proposal> {
  const { cause, stage, shows } = spec;
  const functions = await functionsOf(view, group);
  const fault = { functions, detail: group[0].detail, shape: await shapeFor(view, functions) };
  const harmful = group[0].severity === "error";
  const symptoms = harmful
    ? await symptomsOf(view, { cause, stage, functions, shows })
    : await namedOnly(view, spec, functions);
  const explains = distinct(group, symptoms);
  const ids = functions.map(({ id }) => id);
  const certain = harmful || symptoms.length > 0;
  return {
    headline: spec.headline(fault),
    summary: sentences(spec.summary(fault), certain ? await hiddenRemark(view, ids, stage) : ""),
    subjects: functions,
    ...(certain
      ? { confidence: "certain" }
      : { confidence: "possible", decides: "whether requests fail because of it: nothing has shown so yet" }),
    because: proof([], explains),
    explains,
    remedies: [...(await spec.remedies(place, fault)), verifying(place)],
  };
}

/** Symptoms that name the cause itself: what is only a warning takes no silent failure upon itself. */
async function namedOnly(view: View, { cause, stage, shows }: ParameterCause, functions: readonly FunctionRef[]) {
  const symptoms = await symptomsOf(view, { cause, stage, functions, shows });
  return symptoms.filter(({ detail }) => (detail["causes"] ?? "").split(",").includes(cause));
}
