import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { correctedUrl, urlText } from "../postgres/corrected-url.ts";
import { listed } from "../checks/support/text.ts";
import { databaseFaults, shapeFor } from "./support/databases.ts";
import { fromErrors } from "./support/errors.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { settingGroups, urlSetting, writeSetting } from "./support/settings.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";

const cause = "database-url-malformed";

/** What only stands around a URL, and can be taken off without knowing the URL. */
const wrappings = new Set([
  "assignment-pasted",
  "quotes-pasted",
  "blank-around",
  "line-break-around",
  "invisible-character",
]);

const unwrapping = String.raw`tr -d '\r\n' | sed -E 's/^[^A-Za-z]*(export +)?([A-Z_][A-Z0-9_]* *= *)?//; s/^[^A-Za-z]+//; s/[[:space:]"'\'']+$//'`;

export default defineCause({
  id: cause,
  title: "The database URL is not well formed",
  explanation:
    "Drivers refuse the URL, or read another host, user or password out of it than was meant: a special character in the password that is not percent-encoded, quotation marks or a variable's name that were pasted along, a reference that was never resolved.",
  mending:
    "Write the URL as postgresql://<USER>:<PASSWORD>@<HOST>:<PORT>/<DATABASE>?sslmode=require, with user and password percent-encoded.",
  async propose(view) {
    const place = await placeOf(view);
    const found = [...view.of("database-url-wellformed"), ...view.of("database-url-present", "unresolved-reference")];
    const groups = groupBy(found, ({ code, detail }) => `${code} ${detail["faults"] ?? detail["reference"] ?? ""}`);
    const proven = await Promise.all(groups.map((group) => proposalOf(view, place, group)));
    const probed = await databaseFaults(view, cause);
    return [
      ...proven.flat(),
      ...(await Promise.all(
        probed.map(async ({ finding, functions, database }): Promise<Proposal> => {
          const explains = distinct([finding], await symptomsOf(view, { cause, stage: "resolve", functions }));
          return {
            headline: `No connection can be made by the database URL of ${who(functions)}`,
            summary:
              "The URL lacks what a connection takes, or names a host that does not speak the protocol of Postgres.",
            subjects: [database, ...functions],
            confidence: "certain",
            because: proof([], explains),
            explains,
            remedies: [...(await writeSetting(view, place, urlSetting, functions)), verifying(place)],
          };
        }),
      )),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        headline: ({ functions }) =>
          `${who(functions)} cannot read ${functions.length === 1 ? "its" : "their"} database URL`,
        summary: () => "A driver refuses the URL, or reads another host out of it than was meant.",
        remedies: async ({ functions }) => [
          ...(await writeSetting(view, place, urlSetting, functions)),
          verifying(place),
        ],
      })),
    ];
  },
});

async function proposalOf(
  view: View,
  place: Place,
  group: readonly [Finding, ...Finding[]],
): Promise<readonly Proposal[]> {
  const functions = await functionsOf(view, group);
  const shape = await shapeFor(view, functions);
  const faults = shape?.faults.filter(({ effect }) => effect !== "tolerated") ?? [];
  const symptoms = await symptomsOf(view, {
    cause,
    stage: "setting",
    functions,
    shows: ["dns-failed", "auth-failed", "role-or-db-missing", "database-url-parameter-unsupported"],
  });
  // A URL that is read as another one also leads a connection from here astray.
  const probed = (
    await databaseProbeFindings(
      view,
      functions.map(({ id }) => id),
    )
  ).filter(({ code }) => code === "resolve");
  const explains = distinct(group, symptoms, probed);
  const ids = functions.map(({ id }) => id);
  const reference = group[0].detail["reference"];
  return [
    {
      headline:
        reference === undefined
          ? `The database URL of ${who(functions)} is not well formed${faults.length === 0 ? "" : `: ${listed([...new Set(faults.map(({ code }) => code.replaceAll("-", " ")))])}`}`
          : `${who(functions)} ${verb(functions, "has", "have")} the text of a reference in place of the database URL`,
      summary: sentences(
        ...new Set(faults.map(({ message }) => message)),
        reference === undefined
          ? ""
          : "CloudFormation resolves such references only where a template may use them; the function got the text.",
        await hiddenRemark(view, ids, "setting"),
      ),
      subjects: functions,
      confidence: group.some(({ severity }) => severity === "error") || symptoms.length > 0 ? "certain" : "likely",
      ...(group.some(({ severity }) => severity === "error") || symptoms.length > 0
        ? {}
        : { decides: "whether the driver in use copes with it" }),
      because: proof([], explains),
      explains,
      remedies: [...(await remediesOf(view, place, group)), verifying(place)],
    },
  ];
}

async function databaseProbeFindings(view: View, functionIds: readonly string[]): Promise<readonly Finding[]> {
  return view
    .of("database-reachable")
    .filter(({ detail }) => (detail["functions"] ?? "").split(",").some((id) => functionIds.includes(id)));
}

async function remediesOf(view: View, place: Place, group: readonly [Finding, ...Finding[]]) {
  const functions = await functionsOf(view, group);
  const settings = await settingGroups(view, urlSetting, functions);
  const lists = await Promise.all(
    settings.map(async (entry) => {
      const shape = await shapeFor(view, entry.functions);
      const faults = shape?.faults.filter(({ effect }) => effect !== "tolerated") ?? [];
      if (faults.length > 0 && faults.every(({ code }) => wrappings.has(code))) {
        return writeSetting(view, place, urlSetting, entry.functions, {
          filter: unwrapping,
          title: "Take off what stands around the URL.",
        });
      }
      const form =
        shape === undefined || shape.form === "unknown"
          ? ""
          : `It should read ${urlText(correctedUrl(shape, {}), (name) => `<${name.toUpperCase().replaceAll("_", "-")}>`)}, with user and password percent-encoded.`;
      return writeSetting(view, place, urlSetting, entry.functions, { advice: form });
    }),
  );
  return lists.flat();
}
