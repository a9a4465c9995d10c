import { defineCause } from "../core/cause.ts";
import { startAfresh } from "./support/afresh.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "stale-connection-reuse",
  title: "A warm function uses a connection that is long closed",
  explanation:
    "Lambda freezes a function between requests. A connection that it keeps from one to the next may be closed by the server, a pooler or a suspended database meanwhile, and the code finds out when it uses it.",
  mending:
    "Check a kept connection before use and open a new one when it is closed, or open one for each request through a pooler.",
  propose: (view) =>
    fromErrors(view, {
      cause: "stale-connection-reuse",
      stage: "connect",
      shows: ["connection-dropped"],
      headline: ({ functions }) =>
        `${who(functions)} ${verb(functions, "uses a connection", "use connections")} that ${verb(functions, "was", "were")} closed meanwhile`,
      summary: () => "The connection was opened by an earlier request, and the other side has closed it since.",
      remedies: ({ functions }, place) => [
        startAfresh(place, functions),
        changeCode(
          place,
          "Catch the driver's error on the first statement, open a new connection and try once more; or open one for each request.",
        ),
        verifying(place),
      ],
    }),
});
