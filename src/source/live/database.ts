import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { databaseProbe, probeStages } from "../../facts/requests/database.ts";
import { connectionSettings, type ConnectionSettings } from "../../postgres/url.ts";
import { factsOf, failed, isStop, stopReply } from "../errors.ts";
import { openStream, type OpenStream } from "./database-stream.ts";
import { present, type LiveContext } from "./context.ts";

type Body = BodyOf<typeof databaseProbe>;
type Stage = (typeof probeStages)[number];

/** The whole probe, in milliseconds. */
const totalLimitMs = 8_000;
const statementLimitMs = 3_000;
/** Rows of a table are counted up to here: the question is whether there are any, not how many. */
const maxRows = 10_000;

/** A stage that failed: the probe ends there. */
interface StageFailure {
  readonly stage: Stage;
  readonly code: string;
  readonly message: string;
}

function isStageFailure(error: unknown): error is StageFailure {
  return typeof error === "object" && error !== null && "stage" in error && "code" in error;
}

/**
 * Connects to a database as libpq would with the same URL: names are resolved, a TCP connection opened, TLS agreed on,
 * the user authenticated, and the tables looked at in a read-only session. The URL comes from the vault and goes to the
 * database only.
 */
export function answerDatabaseProbe(context: LiveContext): Answer<typeof databaseProbe> {
  return async ({ fingerprint, tables, owner }) => {
    const url = context.vault.reveal(fingerprint);
    if (url === undefined) return failed("NO_SECRET", "The URL of this database is not among the secrets of this run.");
    const reading = connectionSettings(url);
    if (!reading.ok) {
      const first = reading.faults.find((fault) => fault.effect === "refused") ?? reading.faults[0];
      const message = context.vault.scrub(first?.message ?? "The URL cannot be read.");
      return {
        status: "ok",
        body: { stages: [{ stage: "resolve", ok: false, ms: 0, code: "INVALID_URL", message }], tables: [] },
      };
    }
    context.count("postgres", "postgres:Connect");
    const limit = AbortSignal.timeout(totalLimitMs);
    const body = await probe(context, reading.settings, { tables, owner }, AbortSignal.any([context.signal, limit]));
    if (!context.signal.aborted) return { status: "ok", body };
    const { reason } = context.signal as { reason: unknown };
    return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, "the database probe");
  };
}

async function probe(
  context: LiveContext,
  settings: ConnectionSettings,
  wanted: { readonly tables: readonly string[]; readonly owner: string | undefined },
  signal: AbortSignal,
): Promise<Body> {
  const stages: Body["stages"] = [];
  const timed = async <Out>(stage: Stage, work: () => Promise<Out>): Promise<Out> => {
    const from = performance.now();
    const ms = (): number => Math.round(performance.now() - from);
    try {
      const out = await withinSignal(work(), signal);
      stages.push({ stage, ok: true, ms: ms() });
      return out;
    } catch (error) {
      const { code, message } = describe(error, stage, signal);
      stages.push({ stage, ok: false, ms: ms(), code, message: context.vault.scrub(message) });
      throw { stage, code, message } satisfies StageFailure;
    }
  };
  let opened: OpenStream | undefined;
  try {
    opened = await openStream(settings, { timed, signal });
    const session = await import("./database-session.ts");
    return {
      stages,
      ...(await session.readDatabase(opened, settings, wanted, { timed, statementLimitMs, maxRows })),
    };
  } catch (error) {
    if (!isStageFailure(error)) throw error;
    return { stages, tables: [], ...present({ encrypted: opened?.encrypted }) };
  } finally {
    opened?.close();
  }
}

/** Rejects as soon as the signal is aborted, whatever the work still does. */
function withinSignal<Out>(work: Promise<Out>, signal: AbortSignal): Promise<Out> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const limits: Readonly<Record<Stage, string>> = {
  resolve: "The host name was not resolved in time.",
  connect: "No connection was made in time.",
  tls: "TLS was not agreed on in time.",
  authenticate: "The server did not finish the sign-in in time.",
  query: "The server did not answer the queries in time.",
};

function describe(error: unknown, stage: Stage, signal: AbortSignal): { code: string; message: string } {
  if (signal.aborted) return { code: "ETIMEDOUT", message: limits[stage] };
  const { code, name, message } = factsOf(error);
  const text = message.replaceAll(/\s+/g, " ").trim();
  return {
    code: code || name,
    message: text === "" ? `The ${stage} stage failed (${code || name}).` : `${text.replace(/\.$/, "")}.`,
  };
}
