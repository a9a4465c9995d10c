// Which driver a function's code uses, and how it hands it the URL: from what it imports and the calls that it makes.
import type { Fact } from "../../core/fact.ts";
import type { DatabaseUse } from "../../facts/database.ts";
import type { SourceFact } from "../../facts/inventory.ts";
import type { ImportPrediction } from "../../facts/packages.ts";
import { driverFamily, type DriverInUse } from "../../postgres/driver-names.ts";
import { judgeUrl } from "../../postgres/drivers.ts";
import type { DriverUsage, Judgement } from "../../postgres/judgement.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { shortPath } from "./paths.ts";

/** The driver and its use, as far as the code shows them. */
export interface UsedDriver {
  readonly driver: DriverInUse;
  readonly usage: DriverUsage;
  /** The call that connects, where one was found. */
  readonly call?: SourceFact;
  /** Parameters that the code takes out of what it hands on, and so deals with itself. */
  readonly taken: ReadonlySet<string>;
}

/** Arguments by which code passes on the parts of a URL that it has taken apart. */
const parts: ReadonlySet<string> = new Set(["host", "user", "password", "port", "database", "dbname"]);

/** Undefined where no driver is known of the function. */
export function usedDriver(
  use: DatabaseUse,
  prediction: Fact<ImportPrediction>,
  shape?: DatabaseUrlShape,
): UsedDriver | undefined {
  const facts = prediction.state === "known" ? prediction.value.sourceFacts : [];
  const engine = facts.find((fact) => fact.kind === "engine-call");
  const family = use.driver === undefined ? undefined : driverFamily(use.driver);
  const taken = new Set(facts.flatMap((fact) => (fact.kind === "option-taken" ? [fact.name] : [])));
  if (engine !== undefined) return { driver: engineDriver(family, shape), usage: "dsn", call: engine, taken };
  if (use.driver === undefined) return undefined;
  const call = facts.find((fact) => fact.kind === "connect-call" && driverFamily({ name: moduleOf(fact) }) === family);
  return { driver: use.driver, usage: usageOf(call), taken, ...(call === undefined ? {} : { call }) };
}

/** SQLAlchemy over the driver that the URL names, else over the one that is imported beside it, else over its default. */
function engineDriver(family: string | undefined, shape: DatabaseUrlShape | undefined): DriverInUse {
  const over = shape?.sqlalchemyDriver === undefined && family !== undefined ? `sqlalchemy+${family}` : "sqlalchemy";
  return { name: driverFamily({ name: over }) === undefined ? "sqlalchemy" : over };
}

function usageOf(call: SourceFact | undefined): DriverUsage {
  const keywords = call?.keywords ?? [];
  if (call === undefined) return "unknown";
  if (keywords.includes("**")) return "kwargs-forwarded";
  // pg8000 takes no URL, so whatever its connect() gets was taken apart before.
  const apart = moduleOf(call).startsWith("pg8000") || keywords.some((name) => parts.has(name));
  return apart ? "hand-parsed" : "dsn";
}

/** The module whose function is called: `pg8000.dbapi` of `pg8000.dbapi.connect`; pools count as their driver. */
export function moduleOf({ name }: SourceFact): string {
  const [top = "", second = ""] = name.split(".");
  if (top === "psycopg_pool") return "psycopg";
  return top === "pg8000" && /^(?:dbapi|native|legacy)$/.test(second) ? `${top}.${second}` : top;
}

/** What the driver makes of the URL; nothing where no driver is known. */
export function judgementsOf(used: UsedDriver | undefined, shape: DatabaseUrlShape): readonly Judgement[] {
  if (used === undefined) return [];
  const { driver, usage, taken } = used;
  const judged = judgeUrl(driver, shape, usage);
  // What the code takes out before it hands the rest on does not reach the driver: the code deals with it.
  return usage === "kwargs-forwarded" ? judged.filter(({ parameter }) => !taken.has(parameter)) : judged;
}

// Where the measurements took place; in an incident it would read as if it were the reader's own.
const ofTheMeasurement = /localhost|127\.0\.0\.1|"app"|appdb|\/home\/|db\.example\.com/;

/** What the driver says when it refuses: its own words, or in ours where they name the server that it was measured with. */
export function refusalText({ outcome, message, explanation }: Judgement): string {
  return outcome !== "refused" || message === undefined || ofTheMeasurement.test(message) ? explanation : message;
}

/** `pg8000 1.30.5`. */
export function driverText({ name, version }: DriverInUse): string {
  return version === undefined ? name : `${name} ${version}`;
}

/** `_shared/db.py:31` and the line as it is written. */
export function sourceEvidence({ file, line, text }: SourceFact) {
  return { kind: "package", where: `${shortPath(file)}:${line}`, says: text.trim() } as const;
}
