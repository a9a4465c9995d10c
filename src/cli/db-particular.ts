// What is wrong where the cause, which speaks of all that look alike, would say too much or the wrong thing.
import { answerOf, causeOfProbe, type ProbeFailure } from "../causes/support/probe-cause.ts";
import { isWithoutTls } from "../checks/support/probe.ts";
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { DatabaseProbe } from "../facts/database.ts";
import { shortageOf, type Refusal } from "../postgres/refusal.ts";
import type { DatabaseUrlShape } from "../postgres/url.ts";

/** A title in the place of the cause's, and how to mend it. */
export interface Particular {
  readonly title: string;
  readonly mending: string;
}

/** What is wrong with this URL or connection in particular, as far as there is something to say that its cause does not. */
export function particularOf(shape: DatabaseUrlShape, probe: DatabaseProbe | undefined): Particular | undefined {
  if (shape.empty) {
    return { title: "The database URL is empty", mending: "Write the URL to where it is read from, and check again." };
  }
  const failure = failureOf(probe);
  if (failure === undefined) return undefined;
  const answer = answerOf(failure);
  return answer === undefined ? ofCode(failure) : ofAnswer(answer, failure.code);
}

/** The cause of a probe that failed; undefined for one that did not, and where no cause is known. */
export function causeOfFailure(shape: DatabaseUrlShape, probe: DatabaseProbe): CauseId | undefined {
  const failure = failureOf(probe);
  return failure === undefined ? undefined : causeOfProbe(failure, shape);
}

function failureOf(probe: DatabaseProbe | undefined): ProbeFailure | undefined {
  const failed = probe?.stages.find(({ ok }) => !ok);
  if (probe === undefined || failed === undefined) return undefined;
  const { stage, code = "", message = "" } = failed;
  return { stage, code, message, withoutTls: isWithoutTls(probe) };
}

function ofCode({ stage, code }: ProbeFailure): Particular | undefined {
  switch (code) {
    case "UNIX_SOCKET":
    case "NO_HOST":
      return {
        title: "The database URL names no host",
        mending: "Write the database's host into the URL: Lambda has neither its socket nor its service file.",
      };
    case "ROOT_CERTIFICATE_MISSING":
      return {
        title: "libpq has no root certificate to verify the server with",
        mending:
          "Put the authority's root certificate there, name its file by sslrootcert, or, from libpq 16 on, write sslrootcert=system for the machine's own authorities. " +
          "In a Lambda the file belongs into the package or a layer. What another driver does: --driver NAME@VERSION.",
      };
    case "ETIMEDOUT":
      return stage !== "authenticate"
        ? undefined
        : {
            title: "The server does not answer the sign-in",
            mending:
              "The connection is fine: see what the server, pooler or proxy at that address waits for, and whether it is Postgres.",
          };
    default:
      return undefined;
  }
}

function ofAnswer(answer: Refusal, code: string): Particular | undefined {
  switch (answer) {
    case "starting":
      return {
        title: "The server is up and takes no connections yet",
        mending: "Wait until it has started or recovered; its own log says what it is doing.",
      };
    case "stopping":
      return {
        title: "The server is shutting down",
        mending: "See who stops or restarts it, and check again when it is up.",
      };
    case "resources":
      return {
        title: `The server ${shortageOf(code)}`,
        mending: "See the server's own log and figures; the URL is not what is wrong.",
      };
    case "rules":
      return {
        title: "The server has no rule that lets this user in from here",
        mending:
          "Add an entry for the user, the database and the addresses that it comes from to pg_hba.conf, or correct user and database in the URL.",
      };
    case "database":
      return {
        title: "The server does not have the database that the URL names",
        mending: "Put the name of a database that exists into the URL, or create it.",
      };
    case "unknown":
      return {
        title: `The server answers with an error of which no cause is known (${code})`,
        mending: "See what the log of the server or its pooler says of that moment.",
      };
    case "user":
    case "encryption":
    case "name":
    case "connections":
    case "broken-off":
    case "parameter":
    case "permission":
      return undefined;
  }
}
