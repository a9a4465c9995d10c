// What a database says of itself that its functions will feel: room for connections, writes, clocks, certificates.
import type { FindingDraft } from "../../core/check.ts";
import type { Severity } from "../../core/finding.ts";
import type { DatabaseLoad, DatabaseProbe } from "../../facts/database.ts";
import type { Provider } from "../../postgres/providers.ts";
import { daysBetween } from "./days.ts";
import { counted, listed, oneLine } from "./text.ts";

/** What a probe is judged against. */
export interface Around {
  /** How the database is called in sentences. */
  readonly label: string;
  readonly functionIds: readonly string[];
  /** ISO 8601: when the run began. */
  readonly today: string | undefined;
  readonly load: DatabaseLoad | undefined;
  readonly provider: Provider | undefined;
}

/** A certificate or password that ends sooner is a finding. */
const soonDays = 14;
/** Clocks that differ more than this are a finding, in milliseconds. */
const maxSkewMs = 60_000;
/** A share of the connections in use from which on it is tight. */
const tight = 0.9;
/** A transaction that was left open for longer holds back vacuum and may hold locks, in seconds. */
const longSeconds = 3_600;

/** Everything that the server says of itself that functions will feel, or that will end soon. None of it is an error today. */
export function serverFindings(probe: DatabaseProbe, around: Around): readonly FindingDraft[] {
  const { server } = probe;
  return [
    ...certificateFindings(probe, around),
    ...(server === undefined
      ? []
      : [
          ...writingFindings(server, around),
          ...connectionFindings(server, around),
          ...transactionFindings(server, around),
          ...clockFindings(server, around),
          ...passwordFindings(server, around),
        ]),
  ];
}

type Server = NonNullable<DatabaseProbe["server"]>;

function draft(
  code: string,
  severity: Severity,
  message: string,
  where: string,
  says: string,
  detail: Readonly<Record<string, string>> = {},
): FindingDraft {
  return { code, severity, message, evidence: [{ kind: "database", where, says }], detail };
}

function certificateFindings({ tls }: DatabaseProbe, { label, today }: Around): readonly FindingDraft[] {
  const certificate = tls?.certificate;
  if (certificate?.validTo === undefined || today === undefined) return [];
  const left = daysBetween(today, certificate.validTo);
  // What lives for days only is renewed by a machine, shortly before its end.
  const lifetime = certificate.validFrom === undefined ? 365 : daysBetween(certificate.validFrom, certificate.validTo);
  if (left > Math.min(soonDays, lifetime / 5)) return [];
  const until = certificate.validTo.slice(0, 10);
  const message =
    left < 0
      ? `The certificate of ${label} expired on ${until}: drivers that verify it refuse the connection.`
      : `The certificate of ${label} expires on ${until}: from then on drivers that verify it refuse the connection.`;
  const says = `certificate of ${oneLine(certificate.subject)}, valid until ${certificate.validTo}`;
  return [draft(left < 0 ? "certificate-expired" : "certificate-expires", "warning", message, "TLS", says, { until })];
}

function writingFindings({ standby, readOnly }: Server, { label, provider }: Around): readonly FindingDraft[] {
  const reader = provider?.pitfalls.includes("reader-endpoint") === true;
  if (reader || (standby !== true && readOnly !== true)) return [];
  return [
    standby === true
      ? draft(
          "standby",
          "warning",
          `What answers for ${label} is a standby, which takes no writes: the primary moved, or the host is a replica's.`,
          "server",
          "pg_is_in_recovery() is true",
        )
      : draft(
          "read-only",
          "warning",
          `Sessions of this role on ${label} begin as read-only: each write fails.`,
          "server",
          "default_transaction_read_only is on",
        ),
  ];
}

/** The connections that an ordinary role may have, and how many of them others hold. */
export function roomOf({
  connections,
}: Server): { readonly usable: number; readonly used: number; readonly bound: string } | undefined {
  if (connections === undefined) return undefined;
  const { max, reserved, used, ofRole, ofDatabase, roleLimit, databaseLimit } = connections;
  const limits = [
    { usable: max - reserved, used, bound: `max_connections ${max}, ${reserved} of them reserved` },
    ...(roleLimit === undefined
      ? []
      : [{ usable: roleLimit, used: ofRole, bound: `the role's limit of ${roleLimit}` }]),
    ...(databaseLimit === undefined
      ? []
      : [{ usable: databaseLimit, used: ofDatabase, bound: `the database's limit of ${databaseLimit}` }]),
  ];
  return limits.toSorted((a, b) => a.usable - a.used - (b.usable - b.used))[0];
}

function connectionFindings(server: Server, { label, load, provider }: Around): readonly FindingDraft[] {
  const room = roomOf(server);
  if (room === undefined) return [];
  const { usable, used, bound } = room;
  const free = Math.max(0, usable - used);
  const found: FindingDraft[] = [];
  if (used >= usable * tight || free < 2) {
    found.push(
      draft(
        "connections-scarce",
        "warning",
        `Of the ${counted(usable, "connection")} that ${label} has for this role ${free === 0 ? "none is" : free === 1 ? "1 is" : `${free} are`} left.`,
        "server",
        `${used} in use; ${bound}`,
        { free: String(free), usable: String(usable) },
      ),
    );
  }
  // Behind a pooler the clients' connections are not the server's.
  const pooled = ["transaction-pooler", "session-pooler", "proxy"].includes(provider?.access ?? "");
  const demand = pooled ? undefined : demandOf(load);
  if (demand !== undefined && demand.connections > usable) {
    found.push(
      draft(
        "connections-outnumbered",
        "warning",
        `${listed(demand.labels)} may run ${demand.instances} times at once and then hold up to ${counted(demand.connections, "connection")} to ${label}, which has ${usable} for this role.`,
        "functions",
        demand.said,
        { demand: String(demand.connections), usable: String(usable) },
      ),
    );
  }
  return found;
}

/** What functions with a concurrency of their own may ask for at once; of the others only the account's limit is known. */
function demandOf(load: DatabaseLoad | undefined) {
  const own = (load?.functions ?? []).filter(({ reserved }) => reserved !== undefined && reserved > 0);
  if (own.length === 0) return undefined;
  return {
    labels: own.map(({ label }) => label),
    instances: own.reduce((sum, { reserved = 0 }) => sum + reserved, 0),
    connections: own.reduce((sum, { reserved = 0, connections }) => sum + reserved * connections, 0),
    said: own
      .map(({ label, reserved, connections, said }) =>
        oneLine(`${label}: ${reserved} reserved × ${connections}${said === undefined ? "" : ` (${said})`}`),
      )
      .join("; "),
  };
}

function transactionFindings({ transactions }: Server, { label }: Around): readonly FindingDraft[] {
  if (transactions === undefined || transactions.idle === 0 || transactions.oldestSeconds < longSeconds) return [];
  const { idle, oldestSeconds } = transactions;
  const age = `${Math.floor(oldestSeconds / 3_600)} h ${Math.floor((oldestSeconds % 3_600) / 60)} min`;
  return [
    draft(
      "transaction-long",
      "warning",
      `${label} has ${counted(idle, "session")} that opened a transaction and then did nothing; the oldest open transaction is ${age} old. It holds its locks, and keeps dead rows from being removed.`,
      "server",
      `pg_stat_activity: ${idle} idle in transaction, oldest ${oldestSeconds} s`,
      { seconds: String(oldestSeconds) },
    ),
  ];
}

function clockFindings({ clockAheadMs = 0, clockWithinMs = 0 }: Server, { label }: Around): readonly FindingDraft[] {
  if (Math.abs(clockAheadMs) - clockWithinMs <= maxSkewMs) return [];
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
  const way = clockAheadMs > 0 ? "ahead of" : "behind";
  return [
    draft(
      "clock-apart",
      "warning",
      `The clock of ${label} is ${seconds} s ${way} this machine's: one of the two is wrong, and times that the functions compare with the server's are too.`,
      "server",
      `clock_timestamp() is ${seconds} s ${way} this machine's clock, within ${Math.ceil(clockWithinMs / 1000)} s`,
      { seconds: String(seconds) },
    ),
  ];
}

function passwordFindings({ role }: Server, { label, today }: Around): readonly FindingDraft[] {
  if (role?.validUntil === undefined || today === undefined) return [];
  const left = daysBetween(today, role.validUntil);
  if (left > soonDays) return [];
  const until = role.validUntil.slice(0, 10);
  return [
    draft(
      "password-ends",
      "warning",
      `The password of the role in the URL of ${label} is valid until ${until}; after that the server refuses it.`,
      "server",
      `rolvaliduntil is ${role.validUntil}`,
      { until },
    ),
  ];
}
