import { layoutCommand } from "./command.ts";
import { counted, displayWidth, hang, padEnd, wrap, wrapLine } from "./layout.ts";
import { sizeLines, type InspectSize } from "./inspect-size.ts";
import { paintOf, type Paint } from "./paint.ts";
import { visible, visibleJson, visibleLines } from "../core/visible.ts";

/** What is known of one import. Paths are those of the running function: `/var/task/handler.py`, `/opt/python/...`. */
export interface InspectedModule {
  readonly module: string;
  /** Null where it could not be told. */
  readonly importable: boolean | null;
  readonly cause: string | null;
  /** To the letter: what Lambda will log for a handler, or what Python will say for a single module. */
  readonly message: string | null;
  readonly explanation: string | null;
  /** The file at fault, where one is. */
  readonly file: string | null;
  readonly chain: readonly { readonly file: string; readonly line: number; readonly imports: string }[];
  readonly fix: InspectFix | null;
}

export interface InspectFix {
  /** Can be copied and run as they are, unless they hold a `<PLACEHOLDER>`. */
  readonly commands: readonly string[];
  readonly advice: readonly string[];
}

export interface InspectProblem {
  readonly kind: string;
  /** The package or layer, and the entry in it where it is about one. */
  readonly in: string;
  readonly path?: string;
  readonly text: string;
  /** True where Lambda cannot unpack the archive at all. */
  readonly fatal: boolean;
}

export interface InspectedTarget {
  /** As it was given; of a function of a template with the function's logical id behind it. */
  readonly path: string;
  readonly runtime: string;
  readonly architecture: string;
  /** Null where modules were asked about and no handler. */
  readonly handler: string | null;
  readonly layers: readonly string[];
  readonly verdict: "will-import" | "will-fail" | "unknown";
  readonly modules: readonly InspectedModule[];
  /** Imports inside functions that will fail when they are reached; they change no verdict. */
  readonly later: readonly InspectedModule[];
  readonly problems: readonly InspectProblem[];
  /** Why something is unknown, and what was not read. */
  readonly notes: readonly string[];
  /** What code and layers weigh; null where not all of them could be read. */
  readonly size: InspectSize | null;
}

/** The whole answer of `cscp inspect`; fields are added without raising the version, changed or taken away never. */
export interface InspectDocument {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: "cscp"; readonly version: string };
  readonly targets: readonly InspectedTarget[];
}

interface InspectOptions {
  readonly columns: number;
  readonly colour: boolean;
}

/** The answer as JSON; ends with a line break. */
export function renderInspectJson(document: InspectDocument): string {
  return `${visibleJson(JSON.stringify(document, null, 2))}\n`;
}

/** The answer for a terminal: the verdict first, then for each failure its way, its message and its mending. */
export function renderInspect({ targets }: InspectDocument, options: InspectOptions): string {
  const width = Math.min(100, Math.max(60, Math.floor(options.columns) || 100));
  const paint = paintOf(options.colour);
  const printed = new Set<string>();
  const blocks = targets.map((target) => {
    const head = targets.length > 1 ? [paint.strong(visible(headOf(target)))] : [];
    return [...head, ...targetLines(target, width, paint, printed)].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

function headOf({ path, runtime, architecture, handler }: InspectedTarget): string {
  return [path, runtime, architecture, ...(handler === null ? [] : [handler])].join(" · ");
}

function targetLines(target: InspectedTarget, width: number, paint: Paint, printed: Set<string>): readonly string[] {
  const { modules, problems, handler } = target;
  const fatal = problems.filter((problem) => problem.fatal);
  const good = modules.filter(({ importable }) => importable === true).map(({ module }) => visible(module));
  const unknown = modules.filter(({ importable }) => importable === null).map(({ module }) => visible(module));
  const failing = modules.filter(({ importable }) => importable === false);
  const language = target.runtime.startsWith("nodejs") ? "Node" : "Python";
  const says = handler === null ? `${language} will say:  ` : "Lambda will log:  ";
  const blocks: (readonly string[])[] = [];
  for (const problem of fatal.slice(0, mostProblems)) blocks.push(fatalLines(problem, width, paint));
  for (const one of failing) blocks.push(failureLines(one, says, width, paint, printed));
  if (unknown.length > 0) blocks.push(listLines(paint.verdict.unknown("? unknown:"), "? unknown:", unknown, width));
  else if (target.verdict === "unknown" && modules.length === 0) blocks.push([paint.verdict.unknown("? unknown")]);
  if (good.length > 0) blocks.push(listLines(paint.verdict.pass("✓ will import:"), "✓ will import:", good, width));
  const rest = [...laterLines(target, width, paint), ...problemLines(target, width, paint)];
  if (rest.length > 0) blocks.push(rest);
  const size = sizeLines(target.size, width, paint);
  const notes = target.notes.flatMap((note) => hang("  ", wrap(visible(note), width - 2))).map(paint.faint);
  return [...blocks.flatMap((block, at) => (at === 0 ? block : ["", ...block])), ...notes, ...size];
}

function listLines(painted: string, plain: string, names: readonly string[], width: number): readonly string[] {
  const lines = hang("  ", wrap(`${plain} ${names.join(", ")}`, width - 2)).map((line, at) =>
    at === 0 ? line.slice(2) : line,
  );
  return lines.map((line, at) => (at === 0 ? painted + line.slice(plain.length) : line));
}

/** A headline on the left, the cause's id on the right. */
function headline(mark: string, text: string, cause: string, width: number, paint: Paint): readonly string[] {
  const lines = wrap(`${mark} ${text}`, width - cause.length - 2);
  return lines.map((line, at) =>
    at === 0
      ? `${paint.severity.error(line)}${padEnd("", width - displayWidth(line) - cause.length)}${cause}`
      : `  ${paint.severity.error(line)}`,
  );
}

/** The kind of the problem that code and layers together are larger than Lambda takes; a cause has the same name. */
const tooLarge = "package-too-large";

function fatalLines(problem: InspectProblem, width: number, paint: Paint): readonly string[] {
  const where = problem.path === undefined ? "" : `${visible(problem.path)}: `;
  const said = problem.kind === tooLarge ? "cannot be deployed" : "cannot be unpacked";
  return [
    ...headline(
      "✗",
      `${said}: ${visible(problem.in)}`,
      problem.kind === tooLarge ? tooLarge : "corrupt-artifact",
      width,
      paint,
    ),
    ...hang("  ", wrap(`${where}${visible(problem.text)}`, width - 2)),
  ];
}

function failureLines(
  one: InspectedModule,
  says: string,
  width: number,
  paint: Paint,
  printed: Set<string>,
): readonly string[] {
  const messageLines = visibleLines(one.message ?? "").flatMap((line) => wrapLine(line, width - 2 - says.length));
  return [
    ...headline("✗", `will fail to import: ${visible(one.module)}`, one.cause ?? "", width, paint),
    ...chainLines(one, width),
    ...(one.explanation === null ? [] : hang("  ", wrap(visible(shortPath(one.explanation)), width - 2))),
    ...(one.message === null ? [] : hang(`  ${says}`, messageLines)),
    ...fixLines(one.fix, width, paint, printed),
  ];
}

function chainLines({ chain, module }: InspectedModule, width: number): readonly string[] {
  if (chain.length === 0) return [];
  const steps = chain.map(({ file, line }) => `${visible(shortPath(file))}:${line}`);
  const last = visible(chain.at(-1)?.imports ?? module);
  return hang("  ", wrap([...steps, last].join(" → "), width - 2));
}

/** Paths as they lie in the package: where Lambda unpacks it goes without saying. */
function shortPath(text: string): string {
  return text.replaceAll(/\/var\/task\/|\/opt\/python\/(?:lib\/python3\.\d+\/site-packages\/)?/g, "");
}

function fixLines(fix: InspectFix | null, width: number, paint: Paint, printed: Set<string>): readonly string[] {
  if (fix === null) return [];
  const key = JSON.stringify(fix);
  const first = "  Fix  ";
  const label = (lines: readonly string[]): readonly string[] =>
    lines.map((line, at) => (at === 0 ? `  ${paint.strong("Fix")}  ${line}` : " ".repeat(first.length) + line));
  if (printed.has(key)) return label(["as above"]);
  printed.add(key);
  const commands = fix.commands.flatMap((command) =>
    layoutCommand(visibleLines(command).join("\n"), width - first.length).lines.map(paint.command),
  );
  const advice = fix.advice.flatMap((text) => wrap(visible(text), width - first.length));
  return label([...commands, ...advice]);
}

function laterLines({ later }: InspectedTarget, width: number, paint: Paint): readonly string[] {
  return later.flatMap((one) => {
    const text = `! will fail when it is reached: ${visible(one.module)}`;
    return [
      paint.severity.warning(text),
      ...chainLines(one, width),
      ...hang("  ", wrap(visible(shortPath(one.explanation ?? one.message ?? "")), width - 2)),
    ];
  });
}

const mostProblems = 5;

function problemLines({ problems }: InspectedTarget, width: number, paint: Paint): readonly string[] {
  const told = problems.filter(({ fatal }) => !fatal);
  const lines = told.slice(0, mostProblems).flatMap((problem) => {
    const where = problem.path === undefined ? problem.in : `${problem.in}, ${problem.path}`;
    const wrapped = hang("! ", wrap(`${visible(where)}: ${visible(problem.text)}`, width - 2));
    return wrapped.map((line) => paint.severity.warning(line));
  });
  const more = told.length - mostProblems;
  return more > 0 ? [...lines, `  and ${counted(more, "more problem")} of this kind; -o json lists them.`] : lines;
}
