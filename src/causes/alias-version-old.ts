import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { latestOf } from "../facts/functions.ts";
import { importPrediction } from "../facts/packages.ts";
import { listed } from "../checks/support/text.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { importSymptoms, proof } from "./support/imports.ts";
import { functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { fixedVersionRemark, publishLatest, remedy } from "./support/remedies.ts";
import { distinct } from "./support/symptoms.ts";
import { failsBeforeItsCode, sentences, verb, who } from "./support/text.ts";

const cause = "alias-version-old";

export default defineCause({
  id: cause,
  title: "The API invokes an older version than the one that was deployed",
  explanation:
    "A deploy changes a function's $LATEST. Where the API invokes an alias or a version, callers get that version until another one is published and the alias is moved to it, so that a fix may be deployed and not in effect.",
  mending:
    "Publish a version and move the alias to it; with AutoPublishAlias in the SAM template each deploy does both.",
  async propose(view) {
    const place = await placeOf(view);
    const behind = view.of("alias-newest", "behind");
    const groups = groupBy(behind, ({ detail }) => `${detail["qualifier"]} ${detail["differ"]}`);
    const old = await Promise.all(groups.map((group) => behindProposal(view, place, group)));
    const shifted = view.of("alias-newest", "shifted");
    return [...old, ...(shifted.length === 0 ? [] : [await shiftedProposal(view, place, shifted)])];
  },
});

async function behindProposal(view: View, place: Place, group: readonly [Finding, ...Finding[]]): Promise<Proposal> {
  const functions = await functionsOf(view, group);
  const [{ detail }] = group;
  const { qualifier = "", version = "", differ = "" } = detail;
  const mended = (await Promise.all(functions.map((fn) => mendedByLatest(view, fn)))).flat();
  const imports = view.of("imports-work").filter(({ subject }) => mended.some(({ fn }) => fn.id === subject.id));
  const symptoms = await Promise.all(mended.map(({ fn, module }) => importSymptoms(view, cause, [fn], module)));
  const explains = distinct(group, imports, ...symptoms);
  const names = who(functions);
  const versions = [...new Set(group.map((finding) => `version ${finding.detail["version"]}`))];
  const alias = qualifier === version ? "" : ` (alias ${qualifier})`;
  return {
    headline: `The API still invokes ${listed(versions)} of ${names}${alias}, not what was deployed last`,
    summary: sentences(
      `$LATEST differs from it in ${differ}: a deploy changes $LATEST, and an alias keeps leading to its version.`,
      mended.length > 0
        ? sentences(
            `What was deployed last can be imported; ${listed([...new Set(mended.map(({ module }) => module))])} of the old version cannot.`,
            failsBeforeItsCode,
          )
        : "",
    ),
    subjects: functions,
    confidence: "certain",
    because: proof([], explains),
    explains,
    remedies: remediesOf(place, functions, qualifier),
  };
}

/** Whether the import of the version that is invoked fails, and that of what was deployed last does not. */
async function mendedByLatest(view: View, fn: FunctionRef) {
  const invoked = await view.value(importPrediction, fn);
  if (invoked?.verdict !== "will-fail") return [];
  const latest = await view.value(importPrediction, latestOf(fn));
  return latest?.verdict === "will-import" ? [{ fn, module: invoked.failure?.module ?? "" }] : [];
}

async function shiftedProposal(view: View, place: Place, group: readonly Finding[]): Promise<Proposal> {
  const functions = await functionsOf(view, group);
  return {
    headline: `${who(functions)} ${verb(functions, "serves", "serve")} two versions at once: traffic is being shifted`,
    summary:
      "An alias sends a part of its requests to another version. What is judged here is the version that it leads to otherwise, and requests may meet either.",
    subjects: functions,
    confidence: "certain",
    because: [],
    explains: group,
    remedies: [
      remedy("now", "Wait until the shift is over, or end it, and look again.", [], {
        advice:
          "CodeDeploy ends its own shifts. One that was begun by hand ends with `lambda update-alias --routing-config AdditionalVersionWeights={}`.",
      }),
      verifying(place),
    ],
  };
}

function remediesOf(place: Place, functions: readonly FunctionRef[], qualifier: string) {
  const fixed = fixedVersionRemark(functions);
  const plan = buildAndDeploy(place);
  return [
    ...(fixed === ""
      ? [remedy("now", "Publish a version and move the alias to it.", publishLatest(place, functions))]
      : []),
    remedy(
      "for-good",
      fixed === ""
        ? `Let each deploy do it: AutoPublishAlias: ${qualifier} in the template's function.`
        : "Point the API at an alias instead of a version, and deploy.",
      plan.commands,
      {
        variables: plan.variables,
        advice: sentences(
          fixed,
          "Without AutoPublishAliasAllProperties: true SAM publishes a version only where the code is another.",
          plan.advice,
        ),
      },
    ),
    verifying(place),
  ];
}
