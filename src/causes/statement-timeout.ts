import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { remedy } from "./support/remedies.ts";
import { fromVariable } from "./support/shell.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "statement-timeout",
  title: "A statement takes longer than it may",
  explanation:
    "The server cancels a statement at statement_timeout or lock_timeout: it reads too much without an index, or waits for a lock that another transaction holds.",
  mending:
    "Find the statement and what it waits for; add an index, end the transaction that holds the lock, or raise the limit.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "statement-timeout",
      stage: "query",
      shows: ["lambda-timeout"],
      headline: ({ where }) => `The server ${where} cancels statements that take too long`,
      summary: ({ code }) =>
        `A first, small query was cancelled (${code}): something holds a lock, or the server is overloaded.`,
      remedies: () => [
        remedy(
          "now",
          "See what runs and what waits.",
          [
            `psql ${fromVariable("DATABASE_URL")} -c "SELECT pid, state, wait_event_type, now() - query_start AS since, left(query, 60) AS query FROM pg_stat_activity WHERE state <> 'idle' ORDER BY query_start"`,
          ],
          { variables: { DATABASE_URL: "the functions' database URL" }, changes: false },
        ),
      ],
      logged: {
        headline: ({ functions }) =>
          `Statements of ${who(functions)} ${verb(functions, "are", "are")} cancelled, because they take too long`,
        summary: () => "The server cancels a statement at its time limit.",
      },
    }),
});
