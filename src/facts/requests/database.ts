import * as z from "zod";
import { defineRequestWith } from "./define.ts";

/** In the order in which a connection comes to them; a connection without TLS has neither `ssl-request` nor `tls`. */
export const probeStages = ["resolve", "connect", "ssl-request", "tls", "authenticate", "query"] as const;

/** One address that a host name stands for. */
const address = () =>
  z.strictObject({ host: z.string(), address: z.string(), family: z.union([z.literal(4), z.literal(6)]) });

/** The certificate that the server showed, and what a client that verifies would make of it. Times are ISO 8601. */
const certificate = () =>
  z.strictObject({
    subject: z.string(),
    issuer: z.string(),
    /** Names and addresses that it is made out to. */
    names: z.array(z.string()),
    validFrom: z.string().optional(),
    validTo: z.string().optional(),
    /** Subjects from the server's own certificate upwards, as the server sent them. */
    chain: z.array(z.string()),
    /**
     * Whether the chain ends at an authority that is trusted here: by `sslrootcert` where that file is on this machine,
     * else by this machine. Absent where that file is not here, so that nothing can be said of it.
     */
    trusted: z.boolean().optional(),
    /** OpenSSL's code where it is not trusted: SELF_SIGNED_CERT_IN_CHAIN, CERT_HAS_EXPIRED, ... */
    fault: z.string().optional(),
    matchesHost: z.boolean(),
  });

const tls = () =>
  z.strictObject({
    /** TLSv1.2, TLSv1.3. */
    protocol: z.string(),
    cipher: z.string(),
    /** Whether the host's name was sent (SNI). */
    serverName: z.boolean(),
    certificate: certificate().optional(),
  });

/** What the server says of itself and of this session; what it would not tell is absent and listed in `unread`. */
const server = () =>
  z.strictObject({
    product: z.enum(["postgres", "cockroachdb", "redshift", "yugabyte", "other"]),
    version: z.string().optional(),
    /** How far the server's clock is ahead of this machine's, and how far that figure may be off, in milliseconds. */
    clockAheadMs: z.number().optional(),
    clockWithinMs: z.number().optional(),
    /** Whether the server itself sees an encrypted connection; behind a pooler that is the pooler's. */
    encryption: z
      .strictObject({ on: z.boolean(), protocol: z.string().optional(), cipher: z.string().optional() })
      .optional(),
    role: z
      .strictObject({
        superuser: z.boolean(),
        createDatabase: z.boolean(),
        createRole: z.boolean(),
        bypassRowSecurity: z.boolean(),
        replication: z.boolean(),
        /** May create tables in the first schema of the search path. */
        createsTables: z.boolean(),
        /** ISO 8601, where the password ends to be valid. */
        validUntil: z.string().optional(),
      })
      .optional(),
    /** A standby that only replays what its primary writes. */
    standby: z.boolean().optional(),
    /** Sessions begin as read-only. */
    readOnly: z.boolean().optional(),
    searchPath: z.string().optional(),
    /** The schemas of the search path that exist and may be used. */
    schemas: z.array(z.string()).optional(),
    extensions: z.array(z.strictObject({ name: z.string(), version: z.string(), schema: z.string() })).optional(),
    /** Milliseconds; 0 is no limit. */
    statementTimeoutMs: z.number().optional(),
    connections: z
      .strictObject({
        max: z.int(),
        /** Kept for superusers and for other reserved roles. */
        reserved: z.int(),
        used: z.int(),
        /** Of those the ones of this role, and of this database. */
        ofRole: z.int(),
        ofDatabase: z.int(),
        /** Limits of the role and of the database alone, where they have one. */
        roleLimit: z.int().optional(),
        databaseLimit: z.int().optional(),
      })
      .optional(),
    /** Open transactions of others that this role may see. */
    transactions: z
      .strictObject({
        open: z.int(),
        idle: z.int(),
        oldestSeconds: z.number(),
        /** Sessions of which the server does not show to this role what they do. */
        hidden: z.int(),
      })
      .optional(),
    /** Parts of this that could not be read, with the error code. */
    unread: z.array(z.strictObject({ what: z.string(), code: z.string() })),
  });

/**
 * A connection to the database of one function, stage by stage, from this machine: read-only, with time limits.
 * `tables` are asked for by name; where one has a column `owner_user_id` and an owner is given, that owner's rows are
 * counted too, and those of the customer where one is given and has a column. Counts stop at a bound.
 */
export const databaseProbe = defineRequestWith<{
  readonly customer?: string;
  /** Where libpq looks for root certificates on its own; without it a URL that names none is verified by this machine's. */
  readonly rootCertificate?: string;
}>()(
  "db.probe",
  () => z.strictObject({ fingerprint: z.string(), tables: z.array(z.string()), owner: z.string().optional() }),
  () =>
    z.strictObject({
      stages: z.array(
        z.strictObject({
          stage: z.enum(probeStages),
          ok: z.boolean(),
          ms: z.number(),
          /** Error code of the failure: ECONNREFUSED, 28P01, ... */
          code: z.string().optional(),
          message: z.string().optional(),
        }),
      ),
      /** Parameters of the URL that libpq would refuse and that were left out: another driver may know them. */
      leftOut: z.array(z.string()).optional(),
      /** Every address that the host names stand for, A and AAAA. */
      addresses: z.array(address()).optional(),
      /** The address and port that was connected to. */
      connectedTo: z.strictObject({ host: z.string(), address: z.string(), port: z.int() }).optional(),
      /** The attempt before the one that the stages tell of: with sslmode allow or prefer libpq tries twice. */
      firstTry: z
        .strictObject({ encrypted: z.boolean(), stage: z.enum(probeStages), code: z.string(), message: z.string() })
        .optional(),
      tls: tls().optional(),
      serverVersion: z.string().optional(),
      encrypted: z.boolean().optional(),
      server: server().optional(),
      tables: z.array(
        z.strictObject({
          name: z.string(),
          exists: z.boolean(),
          readable: z.boolean(),
          rows: z.int().optional(),
          ownerRows: z.int().optional(),
          /** Rows of the owner that stands for everybody, where the owner that was asked for has none. */
          publicRows: z.int().optional(),
          /** Rows of the customer that was asked for, the owner's only where the table has owners. */
          customerRows: z.int().optional(),
          /** For a table that is not found: where tables of the same name are, capitals apart. */
          elsewhere: z.array(z.string()).optional(),
        }),
      ),
    }),
  [],
);
