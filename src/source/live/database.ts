import type { databaseProbe } from "../../facts/requests/database.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import { connectable } from "../../postgres/connectable.ts";
import type { ConnectionSettings } from "../../postgres/url.ts";
import { failed, isStop, stopReply } from "../errors.ts";
import { isStageFailure, stopwatch, type StageFailure } from "./database-stages.ts";
import type { Asked } from "./database-tables.ts";
import { openStream, type Encryption, type OpenStream, type Seen } from "./database-stream.ts";
import { runningLimit, type RunningLimit } from "./running-time.ts";
import { present, type LiveContext } from "./context.ts";

type Body = BodyOf<typeof databaseProbe>;

/** The whole probe, in milliseconds. */
const totalLimitMs = 10_000;

interface Wanted {
  readonly tables: readonly string[];
  readonly asked: Asked;
  /** Where tables are looked for first. */
  readonly schema: string | undefined;
  /** The file in which libpq looks on its own for authorities, where it is to be asked for them. */
  readonly rootCertificate: string | undefined;
}

/**
 * Connects to a database as libpq would with the same URL: names are resolved, a TCP connection opened, TLS asked for and
 * agreed on, the user authenticated, and server and tables looked at in a read-only session. The URL comes from the vault
 * and goes to the database only.
 */
export function answerDatabaseProbe(context: LiveContext): Answer<typeof databaseProbe> {
  return async ({ fingerprint, tables, owner }, how) => {
    const url = context.vault.reveal(fingerprint);
    if (url === undefined) return failed("NO_SECRET", "The URL of this database is not among the secrets of this run.");
    const reading = connectable(url);
    if (!reading.ok) {
      const first = reading.faults.find((fault) => fault.effect === "refused") ?? reading.faults[0];
      const message = context.vault.scrub(first?.message ?? "The URL cannot be read.");
      return {
        status: "ok",
        body: { stages: [{ stage: "resolve", ok: false, ms: 0, code: "INVALID_URL", message }], tables: [] },
      };
    }
    context.count("postgres", "postgres:Connect");
    const { settings, leftOut, schema } = reading;
    const wanted = { tables, asked: { owner, customer: how?.customer }, schema, rootCertificate: how?.rootCertificate };
    const whole = runningLimit(totalLimitMs);
    const body = await probe(context, settings, wanted, whole).finally(whole.end);
    if (!context.signal.aborted)
      return { status: "ok", body: leftOut.length === 0 ? body : { ...body, leftOut: [...leftOut] } };
    const { reason } = context.signal as { reason: unknown };
    return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, "the database probe");
  };
}

/** `allow` begins without TLS and `prefer` with it, and each goes the other way where the server will not have the first. */
const attempts: Readonly<Record<string, readonly Encryption[]>> = {
  disable: ["never"],
  allow: ["never", "always"],
  prefer: ["if-offered", "never"],
};

async function probe(
  context: LiveContext,
  settings: ConnectionSettings,
  wanted: Wanted,
  whole: RunningLimit,
): Promise<Body> {
  const [first = "always", second] = attempts[settings.parameters["sslmode"] ?? "prefer"] ?? ["always"];
  const isOver = (): boolean => context.signal.aborted || whole.signal.aborted;
  const one = await attempt(context, settings, first, wanted, whole);
  if (one.failure === undefined || second === undefined || isOver() || !isWorthAnother(one, first)) return one.body;
  const two = await attempt(context, settings, second, wanted, whole);
  // Where both fail the first one tells what is wrong: the second is only the same door tried otherwise.
  if (two.failure !== undefined) return one.body;
  const { stage, code, message } = one.failure;
  return { ...two.body, firstTry: { encrypted: first !== "never", stage, code, message } };
}

interface Attempt {
  readonly body: Body;
  readonly failure?: StageFailure;
}

/** Whether libpq would try again: after a failed handshake, or when the server refuses the sign-in. */
function isWorthAnother({ body, failure }: Attempt, encryption: Encryption): boolean {
  if (failure?.stage === "tls") return true;
  const encrypted = encryption !== "never" && body.encrypted === true;
  return failure?.stage === "authenticate" && failure.code.startsWith("28") && (encryption === "never" || encrypted);
}

async function attempt(
  context: LiveContext,
  settings: ConnectionSettings,
  encryption: Encryption,
  wanted: Wanted,
  whole: RunningLimit,
): Promise<Attempt> {
  const stages: Body["stages"] = [];
  const timed = stopwatch({ signal: context.signal, whole }, stages, context.vault.scrub);
  let seen: Seen = {};
  let opened: OpenStream | undefined;
  const told = (): Seen => context.vault.scrubAll(seen);
  try {
    opened = await openStream(
      settings,
      { encryption, rootCertificate: wanted.rootCertificate },
      timed,
      (more) => (seen = { ...seen, ...more }),
    );
    const stream = opened;
    const { signIn, readDatabase } = await import("./database-session.ts");
    const client = await timed("authenticate", () => signIn(stream, settings));
    const read = await timed("query", (limit) => readDatabase(client, wanted, limit));
    return { body: { stages, ...told(), encrypted: stream.encrypted, ...context.vault.scrubAll(read) } };
  } catch (error) {
    if (!isStageFailure(error)) throw error;
    return { body: { stages, ...told(), tables: [], ...present({ encrypted: opened?.encrypted }) }, failure: error };
  } finally {
    opened?.close();
  }
}
