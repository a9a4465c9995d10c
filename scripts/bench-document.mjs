// What benches reported, as the page docs/benchmarks.md.

const bound = ({ target, unit }) => {
  if (target === undefined) return "";
  return "atMost" in target ? `≤ ${amount(target.atMost, unit)}` : `≥ ${amount(target.atLeast, unit)}`;
};
const amount = (figure, unit) => (unit === "×" || unit === "%" ? `${figure}${unit}` : `${figure} ${unit}`);
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const verdict = (row) => (row.target === undefined ? "" : row.met ? "met" : "**falls short**");

const tableOf = (rows) => [
  "| Measured | Figure | Target | | From |",
  "| --- | ---: | ---: | --- | --- |",
  ...rows.map((row) => {
    const cells = [row.name, amount(row.figure, row.unit), bound(row), verdict(row), row.how ?? ""];
    return `| ${cells.map(cell).join(" | ")} |`;
  }),
];

/** `results`: of each bench `{bench, result}`, the result undefined where it could not measure; `conditions`: of the run. */
export function benchmarksDocument(results, conditions) {
  const { node, system, processor, cores, memoryGb, date, load } = conditions;
  const rows = results.flatMap(({ result }) => result?.rows ?? []).filter(({ target }) => target !== undefined);
  const short = rows.filter(({ met }) => !met);
  const summary =
    short.length === 0
      ? `All ${rows.length} targets are met.`
      : `${rows.length - short.length} of ${rows.length} targets are met. Short of theirs: ${short
          .map(({ name, figure, unit }) => `${name} (${amount(figure, unit)})`)
          .join("; ")}.`;
  const lines = [
    "# Benchmarks",
    "",
    "Written by `npm run bench`, which runs them all. A ratio is of runs that took turns on one machine; a figure in",
    "milliseconds belongs to this machine.",
    "",
    `${date} · Node ${node} · ${system} · ${cores} cores (${processor}) · ${memoryGb} GB · load ${load.toFixed(1)} at the start`,
    "",
    summary,
  ];
  for (const { bench, result } of results) {
    if (result === undefined) {
      lines.push("", `## ${bench}`, "", "**It could not measure in this run.**");
      continue;
    }
    lines.push("", `## ${result.title}`, "", result.about, "", ...tableOf(result.rows), "", `\`test/bench/${bench}\``);
  }
  return `${lines.join("\n")}\n`;
}
