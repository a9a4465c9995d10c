import { measuredJudgement, serverLike, type JudgedDriver, type Judgement } from "./judgement.ts";
import { measuredCell, measuredRow, type MeasuredResult, type MeasuredServer } from "./matrix.ts";
import type { MeasuredRow } from "./matrix.gen.ts";
import type { DatabaseUrlShape } from "./url.ts";

/** Where the measured queries say that the authority's file is. */
const authorityFile = "/var/task/ca.pem";

/** What becomes of the URL's sslmode, given or not: at most one judgement. */
export function judgeTls(driver: JudgedDriver, shape: DatabaseUrlShape): readonly Judgement[] {
  const { row, usage, family } = driver;
  if (row === undefined) return [];
  const last = (name: string) => shape.parameters.findLast((parameter) => parameter.name === name)?.value;
  const mode = last("sslmode");
  if (usage === "hand-parsed") return [handParsed(driver, row, shape, mode)];
  const root = last("sslrootcert");
  const ssl = last("ssl");
  // node-postgres alone has a parameter that changes what sslmode means.
  const compatible = family === "pg" && last("uselibpqcompat") === "true" && mode !== undefined && root === undefined;
  const query = compatible
    ? "sslmode=require&uselibpqcompat=true"
    : [
        ...(mode === undefined ? (ssl === undefined ? [] : [`ssl=${ssl}`]) : [`sslmode=${mode}`]),
        ...(root === undefined ? [] : [`sslrootcert=${root === "system" ? root : authorityFile}`]),
      ].join("&");
  const parameter = mode === undefined && ssl !== undefined ? "ssl" : "sslmode";
  const about = { parameter, ...(mode === undefined ? (ssl === undefined ? {} : { value: ssl }) : { value: mode }) };
  const measured = nearest(row, query);
  if (measured !== undefined) return [{ ...about, ...verdict(row, measured, shape, mode ?? ssl) }];
  if (mode === undefined) return [];
  // A word that no driver knows was measured as well.
  const { message, ...rest } = verdict(row, unknownMode, shape, mode);
  return [{ ...about, ...rest, ...(message === undefined ? {} : { message: message.replace("Require", mode) }) }];
}

const unknownMode = "sslmode=Require";

/** The query itself or, where the pair was not measured, the sslmode alone. */
function nearest(row: MeasuredRow, query: string): string | undefined {
  return [query, query.split("&", 1)[0] ?? ""].find((one) => row.cells[one] !== undefined);
}

/** What a connection amounts to whose code passes no TLS setting on. */
function handParsed(
  driver: JudgedDriver,
  row: MeasuredRow,
  shape: DatabaseUrlShape,
  mode: string | undefined,
): Judgement {
  const bare = verdict(row, "", shape, undefined);
  const about = { parameter: "sslmode", ...(mode === undefined ? {} : { value: mode }) };
  if (mode === undefined) return { ...about, ...bare };
  const how =
    driver.family === "pg8000"
      ? "pg8000 knows no sslmode; the code must turn it into an ssl_context"
      : "The code must pass sslmode on";
  const else_ =
    bare.outcome === "plain-text" || bare.outcome === "refused"
      ? "or the driver connects without TLS"
      : "or the driver uses TLS only if the server offers it";
  const { message } = bare;
  return {
    ...measuredJudgement(row, { ...about, outcome: "ignored", explanation: `${how}, ${else_}.` }),
    ...(message === undefined ? {} : { message }),
  };
}

/** How a pg8000 connection fares by the ssl_context that the code passes: nothing, True, or ssl.create_default_context(). */
export function judgeSslContext(
  version: string | undefined,
  context: "none" | "true" | "default-context",
  shape: DatabaseUrlShape,
): Judgement | undefined {
  const usage = ({ none: "hand-parsed", true: "ssl-true", "default-context": "ssl-default-context" } as const)[context];
  const row = measuredRow("pg8000", usage, version);
  const wanted = { none: undefined, true: "require", "default-context": "verify-full" }[context];
  return row && { parameter: "ssl_context", value: context, ...verdict(row, "", shape, wanted) };
}

type Verdict = Omit<Judgement, "parameter" | "value">;

function verdict(row: MeasuredRow, query: string, shape: DatabaseUrlShape, mode: string | undefined): Verdict {
  const at = (server: MeasuredServer): MeasuredResult => measuredCell(row, query, server) ?? { came: "connected" };
  const judged = (outcome: Judgement["outcome"], explanation: string, result?: MeasuredResult): Verdict => {
    const message = result?.came === "error" ? { message: result.text } : {};
    const { parameter: _parameter, ...rest } = measuredJudgement(row, {
      parameter: "",
      outcome,
      explanation,
      ...message,
    });
    return rest;
  };
  const [own, trusted, plain] = [at("tls"), at("trusted"), at("plain")];
  const { provider } = shape;

  if (own.came === "error" && trusted.came === "error") {
    return judged("refused", refusal(trusted.text, mode), at(serverLike(shape)));
  }
  if (own.came === "plain") {
    const strict = at("tls-only");
    if (strict.came === "encrypted") {
      const explanation = "The driver tries to connect without TLS first and encrypts only if the server insists.";
      return judged(provider.plainText === "refused" ? "weaker-than-it-looks" : "plain-text", explanation);
    }
    const explanation = "The driver connects without TLS, even to a server that offers it.";
    return provider.plainText === "refused"
      ? judged("refused", `The driver connects without TLS, and ${provider.title} refuses that.`, strict)
      : judged("plain-text", explanation);
  }
  if (own.came === "error") {
    // It verifies: what the system's authorities have signed passes.
    const name =
      at("wrong-name").came === "error" ? "and the host's name is compared" : "but the host's name is not compared";
    if (provider.authority === "provider" && provider.plainText !== "unknown") {
      const explanation = `The certificate is verified with the authorities of the system, which ${provider.title}'s is not among as a rule.`;
      return judged("refused", explanation, own);
    }
    const private_ = "a certificate that a private authority signed is refused";
    return judged("accepted", `The certificate is verified with the authorities of the system, ${name}; ${private_}.`);
  }
  const verifies = at("self-signed").came === "error";
  if (plain.came === "plain") {
    const explanation =
      at("self-signed").came === "plain"
        ? "The driver encrypts if the server offers it and the certificate can be verified, and else goes on without TLS."
        : "The driver encrypts if the server offers it, without a look at the certificate, and else goes on without TLS.";
    return judged("weaker-than-it-looks", explanation);
  }
  if (verifies) {
    const name =
      at("wrong-name").came === "error" ? "and the host's name is compared" : "but the host's name is not compared";
    return judged("accepted", `The certificate is verified with the given authority, ${name}.`);
  }
  const unverified =
    "The driver encrypts, but does not verify the certificate: whoever stands in between can read along.";
  return judged(mode?.startsWith("verify") === true ? "weaker-than-it-looks" : "accepted", unverified);
}

function refusal(text: string, mode: string | undefined): string {
  if (text.includes("root certificate file")) {
    return `sslmode=${mode ?? ""} needs the authority's certificate: in the package and named by sslrootcert, or sslrootcert=system for a public one.`;
  }
  if (text.includes("unexpected keyword"))
    return "The driver is given sslmode as a keyword argument, which its connect() does not have.";
  if (/open 'system'|No such file/.test(text))
    return "The driver takes the word system for the name of a file, which does not exist.";
  if (text.includes("weak sslmode"))
    return "libpq trusts the system's authorities only together with sslmode=verify-full.";
  if (/invalid sslmode|must be one of/.test(text)) return "The driver does not know this value of sslmode.";
  return "The driver or the server refuses this.";
}
