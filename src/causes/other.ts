import { defineCause } from "../core/cause.ts";

export default defineCause({
  id: "other",
  title: "An error of a kind that is not known",
  explanation:
    "The text tells of a failure, and none of the known causes fits it: as a rule it is the application's own. Errors of this kind are counted and shown as they are, and never put down to a cause.",
  mending: "Read the traceback: the innermost frame of the function's own code is where to begin.",
  // What nobody knows explains nothing: such findings stay listed as unexplained.
  propose: () => Promise.resolve([]),
});
