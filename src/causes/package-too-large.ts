import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { changeCode } from "./support/code-fix.ts";
import { verifying } from "./support/place.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "package-too-large",
  title: "The package is larger than Lambda takes",
  explanation:
    "Code and layers together may take 250 MB unpacked; an upload without S3 50 MB, an environment 4 KB. boto3 and other parts of the runtime, tests and caches are often packed for nothing.",
  mending:
    "Leave out what the runtime has, move what several functions share into one layer, or use a container image (10 GB).",
  propose: (view) =>
    fromErrors(view, {
      cause: "package-too-large",
      stage: "function",
      headline: ({ functions }) => `The package of ${who(functions)} is larger than Lambda takes`,
      summary: () => "Lambda refused it for its size.",
      remedies: (_at, place) => [
        changeCode(place, "Leave out boto3, tests and caches, or use a container image."),
        verifying(place),
      ],
    }),
});
