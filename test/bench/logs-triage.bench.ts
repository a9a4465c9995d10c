// How fast `cscp logs triage` reads a log, from a file and from a pipe, against grep counting the lines that have one of
// the same terms: node scripts/run.mjs test/bench/logs-triage.bench.ts [MEGABYTES] [PAIRS]
// All arms are processes of their own and run in turns on one generated log; the medians of the ratios are printed, of
// elapsed time and of processor time (the latter says more on a machine that does other things besides).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { byteSearch } from "../../src/logs/byte-search.ts";
import { ordinaryLog } from "../../src/logs/ordinary-log.ts";
import { scanTerms } from "../../src/logs/scan-terms.ts";
import { signatures } from "../../src/logs/signatures/index.ts";
import { generateLog } from "./lambda-log.ts";
import { bareEnvironment, median, report, root, round, timed, type Timed } from "./measure.ts";

const [megabytes = "1024", pairs = "5"] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "cscp-bench-"));
const env = bareEnvironment({ LC_ALL: "C", HOME: folder, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" });

/** Processor time of looking for terms in the same bytes again and again, in milliseconds. */
function searchTime(terms: readonly string[], bytes: Uint8Array): number {
  const { search } = byteSearch(terms, ordinaryLog);
  const times = Array.from({ length: 30 }, () => {
    const before = process.cpuUsage();
    search(bytes, 0, bytes.length, []);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return median(times);
}

try {
  const log = path.join(folder, "log.txt");
  const generated = generateLog(log, Number(megabytes) * 1024 * 1024, 0.005);
  const expressions = path.join(folder, "expressions");
  const terms = path.join(folder, "terms");
  writeFileSync(
    expressions,
    scanTerms.map((term) => term.replaceAll(/[.[\]|*+?(){}^$\\]/g, String.raw`\$&`)).join("|"),
  );
  writeFileSync(terms, scanTerms.join("\n"));
  const peak = path.join(folder, "peak");
  const hook = path.join(folder, "peak.cjs");
  writeFileSync(
    hook,
    `process.once("exit", () => require("fs").writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));\n`,
  );

  async function triage(command: string): Promise<Timed & { readonly peakMb: number }> {
    const cscp = `"${process.execPath}" -r "${hook}" "${path.join(root, "bin", "cscp.js")}" logs triage -q -o json`;
    const run = await timed(["bash", "-c", command.replace("CSCP", cscp)], env);
    const { causes, unknown } = JSON.parse(run.stdout) as Record<
      "causes" | "unknown",
      readonly { readonly cause?: string; readonly count: number }[]
    >;
    for (const [kind, count] of Object.entries(generated.failures)) {
      const found = [...causes, ...unknown].filter(({ cause = "other" }) => cause === kind);
      const sum = found.reduce((total, each) => total + each.count, 0);
      if (sum !== count) throw new Error(`Of ${kind} ${count} were written, and ${sum} were found by: ${command}`);
    }
    return { ...run, peakMb: Math.round(Number(readFileSync(peak, "utf8")) / 1024) };
  }
  async function grep(command: string): Promise<Timed> {
    const run = await timed(["bash", "-c", command], env);
    if (!(Number(run.stdout) > 0)) throw new Error(`This found nothing: ${command}`);
    return run;
  }
  const ripgrep = (await timed(["rg", "--version"], env)).exitCode === 0;
  // What the program compiles at its first run is kept for the others.
  await triage(`CSCP "${log}"`);

  const runs: Record<"file" | "grep" | "piped" | "grepPiped" | "rg", Timed & { readonly peakMb?: number }>[] = [];
  for (let pair = 0; pair < Number(pairs); pair += 1) {
    runs.push({
      file: await triage(`CSCP "${log}"`),
      grep: await grep(`grep -c -E -f "${expressions}" "${log}"`),
      piped: await triage(`cat "${log}" | CSCP -`),
      grepPiped: await grep(`cat "${log}" | grep -c -E -f "${expressions}"`),
      rg: ripgrep ? await grep(`rg -c -F -f "${terms}" "${log}"`) : await grep("echo 1"),
    });
  }
  type Arm = keyof (typeof runs)[number];
  const ratio = (ours: Arm, theirs: Arm, key: "elapsed" | "processor" = "elapsed"): number =>
    round(median(runs.map((run) => run[ours][key] / run[theirs][key])));
  const speed = (arm: Arm): number =>
    Math.round(generated.bytes / 1024 / 1024 / median(runs.map((run) => run[arm].elapsed)));
  const memory = (arm: Arm): number => Math.max(...runs.map((run) => run[arm].peakMb ?? 0));
  const how = (ours: Arm, theirs: Arm): string =>
    `${speed(ours)} MB/s against ${speed(theirs)} MB/s; ${ratio(ours, theirs, "processor")} times the processor time`;

  // As more signatures would bring them: other literals of the signatures, but none that healthy functions log.
  const literals = [...new Set(signatures.flatMap((signature) => signature.literals))].filter(
    (text) => text.length > 6 && !ordinaryLog.includes(text),
  );
  const step = literals.length / scanTerms.length;
  const twice = [...scanTerms, ...scanTerms.map((_, at) => literals[Math.floor(at * step)] ?? "")];
  const sample = readFileSync(log).subarray(0, 32 << 20);
  const few = searchTime(scanTerms, sample);
  const many = searchTime(twice, sample);

  report({
    title: "Log triage",
    about: `A log of Lambda of ${megabytes} MB and ${generated.lines.toLocaleString("en")} lines, every cause counted right (${Object.values(
      generated.failures,
    )
      .reduce((sum, count) => sum + count, 0)
      .toLocaleString(
        "en",
      )} failures), against \`LC_ALL=C grep -c -E\` with the same ${scanTerms.length} terms; medians of ${pairs} rounds of all arms in turns.`,
    rows: [
      {
        name: "`cscp logs triage FILE` over grep",
        figure: ratio("file", "grep"),
        unit: "×",
        target: { atMost: 0.7 },
        how: how("file", "grep"),
      },
      {
        name: "`cscp logs triage -` from a pipe over grep from a pipe",
        figure: ratio("piped", "grepPiped"),
        unit: "×",
        target: { atMost: 0.7 },
        how: how("piped", "grepPiped"),
      },
      ...(ripgrep
        ? [
            {
              name: "`rg -c -F` with the same terms over grep",
              figure: ratio("rg", "grep"),
              unit: "×" as const,
              how: how("rg", "grep"),
            },
          ]
        : []),
      { name: "memory of the process, file", figure: memory("file"), unit: "MB", target: { atMost: 100 } },
      { name: "memory of the process, pipe", figure: memory("piped"), unit: "MB", target: { atMost: 100 } },
      {
        name: "search for twice as many terms over search for those",
        figure: round(many / few),
        unit: "×",
        target: { atMost: 1.5 },
        how: "processor time of the search alone, which is a part of the whole",
      },
    ],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
