import { defineCause } from "../core/cause.ts";
import { startAfresh, startDatabase } from "./support/afresh.ts";
import { proposeDatabase } from "./support/databases.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "connection-refused",
  title: "The database is not reachable: nothing listens at its address",
  explanation:
    "The host is found and answers that nobody listens on that port: the database is stopped or still starting, the port is another one, or the URL names the function's own sandbox (localhost).",
  mending: "Start the database, or correct host and port in the URL.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "connection-refused",
      stage: "connect",
      shows: ["connect-timeout", "connection-dropped", "stale-connection-reuse", "database-url-empty"],
      headline: ({ where }) => `The database is not reachable: ${where} refuses connections`,
      summary: ({ code, shape }) =>
        code === "57P03"
          ? "The server is starting up, shutting down or recovering, and takes no connections meanwhile."
          : shape?.provider.reach === "never"
            ? "Inside Lambda this host is the function's own sandbox, where no Postgres runs."
            : "The host answers, and nothing listens on that port: the database is stopped, or the port is wrong.",
      remedies: (_view, place, { functions, shape }) => [startDatabase(place, shape), startAfresh(place, functions)],
      logged: {
        headline: ({ functions }) => `${who(functions)} ${verb(functions, "is", "are")} refused by the database's host`,
        summary: () =>
          "The host answers, and nothing listens on that port: the database is stopped, or the port is wrong.",
      },
    }),
});
