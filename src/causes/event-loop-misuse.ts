import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { fromErrors } from "./support/errors.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "event-loop-misuse",
  title: "An asynchronous driver is used across event loops",
  explanation:
    "A connection or pool belongs to the event loop in which it was made. A handler that calls asyncio.run for each request makes a new loop each time, and what a warm function kept from the last one no longer works.",
  mending: "Keep one loop for the life of the function, or open and close the connection within each run.",
  propose: (view) =>
    fromErrors(view, {
      cause: "event-loop-misuse",
      stage: "driver",
      shows: ["stale-connection-reuse"],
      headline: ({ functions }) =>
        `${who(functions)} ${verb(functions, "uses", "use")} connections of one event loop in another`,
      summary: () => "What a warm function kept belongs to a loop that is closed.",
      remedies: (_at, place) => [
        changeCode(
          place,
          "Make the connection and use it inside the same asyncio.run, or keep one loop at module level.",
        ),
        verifying(place),
      ],
    }),
});
