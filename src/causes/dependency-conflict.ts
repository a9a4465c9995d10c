import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { packageName, proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "dependency-conflict",
  title: "Packages of versions that do not go together",
  explanation:
    "A package asks another one for something that its installed version does not have: two requirements pull in different versions, or a layer hides the version in the package (or in the runtime, as with urllib3 and botocore).",
  mending: "Pin versions that go together, install them in one go, and see that no layer holds a second copy.",
  propose: (view) =>
    proposeImport(view, {
      cause: "dependency-conflict",
      headline: ({ failure }, functions) =>
        `${who(functions)} ${verb(functions, "has", "have")} versions of packages that do not go together (${failure.module})`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place, { failure }) =>
        Promise.resolve([
          changeCode(
            place,
            `Pin a version of ${packageName(failure)} that the others accept, and install all requirements in one go.`,
          ),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "has", "have")} versions of packages that do not go together${captures["module"] === undefined ? "" : ` (${captures["module"]})`}`,
        summary: () => sentences("A package does not find in another one what it expects there.", failsBeforeItsCode),
      },
    }),
});
