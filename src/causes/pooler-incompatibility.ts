import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "pooler-incompatibility",
  title: "The code relies on what a transaction pooler does not keep",
  explanation:
    "A transaction pooler gives each transaction another server connection. Prepared statements, SET, advisory locks and LISTEN belong to a connection and are gone in the next transaction, or collide with another client's.",
  mending:
    "Tell the driver not to prepare statements (prepare_threshold=None, statement_cache_size=0, pgbouncer=true for Prisma), or use the session pooler or the direct host.",
  propose: (view) =>
    fromErrors(view, {
      cause: "pooler-incompatibility",
      stage: "query",
      shows: ["database-url-parameter-unsupported", "schema-missing"],
      headline: ({ functions }) =>
        `${who(functions)} ${verb(functions, "relies", "rely")} on what a transaction pooler does not keep`,
      summary: () => "A prepared statement or a setting of the connection is not there in the next transaction.",
      remedies: (_at, place) => [
        changeCode(
          place,
          "Turn prepared statements off in the driver, or put the provider's session pooler or direct host into the URL.",
        ),
        verifying(place),
      ],
    }),
});
