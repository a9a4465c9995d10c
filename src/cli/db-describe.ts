// What a probe saw, in lines for a person and a program.
import { roomOf } from "../checks/support/server.ts";
import type { CheckedDatabase, CheckedStage, CheckedTable, ServerLine } from "../core/database-report.ts";
import type { DatabaseLoad, DatabaseProbe } from "../facts/database.ts";
import type { BodyOf } from "../facts/requests/index.ts";
import type { accountLimits } from "../facts/requests/network.ts";
import type { Provider } from "../postgres/providers.ts";

type Server = NonNullable<DatabaseProbe["server"]>;

/** The stages in their order, each with what was seen at it. */
export function describeStages(probe: DatabaseProbe): readonly CheckedStage[] {
  return probe.stages.map(({ stage, ok, ms, code, message }) => ({
    stage,
    ok,
    ms,
    code: code ?? null,
    message: message ?? null,
    saw: seenAt(stage, ok, probe),
  }));
}

function seenAt(stage: CheckedStage["stage"], ok: boolean, probe: DatabaseProbe): readonly string[] {
  switch (stage) {
    case "resolve":
      return ok ? addressLines(probe) : [];
    case "connect": {
      const { connectedTo: to } = probe;
      return to === undefined
        ? []
        : [to.address.includes(":") ? `[${to.address}]:${to.port}` : `${to.address}:${to.port}`];
    }
    case "ssl-request":
      return ok ? [probe.tls === undefined && probe.encrypted === false ? "has no TLS" : "has TLS"] : [];
    case "tls":
      return tlsLines(probe);
    case "authenticate":
      return ok && probe.firstTry !== undefined
        ? [
            `at the second try: the first, ${probe.firstTry.encrypted ? "with" : "without"} TLS, failed with ${probe.firstTry.code}`,
          ]
        : [];
    case "query":
      return ok && probe.serverVersion !== undefined ? [`Postgres ${probe.serverVersion}`] : [];
    default:
      return [];
  }
}

function addressLines({ addresses = [] }: DatabaseProbe): readonly string[] {
  const of = (family: 4 | 6): string =>
    [...new Set(addresses.filter((one) => one.family === family).map(({ address }) => address))].join(", ");
  const [four, six] = [of(4), of(6)];
  if (four === "" && six === "") return [];
  return [`${four === "" ? "no A" : `A ${four}`}; ${six === "" ? "no AAAA" : `AAAA ${six}`}`];
}

function tlsLines({ tls }: DatabaseProbe): readonly string[] {
  if (tls === undefined) return [];
  const { certificate: shown } = tls;
  if (shown === undefined) return [`${tls.protocol}, no certificate`];
  const trust =
    shown.trusted === undefined
      ? "whether it is trusted is not known: the file of sslrootcert is not on this machine"
      : shown.trusted
        ? "trusted by this machine"
        : `not trusted here (${shown.fault ?? "unknown"})`;
  const until = shown.validTo === undefined ? "" : ` until ${shown.validTo.slice(0, 10)}`;
  const name = shown.matchesHost
    ? ""
    : `; it is not made out to this host but to ${shown.names.slice(0, 4).join(", ") || shown.subject}`;
  return [`${tls.protocol}; certificate of ${shown.subject} by ${shown.issuer}${until}, ${trust}${name}`];
}

/** What the server says of itself, with the room for connections set against what the functions may ask for. */
export function describeServer(
  probe: DatabaseProbe,
  load: DatabaseLoad | undefined,
  account: BodyOf<typeof accountLimits> | undefined,
  provider: Provider,
): readonly ServerLine[] {
  const { server } = probe;
  if (server === undefined) return [];
  const lines: (ServerLine | undefined)[] = [
    { about: "version", says: (server.version ?? probe.serverVersion ?? "unknown").replace(/ on .*/, "") },
    encryption(probe, server),
    role(server),
    mode(server),
    room(server, load, account, provider),
    transactions(server),
    schemas(server),
    clock(server),
    server.unread.length === 0
      ? undefined
      : { about: "unread", says: server.unread.map(({ what, code }) => `${what} (${code})`).join(", ") },
  ];
  return lines.filter((line) => line !== undefined);
}

function encryption({ encrypted, tls }: DatabaseProbe, { encryption: seen }: Server): ServerLine | undefined {
  if (encrypted === undefined) return undefined;
  const own = encrypted ? `encrypted (${tls?.protocol ?? "TLS"}, ${tls?.cipher ?? ""})` : "in plain text";
  const other =
    seen === undefined || seen.on === encrypted
      ? ""
      : seen.on
        ? "; the server itself sees an encrypted connection, so something stands in between"
        : "; the server itself sees plain text, so a pooler or proxy ends the encryption";
  return { about: "connection", says: `${own}${other}` };
}

function role({ role: rights }: Server): ServerLine | undefined {
  if (rights === undefined) return undefined;
  const powers = [
    ...(rights.superuser ? ["is a superuser"] : []),
    ...(rights.createDatabase && !rights.superuser ? ["may create databases"] : []),
    ...(rights.createRole && !rights.superuser ? ["may create roles"] : []),
    ...(rights.bypassRowSecurity && !rights.superuser ? ["passes over row security"] : []),
    ...(rights.replication && !rights.superuser ? ["may replicate"] : []),
    rights.createsTables ? "may create tables" : "may not create tables",
    ...(rights.validUntil === undefined ? [] : [`has a password until ${rights.validUntil.slice(0, 10)}`]),
  ];
  const more = rights.superuser ? ": more than functions need" : "";
  return { about: "role", says: `${powers.join(", ")}${more}` };
}

function mode({ standby, readOnly, statementTimeoutMs }: Server): ServerLine | undefined {
  if (standby === undefined && readOnly === undefined) return undefined;
  const writes =
    standby === true ? "a standby: takes no writes" : readOnly === true ? "sessions are read-only" : "takes writes";
  const limit =
    statementTimeoutMs === undefined
      ? ""
      : statementTimeoutMs === 0
        ? ", no statement_timeout"
        : `, statement_timeout ${statementTimeoutMs} ms`;
  return { about: "mode", says: `${writes}${limit}` };
}

function room(
  server: Server,
  load: DatabaseLoad | undefined,
  account: BodyOf<typeof accountLimits> | undefined,
  { access }: Provider,
): ServerLine | undefined {
  const found = roomOf(server);
  if (found === undefined) return undefined;
  const own = `${found.used} of ${found.usable} in use (${found.bound})`;
  const functions = load?.functions ?? [];
  if (functions.length === 0) return { about: "connections", says: own };
  if (access === "transaction-pooler" || access === "session-pooler" || access === "proxy")
    return { about: "connections", says: `${own}; functions come through a pooler, which bounds them` };
  const free = functions.filter(({ reserved }) => reserved === undefined);
  const sizes = functions.flatMap(({ connections, said }) =>
    said === undefined ? [] : [`up to ${connections} each (${said})`],
  );
  const reserved = functions.reduce((sum, { reserved: share = 0, connections }) => sum + share * connections, 0);
  const unreserved =
    free.length === 0
      ? []
      : [
          account === undefined
            ? `${free.length} functions without a reserved concurrency, whose bound is the account's`
            : `${free.length === 1 ? "1 function" : `${free.length} functions`} without a reserved concurrency, which share up to ${account.unreserved} instances`,
        ];
  const demand = [...(reserved > 0 ? [`${reserved} by reserved concurrency`] : []), ...unreserved, ...new Set(sizes)];
  return { about: "connections", says: `${own}; asked for by ${demand.join(", ")}` };
}

function transactions({ transactions: open }: Server): ServerLine | undefined {
  if (open === undefined) return undefined;
  const hidden = open.hidden === 0 ? "" : `; of ${open.hidden} sessions this role is not shown what they do`;
  const says =
    open.open === 0
      ? `no other is open${hidden}`
      : `${open.open} open, ${open.idle} of them idle, the oldest since ${duration(open.oldestSeconds)}${hidden}`;
  return { about: "transactions", says };
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function schemas({ searchPath, schemas: usable = [], extensions = [] }: Server): ServerLine | undefined {
  if (searchPath === undefined) return undefined;
  const missing = searchPath
    .split(",")
    .map((name) => name.trim().replaceAll('"', ""))
    .filter((name) => name !== "" && name !== "$user" && !usable.includes(name) && !name.startsWith("pg_"));
  const none = missing.length === 0 ? "" : `; ${missing.join(", ")} is not there or may not be used`;
  // What is in another schema must be written with it; plpgsql and its like need no name.
  const out = extensions.filter(({ schema }) => schema !== "pg_catalog" && !usable.includes(schema));
  const away =
    out.length === 0
      ? ""
      : `; extensions outside of it: ${out.map(({ name, schema }) => `${name} in ${schema}`).join(", ")}`;
  return { about: "search_path", says: `${searchPath}${none}${away}` };
}

function clock({ clockAheadMs, clockWithinMs = 0 }: Server): ServerLine | undefined {
  if (clockAheadMs === undefined) return undefined;
  const apart = Math.abs(clockAheadMs);
  if (apart <= Math.max(1_000, clockWithinMs)) return { about: "clock", says: "agrees with this machine's" };
  return {
    about: "clock",
    says: `${(apart / 1000).toFixed(1)} s ${clockAheadMs > 0 ? "ahead of" : "behind"} this machine's`,
  };
}

export function describeTables({ tables }: DatabaseProbe): readonly CheckedTable[] {
  return tables.map(({ name, exists, readable, rows, ownerRows, elsewhere = [] }) => ({
    name,
    state: exists ? (readable ? "there" : "unreadable") : "missing",
    ...(rows === undefined ? {} : { rows }),
    ...(ownerRows === undefined ? {} : { ownerRows }),
    elsewhere,
  }));
}

/** The rest of what was seen, as a program may want it: addresses, TLS and the server's own figures. */
export function observedOf(probe: DatabaseProbe | undefined): CheckedDatabase["observed"] {
  if (probe === undefined) return null;
  const { stages: _stages, tables: _tables, ...rest } = probe;
  return JSON.parse(JSON.stringify(rest)) as CheckedDatabase["observed"];
}

/** The verdict of several together: the worst. */
export function worstOf(list: readonly CheckedDatabase["verdict"][]): CheckedDatabase["verdict"] {
  return (["fails", "unknown", "works"] as const).find((verdict) => list.includes(verdict)) ?? "works";
}
