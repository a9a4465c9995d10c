import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { moreMemory } from "./support/limits.ts";
import { verifying } from "./support/place.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "lambda-oom",
  title: "Functions run out of memory",
  explanation:
    "The process took more memory than the function's MemorySize and was killed. Reading a whole result set at once, or large packages at import, does that.",
  mending: "Raise MemorySize, or read and hold less at a time.",
  propose: (view) =>
    fromErrors(view, {
      cause: "lambda-oom",
      stage: "limits",
      shows: ["runtime-exit"],
      headline: ({ functions }) => `${who(functions)} ${verb(functions, "runs", "run")} out of memory`,
      summary: () => "Lambda killed the process when it reached the function's memory size.",
      remedies: async ({ functions }, place, at) => [...(await moreMemory(at, place, functions)), verifying(place)],
    }),
});
