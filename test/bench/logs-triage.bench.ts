// How fast logs are triaged, against grep counting the lines that have one of the same terms:
//   node scripts/run.mjs test/bench/logs-triage.bench.ts [MEGABYTES] [PAIRS]
// Both arms are processes of their own and run in turns on one generated log; the medians of the ratios are printed, of
// elapsed time and of processor time (the latter says more on a machine that does other things besides).
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { scanTerms } from "../../src/logs/scan-terms.ts";
import { generateLog } from "./lambda-log.ts";
import { median, report, round } from "./measure.ts";

interface Timed {
  readonly elapsed: number;
  readonly processor: number;
  readonly output: string;
}

/** Runs a command in bash and reads its elapsed and processor time, in seconds. Output goes to a file: grep stops early without. */
function timed(command: string, folder: string): Timed {
  const script = `TIMEFORMAT='%R %U %S'; { time ${command} > "${folder}/output"; } 2>&1; cat "${folder}/output"`;
  const [times = "", ...output] = execFileSync("bash", ["-c", script], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", NODE_EXTRA_CA_CERTS: "" },
  }).split("\n");
  const [elapsed = 0, user = 0, system = 0] = times.split(" ").map(Number);
  return { elapsed, processor: user + system, output: output.join("\n").trim() };
}

const [megabytes = "1024", pairs = "5"] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "cscp-bench-"));
try {
  const log = path.join(folder, "log.txt");
  const generated = generateLog(log, Number(megabytes) * 1024 * 1024, 0.005);
  const scanFile = path.join(folder, "scan-file.mjs");
  await build({
    entryPoints: ["test/bench/scan-file.ts"],
    outfile: scanFile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const expression = scanTerms.map((term) => term.replaceAll(/[.[\]|*+?(){}^$\\]/g, String.raw`\$&`)).join("|");

  const runs = Array.from({ length: Number(pairs) }, () => {
    const triage = timed(`"${process.execPath}" "${scanFile}" "${log}"`, folder);
    const grep = timed(
      `grep -c -E $'${expression.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\t", "\\t")}' "${log}"`,
      folder,
    );
    return { triage, grep };
  });
  const found: {
    readonly failures: number;
    readonly found: Readonly<Record<string, number>>;
    readonly peakMb: number;
  } = JSON.parse(runs[0]?.triage.output ?? "{}");
  const wrong = Object.entries(generated.failures).filter(([kind, count]) => found.found[kind] !== count);
  if (wrong.length > 0)
    throw new Error(
      `Counts are wrong for ${wrong.map(([kind, count]) => `${kind}: ${count} written, ${found.found[kind] ?? 0} found`).join("; ")}.`,
    );
  const speed = median(runs.map(({ triage }) => generated.bytes / 1024 / 1024 / triage.elapsed));
  report({
    title: "Log triage",
    about: `A log of Lambda of ${megabytes} MB and ${generated.lines.toLocaleString("en")} lines, every cause counted right (${found.failures.toLocaleString("en")} failures), against \`LC_ALL=C grep -c -E\` with the same ${scanTerms.length} terms; medians of ${pairs} pairs.`,
    rows: [
      {
        name: "time over grep",
        figure: round(median(runs.map(({ triage, grep }) => triage.elapsed / grep.elapsed))),
        unit: "×",
        target: { atMost: 0.7 },
        how: `${Math.round(speed)} MB/s; ${round(median(runs.map(({ triage, grep }) => triage.processor / grep.processor)))} times the processor time`,
      },
      {
        name: "memory of the process",
        figure: Math.max(
          ...runs.map(({ triage }) => (JSON.parse(triage.output) as { readonly peakMb: number }).peakMb),
        ),
        unit: "MB",
        target: { atMost: 100 },
      },
    ],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
