import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "not-postgres",
  title: "What answers at the database's address is not Postgres",
  explanation:
    "A connection comes about, and what answers does not speak Postgres's protocol: host or port of the URL are those of a web server, another database, a load balancer or a tunnel that leads elsewhere.",
  mending: "Correct host and port in the URL: they are those of another service.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "not-postgres",
      stage: "connect",
      shows: ["connection-refused", "connect-timeout", "connection-dropped", "tls-not-supported", "tls-verify-failed"],
      headline: ({ where }) => `What answers at ${where} is not Postgres`,
      summary: () => "Another service listens there: the host or the port of the URL is wrong.",
      logged: {
        headline: ({ functions }) =>
          `What answers ${who(functions)} at the database's address does not speak Postgres's protocol`,
        summary: () => "Another service listens there: the host or the port of the URL is wrong.",
      },
      remedies: (view, place, { functions }) => writeSetting(view, place, urlSetting, functions),
    }),
});
