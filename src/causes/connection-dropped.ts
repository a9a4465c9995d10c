import { defineCause } from "../core/cause.ts";
import { startAfresh, tryConnection } from "./support/afresh.ts";
import { proposeDatabase } from "./support/databases.ts";
import { remedy } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "connection-dropped",
  title: "The server or the network drops the connection",
  explanation:
    "A connection ends in the middle: the server crashed, restarted or failed over, a pooler or proxy closed it, or the network did.",
  mending: "See what the server did at that time; let the code open a new connection and try once more.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "connection-dropped",
      stage: "connect",
      shows: ["stale-connection-reuse"],
      headline: ({ where, code, answer }) =>
        code === "ETIMEDOUT"
          ? `The server ${where} does not answer`
          : `The server ${where} ${answer === "stopping" ? "is shutting down" : "drops the connection"}`,
      summary: ({ code }) =>
        code === "ETIMEDOUT"
          ? "The network lets the connection through, and what took it does not go on: a server or pooler that is overloaded, or none of Postgres."
          : `The connection ended before it could be used (${code}).`,
      remedies: (_view, place, { functions, shape }) => [
        remedy("now", "See whether it happens again, and what the server's own log says.", tryConnection(shape), {
          changes: false,
        }),
        startAfresh(place, functions),
      ],
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "loses", "lose")} the connection to the database`,
        summary: () => "The server, a pooler or the network ended the connection.",
      },
    }),
});
