import type {
  CheckedDatabase,
  CheckedDriver,
  CheckedNetwork,
  CheckedStage,
  CheckedTable,
  DatabaseReport,
} from "../core/database-report.ts";
import { counted, displayWidth, hang, listed, padEnd, wrap } from "./layout.ts";
import { paintOf, type Page, type Paint } from "./paint.ts";
import { mendingLines, remediesLines } from "./terminal-diagnosis.ts";
import { visible, visibleJson } from "../core/visible.ts";

interface DatabaseOptions {
  readonly columns: number;
  readonly colour: boolean;
  readonly verbose: boolean;
}

/** The answer as JSON; ends with a line break. */
export function renderDatabaseJson(report: DatabaseReport): string {
  return `${visibleJson(JSON.stringify(report, null, 2))}\n`;
}

/** The answer for a terminal: of each database the verdict first, then what it rests on, and the mending last. */
export function renderDatabase(report: DatabaseReport, options: DatabaseOptions): string {
  const page: Page = {
    width: Math.min(100, Math.max(60, Math.floor(options.columns) || 100)),
    paint: paintOf(options.colour),
    verbose: options.verbose ? 1 : 0,
    now: undefined,
    deployedAt: undefined,
  };
  const blocks = report.databases.map((database) => databaseLines(database, page));
  const { diagnoses, unexplained, incomplete, notes } = report;
  if (blocks.length === 0) blocks.push([stackHeadline(report, page)]);
  for (const index of diagnoses.keys()) blocks.push(mendingLines(diagnoses, index, page));
  const rest = [
    ...unexplained.flatMap(({ severity, message }) => marked(severity === "error" ? "✗" : "!", message, page)),
    ...incomplete.flatMap(({ what, message, action }) =>
      marked("?", `${what} could not be read: ${message}${action === undefined ? "" : ` It takes ${action}.`}`, page),
    ),
    ...notes.flatMap((note) => hang("  ", wrap(visible(note), page.width - 2)).map(page.paint.faint)),
  ];
  if (rest.length > 0) blocks.push(rest);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function stackHeadline({ verdict, stack, diagnoses }: DatabaseReport, { paint }: Page): string {
  const name = visible(stack?.name ?? "the stack");
  switch (verdict) {
    case "works":
      return paint.verdict.pass(`✓ ${name}: no function of it is known to use a database`);
    case "fails":
      return paint.severity.error(
        `✗ ${name}: ${visible(diagnoses[0]?.headline ?? "its functions get to no database")}`,
      );
    case "unknown":
      return paint.verdict.unknown(`? ${name}: which databases its functions use could not be read`);
  }
}

const labelColumn = 11;

function databaseLines(database: CheckedDatabase, page: Page): readonly string[] {
  const { url, source, functions, findings, stages, server, tables, network, remedies } = database;
  const users = functions.length === 0 ? "" : `, for ${listed(functions.map(visible), 4)}`;
  const from = hang("", wrap(`from ${visible(source)}${users}`, page.width - labelColumn));
  const urlText = url === null ? [] : wrap(visible(url), page.width - labelColumn);
  const failed = stages.find(({ ok }) => !ok);
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const faults = database.faults.filter(({ effect }) => effect !== "tolerated" || page.verbose > 0);
  return [
    ...headline(database, page),
    ...errorLines(database, page),
    "",
    ...labelled(
      "URL",
      [...urlText, ...from.map(page.paint.faint), ...faults.flatMap((fault) => faultLines(fault, page))],
      page,
    ),
    ...labelled("Provider", providerLines(database, page), page),
    ...driverSection(database, page),
    ...labelled("Probe", probeLines(stages, database.seenFrom, page), page),
    ...labelled(
      "Server",
      pairs(
        server.map(({ about, says }) => [about, says]),
        page,
      ),
      page,
    ),
    ...labelled("Tables", tableLines(tables, page), page),
    ...network.flatMap((one) => labelled("Network", networkLines(one, functions, page), page)),
    ...labelled(
      "Warnings",
      warnings
        // What stands right under the headline is not told again.
        .filter(({ code }) => !faults.some((fault) => fault.code === code) && code !== failed?.stage)
        .flatMap(({ message }) => bullet("!", message, page, page.paint.severity.warning)),
      page,
    ),
    ...(remedies.length === 0 ? [] : ["", ...remediesLines(remedies, page)]),
  ];
}

function headline({ verdict, headline: text, cause }: CheckedDatabase, { width, paint }: Page): readonly string[] {
  const mark = { works: "✓", fails: "✗", unknown: "?" }[verdict];
  const style = { works: paint.verdict.pass, fails: paint.severity.error, unknown: paint.verdict.unknown }[verdict];
  const id = cause ?? "";
  const lines = wrap(`${mark} ${visible(text)}`, width - (id === "" ? 0 : id.length + 2));
  return lines.map((line, at) =>
    at === 0 && id !== ""
      ? `${style(line)}${padEnd("", width - displayWidth(line) - id.length)}${id}`
      : style(at === 0 ? line : `  ${line}`),
  );
}

/** What proves that it fails, right under the verdict; what the sections below show again is left to them. */
function errorLines({ verdict, findings, stages, faults }: CheckedDatabase, page: Page): readonly string[] {
  if (verdict === "works") return [];
  const failed = stages.find(({ ok }) => !ok);
  if (failed !== undefined) {
    const said = findings.find(({ code }) => code === failed.stage)?.message ?? failed.message ?? "";
    return said === "" ? [] : hang("  ", wrap(visible(said), page.width - 2));
  }
  const shown = findings.filter(
    ({ severity, code }) => severity === "error" && !faults.some((fault) => fault.code === code),
  );
  return shown.slice(0, 3).flatMap(({ message }) => hang("  ", wrap(visible(message), page.width - 2)));
}

/** Writes a label before the first of some lines. */
function labelled(label: string, lines: readonly string[], { paint }: Page): readonly string[] {
  return lines.map((line, at) => {
    const left =
      at === 0
        ? `  ${paint.strong(label)}${" ".repeat(Math.max(1, labelColumn - 2 - label.length))}`
        : " ".repeat(labelColumn);
    return (left + line).trimEnd();
  });
}

function bullet(mark: string, text: string, page: Page, style: (text: string) => string): readonly string[] {
  return hang(`${mark} `, wrap(visible(text), page.width - labelColumn - 2)).map(style);
}

function marked(mark: "✗" | "!" | "?", text: string, { width, paint }: Page): readonly string[] {
  const style = { "✗": paint.severity.error, "!": paint.severity.warning, "?": paint.verdict.unknown }[mark];
  return hang(`${mark} `, wrap(visible(text), width - 2)).map(style);
}

function faultLines(fault: CheckedDatabase["faults"][number], page: Page): readonly string[] {
  const { at, length, message, effect } = fault;
  const place = length > 1 ? `characters ${at + 1} to ${at + length}` : `character ${at + 1}`;
  const grave = effect === "refused" || effect === "misread";
  const style = grave ? page.paint.severity.error : page.paint.severity.warning;
  return bullet(grave ? "✗" : "!", `${place}: ${message}`, page, style);
}

function providerLines({ provider, pitfalls }: CheckedDatabase, page: Page): readonly string[] {
  if (provider.kind === "unknown" && pitfalls.length === 0) return [];
  const shown = page.verbose > 0 ? pitfalls : pitfalls.slice(0, 2);
  const more = pitfalls.length - shown.length;
  return [
    visible(provider.title),
    ...shown.flatMap((text) => hang("- ", wrap(visible(text), page.width - labelColumn - 2))),
    ...(more > 0 ? [page.paint.faint(`and ${counted(more, "more remark")}: -v`)] : []),
  ];
}

/** One driver of functions each; of drivers that were only asked about, those together that make the same of the URL. */
function driverSection(database: CheckedDatabase, page: Page): readonly string[] {
  const { drivers } = database;
  const own = drivers.filter(({ functions, version }) => functions.length > 0 || version !== null);
  if (own.length > 0 || drivers.length === 1) {
    return drivers.flatMap((driver) => labelled("Driver", driverLines(driver, database.functions, page), page));
  }
  // Of what is no URL nothing is said.
  return drivers.length === 0 ? [] : labelled("Drivers", surveyLines(database, page), page);
}

const outcomeWords: Readonly<Record<string, string>> = {
  refused: "refused by",
  ignored: "ignored by",
  "plain-text": "plain text with",
  "weaker-than-it-looks": "weaker than it looks with",
};

/** Parts of a URL that are no parameters. */
const ofForm: ReadonlySet<string> = new Set(["password", "user", "form"]);

/** Each part of the URL that some driver does not take as it is, with those drivers. */
function surveyLines({ drivers, faults, findings }: CheckedDatabase, page: Page): readonly string[] {
  const groups = new Map<string, { readonly outcome: string; readonly names: Set<string>; readonly why: string }>();
  for (const { name, judgements } of drivers) {
    // To whom the URL says nothing, none of its parameters says anything.
    const unread = judgements.filter(
      ({ parameter, outcome }) => (ofForm.has(parameter) || parameter === "scheme") && outcome === "refused",
    );
    for (const { parameter, value, outcome, explanation } of unread.length > 0 ? unread : judgements) {
      if (outcomeWords[outcome] === undefined) continue;
      const about = value === null ? `no ${parameter}` : `${parameter}=${value}`;
      const part = ofForm.has(parameter) || ["scheme", "hosts"].includes(parameter);
      const key = `${part ? parameter : about}: ${outcomeWords[outcome]}`;
      const group = groups.get(key) ?? { outcome, names: new Set<string>(), why: explanation };
      group.names.add(name);
      groups.set(key, group);
    }
  }
  const troubled = new Set([...groups.values()].flatMap(({ names }) => [...names]));
  // By these no driver comes anywhere, however little it makes of them; what was not tried is not said to work.
  const futile = findings.some(({ code, severity }) => severity === "error" && faults.some((one) => one.code === code));
  const fine = futile ? [] : drivers.map(({ name }) => name).filter((name) => !troubled.has(name));
  return [
    ...(fine.length === 0
      ? []
      : bullet("✓", `${listed(fine)} ${fine.length === 1 ? "takes" : "take"} it as it is`, page, (line) => line)),
    ...[...groups].flatMap(([key, { outcome, names, why }]) => {
      const [mark, style] =
        outcome === "refused"
          ? (["✗", page.paint.severity.error] as const)
          : (["!", page.paint.severity.warning] as const);
      return bullet(mark, `${key} ${listed([...names])}${page.verbose > 0 ? `. ${why}` : ""}`, page, style);
    }),
    page.paint.faint("which one reads it: --driver NAME@VERSION"),
  ];
}

function driverLines(driver: CheckedDriver, all: readonly string[], page: Page): readonly string[] {
  const { name, version, usage, functions, calledAt } = driver;
  const some = functions.length > 0 && functions.length < all.length ? ` for ${listed(functions.map(visible), 4)}` : "";
  const how = {
    dsn: "gets the URL as it is",
    "kwargs-forwarded": "gets its parts, each parameter as an argument",
    "hand-parsed": "gets its parts, without the parameters",
  }[usage];
  const head = [
    `${visible(name)}${version === null ? "" : ` ${visible(version)}`}${some}`,
    ...(how === undefined ? [] : [how]),
    ...(calledAt === null ? [] : [visible(calledAt)]),
  ].join(" · ");
  return [...wrap(head, page.width - labelColumn), ...remarks(driver, page)];
}

function remarks({ judgements }: CheckedDriver, page: Page): readonly string[] {
  const { paint } = page;
  return judgements.flatMap(({ parameter, value, outcome, explanation }) => {
    const about = value === null ? (parameter === "sslmode" ? "no sslmode" : parameter) : `${parameter}=${value}`;
    const text = `${about}: ${explanation}`;
    switch (outcome) {
      case "refused":
        return bullet("✗", `${about} is refused: ${explanation}`, page, paint.severity.error);
      case "plain-text":
      case "weaker-than-it-looks":
        return bullet("!", text, page, paint.severity.warning);
      case "ignored":
        return bullet("!", `${about} is ignored: ${explanation}`, page, paint.severity.warning);
      default:
        return page.verbose > 0 ? bullet("✓", text, page, (line) => line) : [];
    }
  });
}

function probeLines(stages: readonly CheckedStage[], seenFrom: string | null, page: Page): readonly string[] {
  if (stages.length === 0) return [];
  const { paint } = page;
  const lines = stages.flatMap(({ stage, ok, ms, message, saw }) => {
    const mark = ok ? "✓" : "✗";
    const left = `${mark} ${padEnd(stage, 14)}${`${Math.round(ms)} ms`.padStart(8)}  `;
    const said = ok ? saw.join("; ") : [message ?? "", ...saw].filter((text) => text !== "").join(" ");
    const wrapped = hang(left, wrap(visible(said), page.width - labelColumn - displayWidth(left)));
    return ok ? wrapped : wrapped.map(paint.severity.error);
  });
  return [...(seenFrom === null ? [] : [paint.faint(`from ${seenFrom}; as libpq would connect`)]), ...lines];
}

function pairs(rows: readonly (readonly [string, string])[], page: Page): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, text]) =>
    hang(padEnd(name, width), wrap(visible(text), page.width - labelColumn - width)),
  );
}

function tableLines(tables: readonly CheckedTable[], page: Page): readonly string[] {
  const { paint } = page;
  const good = tables.filter(({ state, rows }) => state === "there" && rows !== 0);
  const count = ({ rows, ownerRows }: CheckedTable): string =>
    rows === undefined
      ? ""
      : ` ${rows >= 10_000 ? "10000 rows or more" : counted(rows, "row")}${ownerRows === undefined ? "" : `, ${ownerRows} of the owner's`}`;
  const there = good.map((table) => `${visible(table.name)}${count(table)}`).join(" · ");
  return [
    ...(good.length === 0 ? [] : hang("✓ ", wrap(there, page.width - labelColumn - 2))),
    ...tables
      .filter((table) => !good.includes(table))
      .flatMap((table) => {
        const { name, state, elsewhere } = table;
        if (state === "there") return bullet("!", `${name} has no rows`, page, paint.severity.warning);
        if (state === "unreadable")
          return bullet("✗", `${name} may not be read by this role`, page, paint.severity.error);
        const other = elsewhere.length === 0 ? "" : `; there is ${listed(elsewhere)}`;
        return bullet("✗", `${name} does not exist, or not on the search path${other}`, page, paint.severity.error);
      }),
  ];
}

function networkLines(
  { functions, vpcId, aspects }: CheckedNetwork,
  all: readonly string[],
  page: Page,
): readonly string[] {
  const { paint } = page;
  const marks = { open: "✓", closed: "✗", unknown: "?" } as const;
  const styles: Readonly<Record<"open" | "closed" | "unknown", Paint["faint"]>> = {
    open: (line) => line,
    closed: paint.severity.error,
    unknown: paint.verdict.unknown,
  };
  const who = functions.length === all.length ? "the functions" : listed(functions.map(visible), 4);
  return [
    paint.faint(`from ${who} in ${visible(vpcId)}; network ACLs were not looked at`),
    ...aspects.flatMap(({ aspect, verdict, says }) =>
      bullet(marks[verdict], `${aspect}: ${says}`, page, styles[verdict]),
    ),
  ];
}
