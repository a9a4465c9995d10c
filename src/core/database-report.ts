import type { CauseId } from "./cause-ids.gen.ts";
import type { Remedy } from "./cause.ts";
import type { MissingEvidence } from "./check.ts";
import type { Severity } from "./finding.ts";
import type { JsonValue } from "./json.ts";
import type { Diagnosis } from "./report.ts";

/** A fault in how a URL is written: `length` characters from the offset `at`. Nothing of it quotes a secret. */
export interface CheckedFault {
  readonly code: string;
  readonly effect: string;
  readonly at: number;
  readonly length: number;
  readonly message: string;
}

/** What one driver makes of a URL. */
export interface CheckedDriver {
  readonly name: string;
  readonly version: string | null;
  /** How it gets the URL: `dsn`, `kwargs-forwarded`, `hand-parsed`; `unknown` where no code was seen. */
  readonly usage: string;
  /** The functions whose packages have it; empty for a driver that was only asked about. */
  readonly functions: readonly string[];
  /** The line that connects: `_shared/db.py:31`. */
  readonly calledAt: string | null;
  readonly judgements: readonly {
    readonly parameter: string;
    readonly value: string | null;
    /** `accepted`, `ignored`, `refused`, `weaker-than-it-looks` or `plain-text`. */
    readonly outcome: string;
    readonly explanation: string;
    /** The driver's own words where it refuses; names and hosts in them are examples. */
    readonly message: string | null;
    readonly basis: "measured" | "documented";
    readonly measuredWith: string | null;
  }[];
}

/** One stage of the connection, or one thing seen on the way. */
export interface CheckedStage {
  readonly stage: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly code: string | null;
  readonly message: string | null;
  /** What was seen at it: addresses, protocol, certificate. */
  readonly saw: readonly string[];
}

/** One line about the server: what it concerns, and what is so. */
export interface ServerLine {
  readonly about: string;
  readonly says: string;
}

export interface CheckedTable {
  readonly name: string;
  readonly state: "there" | "missing" | "unreadable";
  /** Absent where they were not counted; counted up to a bound. */
  readonly rows?: number;
  readonly ownerRows?: number;
  /** Where a table of this name is instead. */
  readonly elsewhere: readonly string[];
}

/** Whether functions of a VPC get to the database: one aspect of it. */
export interface NetworkAspect {
  readonly aspect: "addresses" | "route" | "outbound" | "inbound";
  readonly verdict: "open" | "closed" | "unknown";
  readonly says: string;
}

export interface CheckedNetwork {
  readonly functions: readonly string[];
  readonly vpcId: string;
  /** The security groups in front of the database; none where it is not in this account and region, or was not seen. */
  readonly databaseGroups: readonly string[];
  readonly aspects: readonly NetworkAspect[];
}

/** One database: what its URL, its drivers and the server itself say. */
export interface CheckedDatabase {
  /** `db.example.com:5432`, or what it is called where its host is not known. */
  readonly name: string;
  /** Where the URL stands: `the command line`, `.env:3`, `the SSM parameter /copilot/database-url`. */
  readonly source: string;
  readonly functions: readonly string[];
  readonly verdict: "works" | "fails" | "unknown";
  /** One sentence. */
  readonly headline: string;
  readonly cause: CauseId | null;
  /** The URL with placeholders in place of user, password and what may be a piece of them; null where it is none. */
  readonly url: string | null;
  readonly provider: { readonly kind: string; readonly title: string; readonly access: string };
  /** What to know of such a provider: one sentence each. */
  readonly pitfalls: readonly string[];
  readonly faults: readonly CheckedFault[];
  readonly drivers: readonly CheckedDriver[];
  /** From where it was looked; null where no connection was tried. */
  readonly seenFrom: string | null;
  readonly stages: readonly CheckedStage[];
  readonly server: readonly ServerLine[];
  readonly tables: readonly CheckedTable[];
  /** The figures behind these lines, as the request `db.probe` gives them; null where no connection was tried. */
  readonly observed: JsonValue | null;
  readonly network: readonly CheckedNetwork[];
  readonly findings: readonly { readonly code: string; readonly severity: Severity; readonly message: string }[];
  /** The URL as it should be, with placeholders; null where nothing is to be changed in it. */
  readonly correctedUrl: string | null;
  /** What mends it. Of a stack's functions the diagnoses hold the rest. */
  readonly remedies: readonly Remedy[];
}

/** The whole answer of `cscp db check`; fields are added without raising the version, changed or taken away never. */
export interface DatabaseReport {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: "cscp"; readonly version: string };
  readonly stack: { readonly name: string; readonly region: string } | null;
  readonly verdict: "works" | "fails" | "unknown";
  readonly databases: readonly CheckedDatabase[];
  /** Of a stack: the root causes that the database checks prove, with their remedies. */
  readonly diagnoses: readonly Diagnosis[];
  /** Of a stack: what no cause explains. */
  readonly unexplained: readonly { readonly severity: Severity; readonly message: string }[];
  readonly incomplete: readonly MissingEvidence[];
  readonly notes: readonly string[];
}
