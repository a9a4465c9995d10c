import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { isBlank } from "../core/secret.ts";
import type { FunctionRef } from "../core/subject.ts";
import { deploy } from "../facts/stack.ts";
import { removeOverride } from "./support/deploy.ts";
import { fromErrors } from "./support/errors.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { parameterBehind, urlSetting, writeSetting } from "./support/settings.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";

const cause = "database-url-empty";

export default defineCause({
  id: cause,
  title: "The functions have no database URL",
  explanation:
    "The variable that holds the database URL is empty or not set, and no other variable says where else the URL is kept. A deploy does that without failing: " +
    "an override with an empty value in samconfig.toml, a template whose default is empty and that nobody gave a value, or a list of overrides on the command line, which replaces the one in samconfig.toml altogether.",
  mending:
    "Set the variable on the functions, deploy once with the right value, and take the empty override out of samconfig.toml: without it a deploy keeps the value that the stack has.",
  async propose(view) {
    const place = await placeOf(view);
    const missing = view.of("database-url-present").filter(({ code }) => code === "unset" || code === "empty");
    const groups = groupBy(missing, ({ detail }) => detail["variable"] ?? "");
    const proven = await Promise.all(groups.map((group) => emptyProposal(view, place, group)));
    const explained = proven.flatMap(({ explains }) => explains);
    return [
      ...proven,
      ...nextDeploy(view, place, explained),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "says", "say")} that there is no database URL`,
        summary: () => "The code finds no database URL, or connects to its own sandbox because it was given none.",
        remedies: async ({ functions }) => [
          ...(await writeSetting(view, place, urlSetting, functions)),
          verifying(place),
        ],
      })),
    ];
  },
});

/** Where the value was lost, as far as it can be told. */
interface Loss {
  readonly parameter: string | undefined;
  readonly override: Finding | undefined;
  /** Behind the functions' names: why it is empty. */
  readonly headline: string;
  readonly summary: string;
}

async function emptyProposal(view: View, place: Place, group: readonly [Finding, ...Finding[]]): Promise<Proposal> {
  const functions = await functionsOf(view, group);
  const variable = group[0].detail["variable"] ?? urlSetting.shell;
  const loss = await lossOf(view, place, functions, variable);
  const symptoms = await symptomsOf(view, { cause, stage: "setting", functions, shows: ["connection-refused"] });
  const explains = distinct(group, loss.override === undefined ? [] : [loss.override], symptoms);
  const ids = functions.map(({ id }) => id);
  // A variable of another name than the usual ones may hold the URL: then only a symptom makes it certain.
  const isSure = symptoms.length > 0 || group.every(({ code }) => code === "empty");
  return {
    headline: `${who(functions)} ${verb(functions, "has", "have")} no database URL: ${loss.headline}`,
    summary: sentences(loss.summary, await hiddenRemark(view, ids, "setting")),
    subjects: functions,
    ...(isSure
      ? { confidence: "certain" }
      : { confidence: "likely", decides: "whether the code reads its database URL from a variable of another name" }),
    because: proof([], explains),
    explains,
    remedies: [...(await remediesOf(view, place, functions, loss.override)), verifying(place)],
  };
}

async function lossOf(view: View, place: Place, functions: readonly FunctionRef[], variable: string): Promise<Loss> {
  const parameter = parameterBehind(place, functions, variable);
  if (parameter === undefined) {
    return {
      parameter,
      override: undefined,
      headline: `${variable} is empty`,
      summary: `${variable} is empty or not set, and no other variable says where else the URL is kept.`,
    };
  }
  const override = view.of("deploy-keeps-database-url").find(({ detail }) => detail["parameter"] === parameter);
  const fills = `The template fills ${variable} from the parameter ${parameter}.`;
  if (override !== undefined) {
    const { file = "samconfig.toml", line = "" } = override.detail as Readonly<Record<string, string>>;
    return {
      parameter,
      override,
      headline: `${file}:${line} empties ${parameter} at each deploy`,
      summary: sentences(fills, `${file}:${line} gives it an empty value, and so each deploy from there does.`),
    };
  }
  const broken = place.project?.brokenSamconfig;
  if (broken !== undefined) {
    return {
      parameter,
      override,
      headline: `${variable} is empty, and ${broken.path}, which may tell why, could not be read`,
      summary: sentences(
        fills,
        `Where the value was lost is not known: the overrides in ${broken.path} would tell, but ${broken.unreadable}.`,
      ),
    };
  }
  const samconfig = place.project?.samconfig;
  const written = samconfig?.overrides.find(({ name }) => name === parameter);
  if (written !== undefined && !isBlank(written.value)) {
    return {
      parameter,
      override,
      headline: `the last deploy did not give ${parameter} a value`,
      summary: sentences(
        fills,
        `${samconfig?.path ?? "samconfig.toml"}:${written.line} does give it a value, so the stack was deployed with another list of overrides: one on the command line replaces the file's altogether.`,
      ),
    };
  }
  const last = await view.value(deploy, null);
  const first = last?.kind === "create" ? "when the stack was created " : "";
  return {
    parameter,
    override,
    headline: `nothing gave the parameter ${parameter} a value`,
    summary: sentences(
      fills,
      place.template?.parameters[parameter]?.defaultValue === ""
        ? `Its default is empty, and ${first}no override gave it another value.`
        : "It is empty in the stack as it is deployed.",
    ),
  };
}

async function remediesOf(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  override: Finding | undefined,
): Promise<readonly Remedy[]> {
  const remedies = await writeSetting(view, place, urlSetting, functions);
  if (override === undefined) return remedies;
  // The empty override goes first, or the next plain deploy would empty the value again.
  return remedies.map((entry) =>
    entry.kind === "for-good"
      ? {
          ...entry,
          title: `Take the empty override out, and deploy once with the value.`,
          commands: [removal(override), ...entry.commands],
        }
      : entry,
  );
}

function removal({ detail }: Finding): string {
  return removeOverride(detail["file"] ?? "samconfig.toml", Number(detail["line"] ?? "1"), detail["parameter"] ?? "");
}

/** An empty override that has done no harm yet, and will at the next deploy. */
function nextDeploy(view: View, place: Place, explained: readonly Finding[]): readonly Proposal[] {
  return view
    .of("deploy-keeps-database-url")
    .filter((finding) => !explained.includes(finding))
    .map((finding): Proposal => {
      const { parameter = "", file = "samconfig.toml", line = "" } = finding.detail as Readonly<Record<string, string>>;
      return {
        headline: `The next deploy from this project may empty the database URL: ${file}:${line} sets ${parameter} to nothing`,
        summary:
          "An override with an empty value replaces the value that the stack has; without it a deploy keeps that.",
        subjects: [finding.subject],
        confidence: "certain",
        because: [],
        explains: [finding],
        remedies: [
          remedy("for-good", "Take the empty override out; a deploy then keeps the value that the stack has.", [
            removal(finding),
          ]),
          verifying(place),
        ],
      };
    });
}
