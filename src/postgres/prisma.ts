import { compareVersions, type DriverInUse } from "./driver-names.ts";
import type { Judgement } from "./judgement.ts";
import type { DatabaseUrlShape, UrlParameter } from "./url.ts";

/** Parameters that Prisma's own engine (before version 7) reads from a URL, by its documentation of the PostgreSQL connector. */
const engineParameters = new Set([
  "schema",
  "connection_limit",
  "pool_timeout",
  "connect_timeout",
  "socket_timeout",
  "pgbouncer",
  "statement_cache_size",
  "sslmode",
  "sslcert",
  "sslidentity",
  "sslpassword",
  "sslaccept",
  "options",
  "application_name",
  "channel_binding",
  "host",
  "single_use_connections",
  "max_connection_lifetime",
  "max_idle_connection_lifetime",
]);

/** What Prisma does with a URL, from its documentation; from version 7 on it connects through node-postgres. */
export function judgePrisma({ version }: DriverInUse, shape: DatabaseUrlShape): readonly Judgement[] {
  const adapter = version !== undefined && compareVersions(version, "7") >= 0;
  const judgements: Judgement[] = [];
  if (shape.form === "dsn" || shape.sqlalchemyDriver !== undefined || !/^postgres(ql)?$/.test(shape.scheme)) {
    const message = "the URL must start with the protocol `postgresql://` or `postgres://`.";
    const explanation = "Prisma takes URLs that begin with postgresql:// or postgres:// only.";
    judgements.push({ parameter: "scheme", outcome: "refused", message, explanation, basis: "documented" });
  }
  for (const parameter of shape.parameters)
    judgements.push(adapter ? throughAdapter(parameter) : byEngine(parameter, shape));
  if (shape.sslmode === undefined) {
    judgements.push({
      parameter: "sslmode",
      outcome: adapter ? "plain-text" : "weaker-than-it-looks",
      explanation: adapter
        ? "Without sslmode node-postgres, through which Prisma connects, does not encrypt."
        : "Without sslmode Prisma encrypts if the server offers it, and else goes on without TLS.",
      basis: "documented",
    });
  }
  return judgements;
}

function byEngine({ name, value }: UrlParameter, shape: DatabaseUrlShape): Judgement {
  const about = { parameter: name, value, basis: "documented" } as const;
  if (name === "sslmode") {
    const strict = shape.parameters.some((one) => one.name === "sslaccept" && one.value === "strict");
    if (value === "disable") return { ...about, outcome: "plain-text", explanation: "Prisma connects without TLS." };
    if (value === "require") {
      return strict
        ? { ...about, outcome: "accepted", explanation: "Prisma encrypts and verifies the certificate." }
        : {
            ...about,
            outcome: "accepted",
            explanation: "Prisma encrypts; it verifies the certificate only with sslaccept=strict.",
          };
    }
    const explanation = `Prisma knows disable, prefer and require only; ${value} counts as prefer, which goes on without TLS where the server has none.`;
    return { ...about, outcome: "weaker-than-it-looks", explanation };
  }
  return engineParameters.has(name)
    ? { ...about, outcome: "accepted", explanation: `Prisma takes ${name}.` }
    : { ...about, outcome: "ignored", explanation: `Prisma does nothing with ${name}.` };
}

function throughAdapter({ name, value }: UrlParameter): Judgement {
  const about = { parameter: name, value, basis: "documented" } as const;
  if (name === "sslmode") {
    return value === "disable"
      ? { ...about, outcome: "plain-text", explanation: "Prisma connects without TLS." }
      : {
          ...about,
          outcome: "accepted",
          explanation: "Prisma connects through node-postgres, which verifies the certificate.",
        };
  }
  const taken = [
    "application_name",
    "options",
    "schema",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "statement_timeout",
  ].includes(name);
  return taken
    ? { ...about, outcome: "accepted", explanation: `node-postgres, through which Prisma connects, takes ${name}.` }
    : {
        ...about,
        outcome: "ignored",
        explanation: `node-postgres, through which Prisma connects, does nothing with ${name}.`,
      };
}
