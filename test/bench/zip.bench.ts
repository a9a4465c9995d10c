// A 200 MB layer of 25,000 entries behind a store that serves ranges 50 ms away: how much of it is read for a verdict, how
// long that takes against a bare replay of the same ranges, and how much memory: node scripts/run.mjs test/bench/zip.bench.ts
import { fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { inventoryOfZip } from "../../src/packages/inventory.ts";
import { predictHandler } from "../../src/packages/predict.ts";
import { buildView } from "../../src/packages/view.ts";
import { requestAgents } from "../../src/source/agents.ts";
import { openPackage } from "../../src/source/live/range-reader.ts";
import { makeElf } from "../packages/support/elf.ts";
import { inventoryOf } from "../packages/support/view.ts";
import { makeZip, type ZipInput } from "../packages/support/zip.ts";
import { median, report, round } from "./measure.ts";

const latencyMs = 50;
const bytesPerSecond = 12.5 * 1024 * 1024;
const rounds = 7;

type Range = { offset: number; length: number; wave: number };
type Measured = { ms: number; bytes: number; requests: number; rssMb: number; verdict: string; ranges: Range[] };
type Order =
  | { role: "serve" }
  | { role: "inventory"; port: number }
  | { role: "replay"; port: number; ranges: Range[] };

/** Bytes that do not compress, the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let at = 0; at + 4 <= length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeUInt32LE(state >>> 0, at);
  }
  return bytes;
}

function makeLayer(): Buffer {
  const entries: ZipInput[] = [];
  const add = (name: string, data: string | Uint8Array) =>
    entries.push({ name: `python/${name}`, data, mode: 0o100644 });
  const tagged = "_psycopg.cpython-312-x86_64-linux-gnu.so";
  const library = (needed: string[], size: number, seed: number) =>
    Buffer.concat([
      makeElf({ needed, inits: ["_psycopg"], rpath: "$ORIGIN/../psycopg2_binary.libs" }),
      noise(size, seed),
    ]);
  add("psycopg2/__init__.py", "from psycopg2._psycopg import connect\nfrom psycopg2 import extensions\n");
  for (const name of [
    "extensions",
    "errors",
    "extras",
    "pool",
    "sql",
    "tz",
    "_json",
    "_range",
    "_ipaddress",
    "errorcodes",
  ]) {
    add(`psycopg2/${name}.py`, `import datetime\n\nclass Base:\n    """${name}"""\n`.repeat(40));
  }
  const libraries = Array.from({ length: 12 }, (_, index) => `lib${index}-0123abc${index.toString(16)}.so.1`);
  add(`psycopg2/${tagged}`, library(libraries, 300_000, 1));
  for (const [index, name] of libraries.entries()) add(`psycopg2_binary.libs/${name}`, library([], 450_000, 2 + index));
  for (let index = 0; index < 60; index++) {
    const name = `vendor${index}`;
    add(
      `${name}-1.${index}.dist-info/METADATA`,
      `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.${index}\n\n${"words ".repeat(500)}`,
    );
    add(`${name}-1.${index}.dist-info/WHEEL`, "Wheel-Version: 1.0\nTag: py3-none-any\n");
    add(`${name}-1.${index}.dist-info/top_level.txt`, `${name}\n`);
  }
  add("psycopg2_binary-2.9.9.dist-info/METADATA", "Name: psycopg2-binary\nVersion: 2.9.9\n\n");
  add("psycopg2_binary-2.9.9.dist-info/top_level.txt", "psycopg2\n");
  for (let index = 0; entries.length < 25_000; index++) {
    const folder = `vendor${index % 60}/part${index % 400}`;
    if (index % 3 === 0) add(`${folder}/module_${index}.py`, noise(6_000, index).toString("hex"));
    else add(`${folder}/data_${index}.bin`, noise(8_800, index));
  }
  return makeZip(entries);
}

/** Serves the layer; one line shared by all connections, as a store's bandwidth is. */
async function serve(): Promise<void> {
  const layer = makeLayer();
  let free = 0;
  const server = createServer((request, response) => {
    const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    const suffix = match?.[1] === "";
    const start = suffix ? Math.max(0, layer.length - Number(match?.[2])) : Number(match?.[1] ?? 0);
    const end = suffix || match === null ? layer.length - 1 : Math.min(Number(match[2]), layer.length - 1);
    const bytes = layer.subarray(start, end + 1);
    const now = performance.now();
    free = Math.max(free, now + latencyMs) + (bytes.length / bytesPerSecond) * 1000;
    setTimeout(() => {
      response.writeHead(206, {
        "content-range": `bytes ${start}-${end}/${layer.length}`,
        "content-length": bytes.length,
      });
      response.end(bytes);
    }, free - now);
  });
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ port: (server.address() as AddressInfo).port, size: layer.length });
  });
}

async function openLayer(port: number) {
  const agents = await requestAgents({});
  let requests = 0;
  const signal = new AbortController().signal;
  const address = { url: `http://127.0.0.1:${port}/layer.zip`, size: 0, codeSha256: "" };
  const reader = await openPackage(address, { agents, signal, count: () => (requests += 1) });
  return { reader, requests: () => requests };
}

async function inventory(port: number): Promise<Measured> {
  const own = await inventoryOf({ "app.py": "import psycopg2\n\ndef handler(event, context):\n    return 1\n" });
  const ranges: Range[] = [];
  const started = performance.now();
  const { reader, requests } = await openLayer(port);
  // A range belongs to the wave after the last answer that had come when it was asked for.
  let answered = 0;
  const noting = {
    size: reader.size,
    async read(offset: number, length: number) {
      ranges.push({ offset, length, wave: answered });
      const bytes = await reader.read(offset, length);
      answered = ranges.length;
      return bytes;
    },
  };
  const result = await inventoryOfZip(noting);
  if (!result.ok) throw new Error(result.problem.text);
  const view = buildView({
    package: { name: "app", inventory: own },
    layers: [{ name: "layer", inventory: result.inventory }],
  });
  const { verdict } = predictHandler(view, { runtime: "python3.12", architecture: "x86_64", handler: "app.handler" });
  const ms = performance.now() - started;
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return { ms, bytes: result.inventory.bytesRead, requests: requests(), rssMb, verdict, ranges };
}

/** The same ranges, asked for in the same order as soon as those before them allow, and nothing done with them. */
async function replay(port: number, ranges: readonly Range[]): Promise<Measured> {
  const started = performance.now();
  const { reader, requests } = await openLayer(port);
  let bytes = 0;
  for (const wave of new Set(ranges.map((range) => range.wave))) {
    const parts = ranges.filter((range) => range.wave === wave);
    for (const read of await Promise.all(parts.map(({ offset, length }) => reader.read(offset, length))))
      bytes += read.length;
  }
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return { ms: performance.now() - started, bytes, requests: requests(), rssMb, verdict: "", ranges: [] };
}

function child<Answer>(order: Order, keep = false): Promise<{ answer: Answer; stop: () => void }> {
  const env = { ...process.env };
  delete env["NODE_EXTRA_CA_CERTS"];
  const started = fork(fileURLToPath(import.meta.url), [JSON.stringify(order)], { env });
  return new Promise((resolve, reject) => {
    started.once("message", (answer) => {
      if (!keep) started.disconnect();
      resolve({ answer: answer as Answer, stop: () => started.kill() });
    });
    started.once("exit", (code) => reject(new Error(`A measured process ended with ${code}.`)));
  });
}

async function main(): Promise<void> {
  const store = await child<{ port: number; size: number }>({ role: "serve" }, true);
  const { port, size } = store.answer;
  const runs: { ours: Measured; bare: Measured }[] = [];
  for (let done = 0; done < rounds; done++) {
    const ours = (await child<Measured>({ role: "inventory", port })).answer;
    const bare = (await child<Measured>({ role: "replay", port, ranges: ours.ranges })).answer;
    runs.push({ ours, bare });
  }
  store.stop();
  const { ours } = runs[0] ?? { ours: undefined };
  const best = (values: readonly number[]) => Math.min(...values);
  if (ours?.verdict !== "will-import")
    throw new Error(`The verdict on the layer is ${ours?.verdict}, not will-import.`);
  const percent = (ours.bytes / size) * 100;
  report({
    title: "Packages over ranges",
    about: `A layer of ${Math.round(size / 1024 / 1024)} MB and 25,000 entries behind a store ${latencyMs} ms away at ${bytesPerSecond / 1024 / 1024} MB/s: what it takes to say whether a handler that imports psycopg2 will import. The bare replay asks for the same ranges and does nothing with them; ${rounds} runs of each in turns.`,
    rows: [
      {
        name: "share of the layer that is read",
        figure: round(percent),
        unit: "%",
        target: { atMost: 2 },
        how: `${ours.requests} requests`,
      },
      {
        name: "time over the bare replay of the same ranges",
        // Other work on the machine only ever adds time: the best of each tells the cost itself.
        figure: round(best(runs.map((run) => run.ours.ms)) / best(runs.map((run) => run.bare.ms))),
        unit: "×",
        target: { atMost: 1.5 },
        how: `best of each; the median of the pairs is ${round(median(runs.map((run) => run.ours.ms / run.bare.ms)))}; ${Math.round(median(runs.map((run) => run.ours.ms)))} ms against ${Math.round(median(runs.map((run) => run.bare.ms)))} ms`,
      },
      {
        name: "memory of the process",
        figure: Math.round(Math.max(...runs.map((run) => run.ours.rssMb))),
        unit: "MB",
        target: { atMost: 100 },
        how: `the replay takes ${Math.round(Math.max(...runs.map((run) => run.bare.rssMb)))} MB`,
      },
    ],
  });
}

const order = process.send === undefined ? undefined : (JSON.parse(process.argv[2] ?? "null") as Order | null);
if (order === undefined || order === null) await main();
else if (order.role === "serve") await serve();
else {
  const measured = order.role === "inventory" ? await inventory(order.port) : await replay(order.port, order.ranges);
  process.send?.(measured, () => process.exit(0));
}
