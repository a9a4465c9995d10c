import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { fromErrors } from "./support/errors.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { keySetting, urlSetting, writeSetting, type SettingKind } from "./support/settings.ts";
import { hiddenRemark, type Stage } from "./support/stages.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";

const cause = "secret-missing";

/** What the two checks of settings say when the place that a variable points to holds nothing. */
const elsewhere = new Set(["parameter-missing", "parameter-empty", "secret-missing", "secret-empty"]);

export default defineCause({
  id: cause,
  title: "A parameter or secret that the functions read is not there",
  explanation:
    "The functions take their database URL or signing key from SSM or Secrets Manager at run time, and the name that they ask for does not exist in this account and region, has no such version, or holds nothing.",
  mending:
    "Write the parameter or secret under the name and version that the functions ask for, or correct the variable that names it.",
  async propose(view) {
    const place = await placeOf(view);
    const urls = view.of("database-url-present").filter(({ code }) => elsewhere.has(code));
    const keys = view.of("signing-secret").filter(({ code }) => code !== "denied");
    return [
      ...(await proposals(view, place, urls, urlSetting, "setting")),
      ...(await proposals(view, place, keys, keySetting, "signature")),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "asks", "ask")} for a parameter or secret that is not there`,
        summary: () => "SSM or Secrets Manager answers that it has nothing under that name, version and region.",
        remedies: async ({ functions }) => [
          ...(await writeSetting(view, place, urlSetting, functions)),
          verifying(place),
        ],
      })),
    ];
  },
});

function proposals(
  view: View,
  place: Place,
  found: readonly Finding[],
  kind: SettingKind,
  stage: Stage,
): Promise<readonly Proposal[]> {
  const groups = groupBy(found, ({ code, detail }) =>
    [code, detail["name"] ?? detail["id"] ?? detail["variable"], detail["version"]].join(" "),
  );
  return Promise.all(
    groups.map(async (group): Promise<Proposal> => {
      const functions = await functionsOf(view, group);
      const symptoms = await symptomsOf(view, { cause, stage, functions, shows: ["secret-access-denied"] });
      const explains = distinct(group, symptoms);
      const [{ code, detail }] = group;
      const ids = functions.map(({ id }) => id);
      return {
        headline: headlineOf(code, detail, kind, who(functions)),
        summary: sentences(
          detail["name"] === undefined && detail["id"] === undefined
            ? `Without its ${kind.noun} a function cannot answer a single request.`
            : `${verb(functions, "The function asks", "The functions ask")} for it at run time, by the name in ${detail["variable"] ?? "a variable"}.`,
          await hiddenRemark(view, ids, stage),
        ),
        subjects: functions,
        confidence: "certain",
        because: proof([], explains),
        explains,
        remedies: [...(await writeSetting(view, place, kind, functions)), verifying(place)],
      };
    }),
  );
}

function headlineOf(
  code: string,
  detail: Readonly<Record<string, string>>,
  { noun }: SettingKind,
  names: string,
): string {
  const version = detail["version"] === undefined ? "" : ` in version ${detail["version"]}`;
  switch (code) {
    case "parameter-missing":
      return `The SSM parameter ${detail["name"] ?? ""} with the ${noun} of ${names} does not exist${version}`;
    case "parameter-empty":
      return `The SSM parameter ${detail["name"] ?? ""} with the ${noun} of ${names} is blank${version}`;
    case "secret-missing":
      return `The secret ${detail["id"] ?? ""} does not hold the ${noun} of ${names}`;
    case "secret-empty":
      return `The secret ${detail["id"] ?? ""} with the ${noun} of ${names} is blank`;
    default:
      return `The ${noun} of ${names} is missing: ${detail["variable"] ?? "its variable"} is empty`;
  }
}
