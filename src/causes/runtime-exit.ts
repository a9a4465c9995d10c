import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "runtime-exit",
  title: "The function's process ends by itself",
  explanation:
    "The runtime went away in the middle of a request: the code called exit, a native library crashed, or the process was killed from outside without its memory being the reason.",
  mending: "Look at the last lines before the exit: a signal points at a native library, an exit status at the code.",
  propose: (view) =>
    fromErrors(view, {
      cause: "runtime-exit",
      stage: "limits",
      shows: ["lambda-oom", "init-crash"],
      headline: ({ functions }) =>
        `The ${verb(functions, "process", "processes")} of ${who(functions)} ${verb(functions, "ends", "end")} by ${verb(functions, "itself", "themselves")}`,
      summary: () => "Lambda found the runtime gone before it had answered.",
    }),
});
