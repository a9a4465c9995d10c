import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { advice } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "tls-not-supported",
  title: "The server does not offer TLS",
  explanation:
    "The URL asks for an encrypted connection and the server at that host and port offers none: its ssl setting is off, or something else than Postgres answers there (a proxy, a tunnel).",
  mending:
    "Turn TLS on at the server, or correct host and port. Plain text is for a database on the same machine only.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "tls-not-supported",
      stage: "tls",
      shows: ["connection-dropped"],
      headline: ({ where }) => `The server ${where} offers no encryption, which the database URL asks for`,
      summary: ({ code }) => `The server answered the request for TLS with a refusal (${code}).`,
      remedies: (_view, _place, { where }) => [
        advice(
          "now",
          "Turn TLS on at the server, or point the URL at the one that has it.",
          `Set ssl = on with a certificate at ${where}, or correct host and port: a pooler or tunnel in front of the server must offer TLS itself.`,
        ),
      ],
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "asks", "ask")} for encryption that the database does not offer`,
        summary: () => "The server at that host and port does not speak TLS.",
      },
    }),
});
