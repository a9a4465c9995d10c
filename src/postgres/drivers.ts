import { forwarded, ignoredBy, libpqVersion } from "./driver-parameters.ts";
import { driverFamily, type DriverFamily, type DriverInUse } from "./driver-names.ts";
import { measuredJudgement, serverLike, type DriverUsage, type JudgedDriver, type Judgement } from "./judgement.ts";
import { measuredCell, measuredRow, sameResults, type MeasuredResult, type MeasuredUsage } from "./matrix.ts";
import type { MeasuredRow } from "./matrix.gen.ts";
import { masked } from "./parameters.ts";
import { judgePrisma } from "./prisma.ts";
import { judgeSpellings } from "./spellings.ts";
import { judgeTls } from "./tls.ts";
import { judgeUnreadable } from "./unreadable.ts";
import type { DatabaseUrlShape, UrlParameter } from "./url.ts";

/**
 * What this driver does with this URL: one judgement for each parameter, for sslmode also where it is not given, and for
 * each other part of the URL that the driver refuses. Empty for a driver of which nothing is known and an empty URL.
 * Where the usage is unknown, drivers that take URLs are taken to get it, and pg8000, which takes none, to get its parts.
 */
export function judgeUrl(
  driver: DriverInUse,
  shape: DatabaseUrlShape,
  usage: DriverUsage = "unknown",
): readonly Judgement[] {
  const family = driverFamily(driver, shape);
  if (family === undefined || shape.empty || shape.form === "unknown") return [];
  const known = usage === "unknown" ? (family === "pg8000" ? "hand-parsed" : "dsn") : usage;
  const { version } = driver;
  const judged: JudgedDriver = { family, version, usage: known, row: rowFor(family, known, version) };
  if (family === "prisma") return [...judgeUnreadable(judged, shape, new Set()), ...judgePrisma(driver, shape)];
  // Of a parameter given twice the last one is judged; that there are two is a fault of its own.
  const last = [...new Map(shape.parameters.map((parameter) => [parameter.name, parameter])).values()];
  const parameters = last.map((parameter) =>
    spokenOf(judged, parameter.name) ? undefined : judgeParameter(judged, parameter, shape),
  );
  const spellings = judgeSpellings(judged, shape);
  const told = new Set(spellings.flatMap(({ fault }) => fault ?? []));
  return [
    ...spellings,
    ...judgeUnreadable(judged, shape, told),
    ...judgeTls(judged, shape),
    ...parameters.filter((one) => one !== undefined),
  ];
}

/** Parameters that judgeTls speaks of. */
const spokenOf = ({ usage }: JudgedDriver, name: string): boolean =>
  name === "sslmode" || (name === "sslrootcert" && usage !== "hand-parsed") || (name === "ssl" && usage === "dsn");

function rowFor(
  family: DriverFamily,
  usage: Exclude<DriverUsage, "unknown">,
  version: string | undefined,
): MeasuredRow | undefined {
  const measured: MeasuredUsage = usage === "hand-parsed" && family !== "pg8000" ? "dsn" : usage;
  return measuredRow(family, measured, version) ?? measuredRow(family, "dsn", version);
}

function judgeParameter(driver: JudgedDriver, parameter: UrlParameter, shape: DatabaseUrlShape): Judgement {
  const { name, value } = parameter;
  const about = { parameter: name, value };
  if (driver.usage === "hand-parsed") {
    const explanation =
      driver.family === "pg8000"
        ? `pg8000 takes no URL: ${name} reaches it only if the code passes it on, and then connect() refuses it.`
        : `The code takes the URL apart itself: ${name} does something only if the code reads it.`;
    const accepts = driver.family === "pg8000" && pg8000Keywords.has(name);
    const passed = `The code takes the URL apart itself: ${name} does something only if the code passes it on to connect().`;
    return { ...about, outcome: "ignored", explanation: accepts ? passed : explanation, basis: "documented" };
  }
  const { row } = driver;
  const query = row && queryFor(row, parameter);
  if (row === undefined || query === undefined) return unmeasured(driver, parameter, shape);
  const result = measuredCell(row, query, serverLike(shape)) ?? measuredCell(row, query, "tls");
  const base = measuredCell(row, "", serverLike(shape));
  if (result?.came === "error" && base?.came !== "error") {
    return measuredJudgement(row, {
      ...about,
      outcome: "refused",
      message: result.text,
      explanation: refusal(driver, name),
    });
  }
  const atPooler = measuredCell(row, query, "pooler");
  if (
    shape.provider.pitfalls.includes("startup-options-refused") &&
    !isEndpoint(parameter) &&
    refusesStartup(atPooler)
  ) {
    const explanation = `The driver sends ${name} when it connects, which a pooler in transaction mode refuses.`;
    return measuredJudgement(row, { ...about, outcome: "refused", message: atPooler.text, explanation });
  }
  if (sameResults(row, query, "") && ignoredBy(driver, name)) {
    return measuredJudgement(row, {
      ...about,
      outcome: "ignored",
      explanation: `The driver connects as if ${name} were not there.`,
    });
  }
  return measuredJudgement(row, { ...about, outcome: "accepted", explanation: effect(driver, parameter) });
}

const refusesStartup = (result: MeasuredResult | undefined): result is MeasuredResult & { readonly came: "error" } =>
  result?.came === "error" && result.text.includes("unsupported startup parameter");

/** Neon's own way to name the endpoint, which its pooler takes out of the options. */
const isEndpoint = ({ name, value }: UrlParameter): boolean =>
  name === "options" && /\b(?:endpoint|project)=/.test(value);

/** The measured query that stands for a parameter: with this value, else with another value of the same name. */
function queryFor(row: MeasuredRow, { name, value }: UrlParameter): string | undefined {
  const exact = `${name}=${encodeURIComponent(value)}`;
  if (row.cells[exact] !== undefined) return exact;
  // A value decides only where libpq has a list of them.
  if (
    name === "channel_binding" ||
    name === "ssl" ||
    (name === "options" && isEndpoint({ name, value, known: true, duplicate: false }))
  ) {
    return undefined;
  }
  return Object.keys(row.cells).find((query) => query.startsWith(`${name}=`) && !query.includes("&"));
}

/** A parameter that was not measured: what the driver does with every name it knows or does not know. */
function unmeasured(driver: JudgedDriver, { name, value, known }: UrlParameter, shape: DatabaseUrlShape): Judgement {
  const { row } = driver;
  const about = { parameter: name, value };
  const documented = { ...about, basis: "documented" } as const;
  if (isEndpoint({ name, value, known, duplicate: false })) {
    const takes =
      driver.family !== "pg8000" && driver.family !== "sqlalchemy+pg8000" && driver.family !== "sqlalchemy+asyncpg";
    return takes
      ? {
          ...documented,
          outcome: "accepted",
          explanation: "The options tell Neon's server which endpoint is meant, for clients that send no server name.",
        }
      : { ...documented, outcome: "refused", message: forwarded.keyword(name), explanation: refusal(driver, name) };
  }
  const understood = forwarded.understood(driver, name);
  if (understood === "needs-newer-libpq") {
    const explanation = `The parameter ${name} is newer than the libpq in this version of the driver (${libpqVersion(driver) ?? "unknown"}).`;
    return { ...documented, outcome: "refused", message: forwarded.message(driver, name), explanation };
  }
  if (understood)
    return {
      ...documented,
      outcome: "accepted",
      explanation: effect(driver, { name, value, known, duplicate: false }),
    };
  const unknown = row && measuredCell(row, "no_such_key=1", serverLike(shape));
  if (row === undefined || unknown === undefined) {
    return {
      ...documented,
      outcome: "ignored",
      explanation: `Nothing is known of what the driver does with ${shownName(name)}.`,
    };
  }
  if (unknown.came !== "error") {
    return measuredJudgement(row, {
      ...about,
      outcome: "ignored",
      explanation: `The driver connects as if ${shownName(name)} were not there.`,
    });
  }
  const message = unknown.text.replace("no_such_key", name === masked ? "..." : name);
  return measuredJudgement(row, { ...about, outcome: "refused", message, explanation: refusal(driver, name) });
}

const shownName = (name: string): string => (name === masked ? "a parameter that nobody is known to use" : name);

const pg8000Keywords = new Set(["application_name", "timeout", "tcp_keepalive", "replication"]);

function refusal({ family, usage }: JudgedDriver, name: string): string {
  const shown = shownName(name);
  const keyword = (driver: string) =>
    `connect() of ${driver} gets ${shown} as a keyword argument, which it does not have or not as text.`;
  if (family === "pg8000" || family === "sqlalchemy+pg8000") return keyword("pg8000");
  if (family === "sqlalchemy+asyncpg" || (family === "asyncpg" && usage === "kwargs-forwarded"))
    return keyword("asyncpg");
  if (family === "asyncpg" || family === "postgres.js") {
    return `The driver does not know ${shown} and sends it to the server as a setting, which the server refuses.`;
  }
  if (family === "pg") return `The server or the driver refuses ${shown}.`;
  return name === "options"
    ? "The server refuses these options."
    : `libpq, on which the driver rests, refuses ${shown}.`;
}

function effect({ family }: JudgedDriver, { name, value }: UrlParameter): string {
  if (name === "channel_binding") {
    return value === "require"
      ? "The login is bound to the TLS connection; where server or pooler does not offer SCRAM-SHA-256-PLUS, the connection fails."
      : "The login is bound to the TLS connection where the server offers it, unless it is switched off.";
  }
  if (family === "asyncpg" || family === "postgres.js")
    return `The driver takes ${name}, or the server takes it as a setting.`;
  return `The driver takes ${name}.`;
}
