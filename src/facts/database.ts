import type { MissingEvidence } from "../core/check.ts";
import type { CheckedNetwork } from "../core/database-report.ts";
import type { Fact } from "../core/fact.ts";
import { stackFact, subjectFact } from "../core/fact.ts";
import type { Value } from "../core/secret.ts";
import type { FunctionRef, Subject } from "../core/subject.ts";
import type { databaseProbe as databaseProbeRequest } from "./requests/database.ts";
import type { BodyOf } from "./requests/index.ts";

/** Whether a function talks to Postgres, and how that is known. */
export interface DatabaseUse {
  readonly uses: boolean;
  /** One sentence. */
  readonly because: string;
  /** The driver that its code imports, by distribution name. */
  readonly driver?: { readonly name: string; readonly version?: string };
}

/** Where a value that a function reads at run time comes from. */
export type ValueOrigin =
  | { readonly kind: "literal"; readonly variable: string }
  | { readonly kind: "ssm"; readonly variable: string; readonly name: string; readonly version?: string }
  | { readonly kind: "secrets-manager"; readonly variable: string; readonly id: string; readonly field?: string }
  /** The parts of a connection in variables of their own; `variable` is that of the host: PGHOST, DB_HOST, ... */
  | { readonly kind: "pg-variables"; readonly variable: string }
  /** A dynamic reference that reached the function unresolved: CloudFormation resolves them at deploy time only. */
  | { readonly kind: "unresolved-reference"; readonly variable: string; readonly reference: string };

/** Absent: what is named does not exist, or holds nothing. */
export type ResolvedValue =
  /**
   * `version` and `lastModified` (ISO 8601): of the parameter that holds it; of a secret, when its present version was made. `composed`: a URL that nobody wrote, made of the
   * fields of a secret; the code makes its own connection of them.
   */
  | {
      readonly found: true;
      readonly value: Value;
      readonly version?: number;
      readonly lastModified?: string;
      readonly composed?: true;
    }
  | { readonly found: false; readonly reason: string };

/** A setting that a function needs, followed to where its value is. */
export interface Setting {
  /** Variables that were looked at, in order; the first of them is the one the value belongs in. */
  readonly looked: readonly [string, ...string[]];
  /** Absent when no variable of these names is set and none points elsewhere. */
  readonly origin?: ValueOrigin;
  /** The value, or why it could not be read by the caller. */
  readonly value: Fact<ResolvedValue>;
}

/** What the function's role may do with the parameter or secret that a setting rests on. */
export type RoleAccess =
  | { readonly needed: false }
  | {
      readonly needed: true;
      readonly allowed: boolean;
      readonly action: string;
      readonly resource: string;
      readonly role: string;
      readonly decision: string;
    };

export const databaseUse = subjectFact<FunctionRef, DatabaseUse>("databaseUse");
/** The functions of which it is known that they talk to Postgres. */
export const databaseFunctions = stackFact<readonly FunctionRef[]>("databaseFunctions");
export const databaseUrl = subjectFact<FunctionRef, Setting>("databaseUrl");
export const databaseUrlAccess = subjectFact<FunctionRef, RoleAccess>("databaseUrlAccess");
/** The secret that the function checks signatures with. */
export const signingSecret = subjectFact<FunctionRef, Setting>("signingSecret");
export const signingSecretAccess = subjectFact<FunctionRef, RoleAccess>("signingSecretAccess");

export type DatabaseProbe = BodyOf<typeof databaseProbeRequest>;

/** One distinct database of the stack, with the functions that are sent to it. Its id is the URL's fingerprint. */
export interface DatabaseRef extends Subject {
  readonly kind: "database";
  readonly functionIds: readonly string[];
  /**
   * Host, port and name: the same for URLs that differ in user, password or parameters only. Absent where they cannot be told.
   */
  readonly place?: string;
  /** Of the first host, where the URL names one. */
  readonly port?: number;
}

export const databases = stackFact<readonly DatabaseRef[]>("databases");
/** What a connection from this machine shows; this machine is not the Lambda. */
export const databaseProbe = subjectFact<DatabaseRef, DatabaseProbe>("databaseProbe");

/** What the functions of one database may ask of it at once. */
export interface DatabaseLoad {
  readonly functions: readonly {
    readonly label: string;
    /** How many instances of it may run at once, where that is set for the function itself. */
    readonly reserved?: number;
    /** Connections of one instance, as far as the code or the URL says; one where nothing does. */
    readonly connections: number;
    /** Where a pool's size is said: `_shared/db.py:31: pool_size=5`. */
    readonly said?: string;
    readonly inVpc: boolean;
  }[];
}

/** What the network around the functions of one database lets through, as far as it is the functions' VPC that decides. */
export interface DatabaseNetwork {
  /** The database's port, which the rules are judged for. */
  readonly port: number;
  /** One for each group of functions with the same subnets and security groups; none where no function is in a VPC. */
  readonly ways: readonly CheckedNetwork[];
  readonly missing: readonly MissingEvidence[];
}

export const databaseNetwork = subjectFact<DatabaseRef, DatabaseNetwork>("databaseNetwork");

export const databaseLoad = subjectFact<DatabaseRef, DatabaseLoad>("databaseLoad");
