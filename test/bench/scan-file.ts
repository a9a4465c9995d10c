// One arm of the benchmark, in a process of its own: reads a log file and prints what was found and the peak of its memory.
import { closeSync, openSync, readSync } from "node:fs";
import { logScanner } from "../../src/logs/scan.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("The path of a log file is needed.");
const scanner = logScanner();
const chunk = new Uint8Array(1 << 20);
const input = openSync(file, "r");
for (let length = readSync(input, chunk); length > 0; length = readSync(input, chunk))
  scanner.push(chunk.subarray(0, length));
closeSync(input);
const { failures, groups, bytes } = scanner.finish();
const found = Object.fromEntries(groups.map(({ cause, count }) => [cause, count]));
console.log(JSON.stringify({ bytes, failures, found, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
