import { defineCause } from "../core/cause.ts";
import { startAfresh, startDatabase } from "./support/afresh.ts";
import { answerLogged, proposeDatabase } from "./support/databases.ts";
import { advice } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "connection-refused",
  title: "The database is not reachable: nothing listens at its address",
  explanation:
    "The host is found and answers that nobody listens on that port: the database is stopped, the port is another one, or the URL names the function's own sandbox (localhost). A server that says that it is starting up or shutting down belongs here, too: it takes no connections.",
  mending: "Start the database, or correct host and port in the URL.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "connection-refused",
      stage: "connect",
      shows: ["connect-timeout", "connection-dropped", "stale-connection-reuse", "database-url-empty"],
      headline: ({ where, answer }) =>
        answer === undefined
          ? `The database is not reachable: ${where} refuses connections`
          : `The server ${where} is up and takes no connections ${answer === "stopping" ? "any more" : "yet"}`,
      summary: ({ code, answer, shape }) =>
        answer !== undefined
          ? `${answer === "stopping" ? "It is shutting down" : "It is starting up or recovering"}, and says so itself (${code}).`
          : shape?.provider.reach === "never"
            ? "Inside Lambda this host is the function's own sandbox, where no Postgres runs."
            : "The host answers, and nothing listens on that port: the database is stopped, or the port is wrong.",
      remedies: (_view, place, { functions, shape, answer }) => [
        answer === undefined
          ? startDatabase(place, shape)
          : advice("now", "Wait until the server takes connections.", "Its own log says what it is doing meanwhile."),
        startAfresh(place, functions),
      ],
      logged: {
        headline: ({ functions, captures }) =>
          answerLogged(captures) === undefined
            ? `${who(functions)} ${verb(functions, "is", "are")} refused by the database's host`
            : `${who(functions)} ${verb(functions, "is", "are")} turned away: the database is ${captures["state"] ?? ""}`,
        summary: ({ captures }) =>
          answerLogged(captures) === undefined
            ? "The host answers, and nothing listens on that port: the database is stopped, or the port is wrong."
            : "The server is there and takes no connections at that moment, as after a restart, a failover or a change of its size.",
      },
    }),
});
