import { defineCause } from "../core/cause.ts";
import { startAfresh } from "./support/afresh.ts";
import { proposeDatabase } from "./support/databases.ts";
import { remedy } from "./support/remedies.ts";
import { fromVariable } from "./support/shell.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "too-many-connections",
  title: "The database has no connection left",
  explanation:
    "Each concurrent execution of a function holds its own connections, and warm ones keep them. Together they use up what the server or the pooler allows.",
  mending:
    "Connect through a pooler, keep one connection for each function instance, and close what is not used; limit the functions' concurrency.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "too-many-connections",
      stage: "session",
      shows: ["connect-timeout", "connection-dropped"],
      headline: ({ where }) => `The database ${where} has no connection left`,
      summary: () => "The server takes no further connection until others are closed.",
      remedies: (_view, place, { functions, shape }) => [
        remedy(
          "now",
          "Close connections that only wait.",
          [
            `psql ${fromVariable("DATABASE_URL")} -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND usename = current_user AND pid <> pg_backend_pid()"`,
          ],
          {
            variables: { DATABASE_URL: "a URL of the database by which one may still connect" },
            advice:
              shape?.provider.access === "direct"
                ? `Then put the provider's pooler into the URL instead of ${shape.provider.title} itself.`
                : "Then let the code keep one connection for each function instance.",
          },
        ),
        startAfresh(place, functions),
      ],
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "gets", "get")} no connection, because the database has none left`,
        summary: () => "The server or the pooler takes no further connection.",
      },
    }),
});
