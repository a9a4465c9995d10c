// Measures the log classifier on a corpus of labelled texts: node scripts/run.mjs scripts/eval-corpus.ts DIR [-v]
// DIR holds positives.jsonl and negatives.jsonl: one object a line with `id, text, root_cause, confidence`, and for texts
// whose label rests on nothing but the message `label_basis: "message-only"`; those and low confidence are not scored.
import { readFileSync } from "node:fs";
import path from "node:path";
import { classify, matchAll } from "../src/logs/classify.ts";

interface Case {
  readonly id: string;
  readonly text: string;
  readonly root_cause: string;
  readonly confidence: string;
  readonly label_basis?: string;
}

function isCase(value: unknown): value is Case {
  return typeof value === "object" && value !== null && "id" in value && "text" in value && "root_cause" in value;
}

function read(file: string): Case[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const value: unknown = JSON.parse(line);
      if (!isCase(value))
        throw new Error(`Line ${index + 1} of ${file} is no labelled text: it needs id, text and root_cause.`);
      return value;
    });
}

/** Causes that one and the same message has in the field, so that the text alone cannot tell them apart. */
const sameMessage: readonly (readonly string[])[] = [
  [
    "module-missing",
    "transitive-dependency-missing",
    "wrong-arch",
    "wrong-python-abi",
    "native-extension-missing",
    "dependency-conflict",
    "relative-import-error",
  ],
  [
    "wrong-platform-macos",
    "wrong-platform-windows",
    "wrong-platform-unspecified",
    "wrong-arch",
    "wrong-python-abi",
    "native-extension-missing",
    "driver-backend-missing",
  ],
  ["handler-file-missing", "permission-denied-files", "module-missing", "handler-not-found"],
  ["connection-dropped", "stale-connection-reuse"],
  ["connect-timeout", "network-unreachable", "connection-refused", "lambda-timeout", "init-timeout", "gateway-timeout"],
  ["database-url-empty", "database-url-malformed", "dns-failed", "connection-refused"],
];
const ambiguous = (label: string, named: readonly string[]): boolean =>
  sameMessage.some((group) => group.includes(label) && named.some((cause) => group.includes(cause)));

const indent = (text: string): string => text.slice(0, 900).replace(/^/gm, "      | ");

const [folder, flag] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node scripts/run.mjs scripts/eval-corpus.ts DIR [-v | --quiet]");
  process.exit(2);
}
const positives = read(path.join(folder, "positives.jsonl"));
const negatives = read(path.join(folder, "negatives.jsonl"));
const quiet = flag === "--quiet";
const print = (line: string): void => {
  if (!quiet) console.log(line);
};

const confusion = new Map<string, number>();
let scored = 0;
let top1 = 0;
let contained = 0;
let candidates = 0;
for (const { id, text, root_cause: label, confidence, label_basis: basis } of positives) {
  const { candidates: found, headline } = classify(text);
  const named: string[] = found.map(({ cause }) => cause);
  if (confidence === "low" || basis === "message-only") {
    if (flag === "-v" && !named.includes(label))
      print(`  not scored ${id}: ${label}, said ${named.join(", ") || "nothing"}\n${indent(text)}`);
    continue;
  }
  scored += 1;
  candidates += named.length;
  if (named[0] === label) top1 += 1;
  else
    confusion.set(
      `${label} -> ${named[0] ?? "nothing"}`,
      (confusion.get(`${label} -> ${named[0] ?? "nothing"}`) ?? 0) + 1,
    );
  if (named.slice(0, 3).includes(label)) contained += 1;
  const how = named.slice(0, 3).includes(label)
    ? flag === "-v" && named[0] !== label
      ? "second"
      : undefined
    : "missed";
  if (how !== undefined) {
    print(
      `  ${how} ${id}: ${label}, said ${named.join(", ") || "nothing"}${ambiguous(label, named) ? " (ambiguous by nature)" : ""}`,
    );
    print(
      `      = ${headline}\n      = ${matchAll(text)
        .map(({ signature }) => signature.id)
        .join(" ")}\n${indent(text)}`,
    );
  }
}
let falseAlarms = 0;
for (const { id, text } of negatives) {
  const named = classify(text).candidates.filter(({ cause }) => cause !== "other");
  if (named.length === 0) continue;
  falseAlarms += 1;
  print(
    `  false alarm ${id}: ${named.map(({ cause, signature }) => `${cause} by ${signature}`).join(", ")}\n${indent(text)}`,
  );
}
print("\nconfusion of the first candidate (label -> said)");
for (const [pair, count] of [...confusion].sort((a, b) => b[1] - a[1]))
  print(`  ${String(count).padStart(3)}  ${pair}`);
const fraction = (count: number, of: number): number => (of === 0 ? 0 : Math.round((count / of) * 10_000) / 10_000);
console.log(
  JSON.stringify({
    cases: positives.length,
    scored,
    top1: fraction(top1, scored),
    contained3: fraction(contained, scored),
    meanCandidates: fraction(candidates, scored),
    negatives: negatives.length,
    falseAlarms,
  }),
);
