// Settings that a function needs (its database URL, its signing secret): what is wrong with where they come from.
import type { FindingDraft } from "../../core/check.ts";
import type { Unreadable } from "../../core/fact.ts";
import type { Evidence } from "../../core/finding.ts";
import { isBlank, showValue } from "../../core/secret.ts";
import type { FunctionRef } from "../../core/subject.ts";
import type { ResolvedValue, RoleAccess, Setting, ValueOrigin } from "../../facts/database.ts";
import type { FunctionConfiguration } from "../../facts/functions.ts";
import { clause, listed, oneLine, roleName } from "./text.ts";

/** What is known of whether a function gets its setting. */
export type Presence =
  | { readonly state: "there" }
  | { readonly state: "absent"; readonly finding: FindingDraft }
  | { readonly state: "unreadable"; readonly fact: Unreadable };

type Environment = FunctionConfiguration["environment"];

/** The first of the variables that were looked at which is set, though it be blank. */
export function setVariable(setting: Setting, environment: Environment): string | undefined {
  return setting.looked.find((name) => name in environment);
}

/**
 * Whether the setting is there, where it comes from, and if not, why not.
 * `noun` is what it is called in sentences: "database URL", "signing secret".
 */
export function presenceOf(fn: FunctionRef, setting: Setting, environment: Environment, noun: string): Presence {
  const { origin, value } = setting;
  if (origin === undefined) return { state: "absent", finding: unsetFinding(fn, setting, environment, noun) };
  if (value.state === "unreadable") return { state: "unreadable", fact: value };
  if (value.value.found && !isBlank(value.value.value)) return { state: "there" };
  return { state: "absent", finding: originFinding(fn, origin, value.value, environment, noun) };
}

function unsetFinding(fn: FunctionRef, setting: Setting, environment: Environment, noun: string): FindingDraft {
  const blank = setVariable(setting, environment);
  const [wanted] = setting.looked;
  if (blank === undefined) {
    return {
      code: "unset",
      message: `${fn.label} has no ${noun}: ${wanted} is not set, and no variable says where else it is kept.`,
      evidence: [{ kind: "configuration", where: fn.label, says: `none of ${listed(setting.looked, "or")} is set` }],
      detail: { variable: wanted },
    };
  }
  return {
    code: "empty",
    message: `${fn.label} has an empty ${noun}: ${blank} is blank, and no variable says where else it is kept.`,
    evidence: [variableEvidence(fn, environment, blank)],
    detail: { variable: blank },
  };
}

function originFinding(
  fn: FunctionRef,
  origin: ValueOrigin,
  value: ResolvedValue,
  environment: Environment,
  noun: string,
): FindingDraft {
  const pointer = variableEvidence(fn, environment, origin.variable);
  const { variable } = origin;
  switch (origin.kind) {
    case "literal":
    case "pg-variables":
      return {
        code: "empty",
        message: `${fn.label} has an empty ${noun}: ${variable} is blank.`,
        evidence: [pointer],
        detail: { variable },
      };
    case "unresolved-reference": {
      const reference = oneLine(origin.reference);
      return {
        code: "unresolved-reference",
        message: `${fn.label} has the text of a reference as its ${noun}: ${variable} holds ${reference}, which CloudFormation did not resolve.`,
        evidence: [pointer],
        detail: { variable, reference },
      };
    }
    case "ssm": {
      const { name, version } = origin;
      const label = version === undefined ? name : `${name}:${version}`;
      const blank = value.found;
      return {
        code: blank ? "parameter-empty" : "parameter-missing",
        message: blank
          ? `${fn.label} takes its ${noun} from the SSM parameter ${label}, which is blank.`
          : `${fn.label} takes its ${noun} from the SSM parameter ${label}, which is not there: ${clause(value.reason)}.`,
        evidence: [
          pointer,
          {
            kind: "parameter",
            where: `SSM parameter ${label}`,
            says: value.found ? showValue(value.value) : oneLine(value.reason),
          },
        ],
        detail: { variable, name, ...(version === undefined ? {} : { version }) },
      };
    }
    case "secrets-manager": {
      const { id, field } = origin;
      const blank = value.found;
      return {
        code: blank ? "secret-empty" : "secret-missing",
        message: blank
          ? `${fn.label} takes its ${noun} from the secret ${id}, which is blank.`
          : `${fn.label} takes its ${noun} from the secret ${id}, which does not hold it: ${clause(value.reason)}.`,
        evidence: [
          pointer,
          {
            kind: "parameter",
            where: `secret ${id}`,
            says: value.found ? showValue(value.value) : oneLine(value.reason),
          },
        ],
        detail: { variable, id, ...(field === undefined ? {} : { field }) },
      };
    }
  }
}

/** A variable as it stands on the function; secrets are shown by what they are. */
export function variableEvidence(fn: FunctionRef, environment: Environment, variable: string): Evidence {
  const value = environment[variable];
  const says = value === undefined ? `${variable} is not set` : `${variable} = ${oneLine(showValue(value))}`;
  return { kind: "configuration", where: fn.label, says: says.replace(/= $/, '= ""') };
}

/** The finding that the function's role may not read what its setting rests on; undefined where it may or need not. */
export function accessFinding(fn: FunctionRef, access: RoleAccess, noun: string): FindingDraft | undefined {
  if (!access.needed || access.allowed) return undefined;
  const { action, resource, role, decision } = access;
  const how = decision === "explicitDeny" ? "a statement denies it" : "no statement allows it";
  return {
    code: "denied",
    message: `${fn.label} may not read its ${noun}: its role ${roleName(role)} lacks ${action} on ${resource}.`,
    evidence: [
      { kind: "role", where: `role ${roleName(role)}`, says: `${action} on ${resource}: ${decision} (${how})` },
    ],
    detail: { action, resource, role, decision },
  };
}

/** Where the setting's value stands, for sentences: "DATABASE_URL", "the SSM parameter /copilot/db". */
export function originText(origin: ValueOrigin): string {
  switch (origin.kind) {
    case "literal":
    case "pg-variables":
    case "unresolved-reference":
      return origin.variable;
    case "ssm":
      return `the SSM parameter ${origin.version === undefined ? origin.name : `${origin.name}:${origin.version}`}`;
    case "secrets-manager":
      return `the secret ${origin.id}`;
  }
}
