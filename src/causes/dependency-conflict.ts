import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { importPrediction } from "../facts/packages.ts";
import { changeCode } from "./support/code-fix.ts";
import { groupBy } from "./support/groups.ts";
import { packageName, proof, proposeImport } from "./support/imports.ts";
import { normalName, parsePins } from "./support/packages.ts";
import { functionsOf, placeOf, verifying } from "./support/place.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, failedTools, symptomsOf } from "./support/symptoms.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";
import { vendorRemedies } from "./support/vendor.ts";

const cause = "dependency-conflict";

export default defineCause({
  id: cause,
  title: "Packages of versions that do not go together",
  explanation:
    "A package asks another one for something that its installed version does not have: two requirements pull in different versions, a driver is pinned and what it builds on is not, or a layer hides the version in the package (or in the runtime, as with urllib3 and botocore).",
  mending: "Pin versions that go together, install them in one go, and see that no layer holds a second copy.",
  propose: async (view) => [
    ...(await conflicts(view)),
    ...(await proposeImport(view, {
      cause,
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
    })),
  ],
});

/** A driver that can be imported and fails at its first login, by what it finds in the packages that it builds on. */
async function conflicts(view: View): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const groups = groupBy(
    view.of("driver-dependencies", "conflict"),
    ({ detail }) => `${detail["driver"]} ${detail["pins"]}`,
  );
  return Promise.all(
    groups.map(async (group): Promise<Proposal> => {
      const functions = await functionsOf(view, group);
      const { driver = "", message = "", pins = "" } = group[0].detail as Readonly<Record<string, string>>;
      const symptoms = await symptomsOf(view, {
        cause,
        stage: "authenticate",
        functions,
        shows: ["driver-api-mismatch", "tls-verify-failed"],
      });
      const explains = distinct(group, symptoms);
      const ids = functions.map(({ id }) => id);
      const predictions = await Promise.all(functions.map((fn) => view.value(importPrediction, fn)));
      const origin = predictions
        .flatMap((prediction) => prediction?.drivers ?? [])
        .find(({ name }) => normalName(name) === normalName(driver))?.origin;
      return {
        headline: `The ${driver} of ${who(functions)} does not go together with what it builds on`,
        summary: sentences(
          `It can be imported, and fails when it signs in${message === "" ? "" : ` (${message.replace(/\.$/, "")})`}.`,
          await hiddenRemark(view, ids, "authenticate"),
        ),
        subjects: functions,
        ...certaintyOf(view, functions.length > 0 && failedTools(view, functions).length === 0, symptoms),
        because: proof([], explains),
        explains,
        remedies: [
          ...(await vendorRemedies(view, place, { functions, requirements: parsePins(pins), origin, native: false })),
          verifying(place),
        ],
      };
    }),
  );
}

function certaintyOf(
  view: View,
  allAnswer: boolean,
  symptoms: readonly Finding[],
): Pick<Proposal, "confidence" | "decides"> {
  if (symptoms.length > 0) return { confidence: "certain" };
  const decides = "whether the functions sign in over TLS, where it fails";
  return { confidence: allAnswer && view.of("tools-answer").length > 0 ? "possible" : "likely", decides };
}
