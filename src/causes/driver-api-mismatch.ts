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
import { joinPath, quote } from "./support/shell.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, failedTools, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";
import type { FunctionRef } from "../core/subject.ts";

const cause = "driver-api-mismatch";

/**
 * Wraps cursors of given lines in contextlib.closing, which closes them as `with` on a cursor of psycopg does.
 * Arguments: the file, then the numbers of the lines.
 */
const closing = [
  "import re, sys",
  "path, numbers = sys.argv[1], {int(text) for text in sys.argv[2:]}",
  'lines = open(path, encoding="utf-8").read().split("\\n")',
  'lines = [re.sub(r"([\\w.]+\\.cursor\\([^()]*\\)) as ", r"contextlib.closing(\\1) as ", text) if number in numbers else text for number, text in enumerate(lines, 1)]',
  'at = next((i for i, text in enumerate(lines) if re.match(r"(import|from)\\s+(?!__future__)", text)), 0)',
  'lines = lines if "import contextlib" in lines else [*lines[:at], "import contextlib", *lines[at:]]',
  'open(path, "w", encoding="utf-8").write("\\n".join(lines))',
].join("; ");

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

/** The lines at fault by file. */
function linesByFile(group: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { detail } of group) {
    const { file = "", line = "" } = detail as Readonly<Record<string, string>>;
    if (file === "" || !/^\d+$/.test(line)) continue;
    found.set(file, (found.get(file) ?? new Set()).add(line));
  }
  return new Map([...found].map(([file, lines]) => [file, [...lines]]));
}

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
  if (code !== "cursor-in-with" || file === "") {
    return [
      changeCode(
        place,
        `Write ${file === "" ? "the call" : file} as ${driver} wants it, or install the driver that the code was written for.`,
      ),
    ];
  }
  const places = linesByFile(group);
  const list = await configured(view, functions);
  const inPackage = [...places].map(([path, lines]) =>
    edit(`${unpacked}/${quote(path.replace(/^\/var\/task\//, ""))}`, lines),
  );
  const now = byPackage(list).map((same) =>
    remedy(
      "now",
      "Close the cursor by contextlib.closing in the deployed package.",
      patchedCode(place, same, inPackage),
    ),
  );
  const inProject = [...places].flatMap(([path, lines]) => {
    const own = projectFile(place, functions, path);
    return own === undefined ? [] : [edit(quote(own), lines)];
  });
  const plan = buildAndDeploy(place);
  return [
    ...now,
    remedy("for-good", "Make the same change in the project, build and deploy.", [...inProject, ...plan.commands], {
      variables: plan.variables,
      advice: sentences(
        inProject.length === 0 ? `Wrap the cursor in ${file} in contextlib.closing(...).` : "",
        plan.advice,
      ),
    }),
  ];
}

const edit = (path: string, lines: readonly string[]): string =>
  `python3 -c ${quote(closing)} ${path} ${lines.join(" ")}`;

/** Where the file is in the project, by the folder that the template builds these functions from. */
function projectFile({ project }: Place, functions: readonly FunctionRef[], file: string): string | undefined {
  const template = project?.template;
  const owner = template?.parsed.functions.find(({ logicalId }) => functions.some(({ id }) => id === logicalId));
  if (template === undefined || owner?.codeUri === undefined) return undefined;
  return joinPath(template.folder, owner.codeUri, file.replace(/^\/var\/task\//, ""));
}
