import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { fromErrors } from "./support/errors.ts";
import { changeCode } from "./support/code-fix.ts";
import { byPackage, patchedCode, unpacked } from "./support/deployed-code.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { configured, functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { forEach, joinPath, quote } from "./support/shell.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, failedTools, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";
import type { FunctionRef } from "../core/subject.ts";

const cause = "driver-api-mismatch";

/** Wraps cursors in contextlib.closing, which closes them as `with` on a cursor of psycopg does. */
const closing = String.raw`s/([A-Za-z0-9_.]+\.cursor\([^()]*\)) as /contextlib.closing(\1) as /`;

export default defineCause({
  id: cause,
  title: "The code uses the database driver in a way that it does not know",
  explanation:
    "Drivers look alike and are not: the cursor of pg8000.dbapi is no context manager, its connection closes and does not commit at the end of a with block, connect() takes other arguments. Code that was written for psycopg fails then with a TypeError or AttributeError, which tools often hide behind TOOL_FAILURE or neutral values.",
  mending:
    "Write the code as the driver wants it (contextlib.closing around the cursor), or install the driver that it was written for.",
  async propose(view) {
    const place = await placeOf(view);
    const harmful = groupBy(
      view.of("driver-api").filter(({ severity }) => severity === "error"),
      ({ code, detail }) => `${code} ${detail["driver"]}`,
    );
    const warnings = view.of("driver-api").filter(({ severity }) => severity !== "error");
    // What only warns belongs to what breaks the same functions: both are code of another driver.
    const isBeside = ({ subject }: Finding): boolean =>
      view.of("driver-api").some((other) => other.severity === "error" && other.subject.id === subject.id);
    const alone = groupBy(
      warnings.filter((finding) => !isBeside(finding)),
      ({ code, detail }) => `${code} ${detail["driver"]}`,
    );
    const groups = [...harmful, ...alone];
    const besides = (group: readonly Finding[]): readonly Finding[] =>
      group[0]?.severity === "error"
        ? warnings.filter(({ subject }) => group.some((finding) => finding.subject.id === subject.id))
        : [];
    return [
      ...(await Promise.all(groups.map((group) => proposalOf(view, place, group, besides(group))))),
      ...(await fromErrors(view, {
        cause,
        stage: "driver",
        shows: ["null-result-unhandled", "serialization-error"],
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "uses", "use")} the database driver in a way that it does not know`,
        summary: () => "The exception is one that code written for another driver raises.",
        remedies: (_at, at) => [
          changeCode(
            at,
            "See which driver is installed and which one the code was written for; write the code for the one that is there.",
          ),
          verifying(at),
        ],
      })),
    ];
  },
});

async function proposalOf(
  view: View,
  place: Place,
  group: readonly [Finding, ...Finding[]],
  beside: readonly Finding[],
): Promise<Proposal> {
  const functions = await functionsOf(view, group);
  const [{ code, severity, detail }] = group;
  const { driver = "the driver" } = detail as Readonly<Record<string, string>>;
  const harmful = severity === "error";
  const symptoms = harmful
    ? await symptomsOf(view, {
        cause,
        stage: "driver",
        functions,
        shows: ["null-result-unhandled", "serialization-error"],
      })
    : [];
  const explains = distinct(group, beside, symptoms);
  const hidden = await hiddenRemark(
    view,
    functions.map(({ id }) => id),
    "driver",
  );
  return {
    headline: headlineOf(harmful ? code : "lost-writes", driver, functions, placesOf(group)),
    summary: sentences(
      harmful && detail["message"] ? `The call raises ${detail["message"].replace(/\.$/, "")}.` : summaryOf(code),
      beside.some((finding) => finding.code === "connection-in-with") ? alsoLost : "",
      hidden,
    ),
    subjects: functions,
    ...(symptoms.length > 0 || !harmful
      ? { confidence: "certain" }
      : { confidence: "likely", decides: decisionOf(view, functions, hidden) }),
    because: proof([], explains),
    explains,
    remedies: [...(await remediesOf(view, place, functions, group)), verifying(place)],
  };
}

/** `_shared/db.py:44`, `tools/usage/handler.py:17 and 3 more places`. */
function placesOf(group: readonly Finding[]): string {
  const [first = "", ...more] = new Set(group.map(({ detail }) => `${detail["file"] ?? ""}:${detail["line"] ?? ""}`));
  return more.length === 0 ? first : `${first} and ${more.length} more ${more.length === 1 ? "place" : "places"}`;
}

/** The files at fault; those of the package as paths in it. */
function filesOf(group: readonly Finding[]): readonly string[] {
  return distinctText(group.map(packagePath));
}

const packagePath = ({ detail }: Finding): string => (detail["file"] ?? "").replace(/^\/var\/task\//, "");

const distinctText = (list: readonly string[]): readonly string[] => [...new Set(list)];

const isInPackage = (file: string): boolean => file !== "" && !file.startsWith("/");

function headlineOf(code: string, driver: string, functions: readonly FunctionRef[], where: string): string {
  switch (code) {
    case "cursor-in-with":
      return `${who(functions)} ${verb(functions, "uses", "use")} cursors of ${driver} as context managers, which they are not (${where})`;
    case "connection-in-with":
      return `${who(functions)} ${verb(functions, "uses", "use")} a connection of ${driver} in a with block, which it does not allow (${where})`;
    case "connect-keyword":
      return `${who(functions)} ${verb(functions, "passes", "pass")} ${driver} an argument that it does not have (${where})`;
    case "lost-writes":
      return `${who(functions)} ${verb(functions, "uses", "use")} a connection of ${driver} in a with block, at whose end it does not commit (${where})`;
    default:
      return `${who(functions)} ${verb(functions, "uses", "use")} ${driver} in a way that it does not know (${where})`;
  }
}

const alsoLost = "Its connections in with blocks close without a commit as well.";

const summaryOf = (code: string): string =>
  code === "connection-in-with"
    ? "What is written in the block is lost unless the code commits; reading works."
    : "The call fails each time that it is reached.";

function decisionOf(view: View, functions: readonly FunctionRef[], hidden: string): string {
  if (hidden !== "") return "what the functions answer once the earlier fault is mended";
  return view.of("tools-answer").length > 0 && failedTools(view, functions).length === 0
    ? "whether any request comes to this line: the tools answer"
    : "what a request logs: a TypeError or AttributeError at this line";
}

async function remediesOf(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  group: readonly Finding[],
): Promise<readonly Remedy[]> {
  const [first] = group;
  const code = first?.code ?? "";
  const driver = first?.detail["driver"] ?? "the driver";
  const file = first?.detail["file"] ?? "";
  if (code === "connection-in-with") {
    return [
      changeCode(
        place,
        `Call commit() before the block in ${file} ends, or use contextlib.closing and commit where something is written.`,
      ),
    ];
  }
  // What a layer holds is mended where the layer is built.
  if (code !== "cursor-in-with" || !filesOf(group).every(isInPackage)) {
    return [
      changeCode(
        place,
        `Write ${file === "" ? "the call" : file} as ${driver} wants it, or install the driver that the code was written for.`,
      ),
    ];
  }
  const list = await configured(view, functions);
  const now = byPackage(list).map((same) => {
    const files = filesOf(group.filter(({ subject }) => same.some(({ fn }) => fn.id === subject.id)));
    return remedy(
      "now",
      "Close the cursor by contextlib.closing in the deployed package.",
      patchedCode(place, same, wrapCursors(files, unpacked)),
    );
  });
  const inProject = distinctText(group.flatMap((finding) => projectFile(place, finding) ?? []));
  const plan = buildAndDeploy(place);
  return [
    ...now,
    remedy(
      "for-good",
      "Make the same change in the project, build and deploy.",
      [...wrapCursors(inProject), ...plan.commands],
      {
        variables: plan.variables,
        advice: sentences(
          inProject.length === 0
            ? `Wrap the cursor in ${file} in contextlib.closing(...).`
            : "The import may then move to the head of each file.",
          plan.advice,
        ),
      },
    ),
  ];
}

/**
 * Edits files in a folder, which is a quoted word of the shell where it is not the present one. The import goes to the end of a file, where it is right whatever
 * the file begins with: functions look names up when they are called.
 */
function wrapCursors(files: readonly string[], folder?: string): readonly string[] {
  const [only, ...others] = files;
  if (only === undefined) return [];
  const name = others.length === 0 ? quote(only) : '"$file"';
  const path = folder === undefined ? name : `${folder}/${name}`.replace('"/"', "/");
  const lines = [
    `sed -E -i.bak ${quote(closing)} ${path}`,
    `rm ${path}.bak`,
    `printf '\\nimport contextlib\\n' >> ${path}`,
  ];
  return others.length === 0 ? lines : [forEach("file", files, lines)];
}

/** Where the file is in the project, by the folder that the template builds the function from. */
function projectFile({ project }: Place, finding: Finding): string | undefined {
  const template = project?.template;
  const owner = template?.parsed.functions.find(({ logicalId }) => logicalId === finding.subject.id);
  if (template === undefined || owner?.codeUri === undefined) return undefined;
  return joinPath(template.folder, owner.codeUri, packagePath(finding));
}
