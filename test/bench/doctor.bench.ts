// The whole doctor over stacks whose every answer takes 50 ms: node scripts/run.mjs test/bench/doctor.bench.ts [RUNS] [FUNCTIONS]
// A small stack is measured against its longest chain of calls, of which each needs the answer of the one before; a large
// one against what AWS's documented quotas let through. Both are whole processes, packages are read anew in each run.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../src/core/report.ts";
import { environmentFor, stackName, startFakeStack, type FakeStack, type TimedCall } from "../support/stack.ts";
import { bareEnvironment, median, report, root, round, timed, type BenchRow } from "./measure.ts";

const latencyMs = 50;
const runs = Number(process.argv[2] ?? 11);
const many = Number(process.argv[3] ?? 200);

/**
 * What AWS documents of calls a second: Lambda's quotas for GetFunction, GetPolicy and all other control plane calls, API
 * Gateway's for GetResources and for its control plane, Parameter Store's default throughput, and FilterLogEvents in most
 * regions. IAM's are not published, and none is enforced here.
 */
const quotas: readonly { readonly operations: readonly string[]; readonly perSecond: number }[] = [
  { operations: ["GetFunction"], perSecond: 100 },
  { operations: ["GetPolicy"], perSecond: 15 },
  { operations: ["GetLayerVersionByArn", "ListLayerVersions", "GetFunctionUrlConfig"], perSecond: 15 },
  { operations: ["GetResources"], perSecond: 2.5 },
  { operations: ["GetRestApi", "GetStages"], perSecond: 10 },
  { operations: ["GetParameter"], perSecond: 40 },
  { operations: ["FilterLogEvents"], perSecond: 10 },
];

/** What a call takes something from, by operation: a name, an ARN, an address or a key that only that answer holds. */
const needs: Readonly<Record<string, readonly string[]>> = {
  GetRestApi: ["ListStackResources"],
  GetResources: ["ListStackResources"],
  GetStages: ["ListStackResources"],
  // Which version or alias is asked for stands in the routes.
  GetFunction: ["ListStackResources", "GetResources"],
  FilterLogEvents: ["GetFunction"],
  GetLayerVersionByArn: ["GetFunction"],
  GetParameter: ["GetFunction"],
  SimulatePrincipalPolicy: ["GetFunction"],
  directory: ["GetFunction", "GetLayerVersionByArn"],
  files: ["directory"],
  tool: ["GetResources", "GetParameter"],
};

/** The most calls of a run that must follow one another, named. */
function longestChain(calls: readonly TimedCall[]): readonly string[] {
  const seen = new Set(calls.map(({ operation }) => operation));
  // A package's directory tells where its files lie; one that is smaller than its tail comes whole.
  const layer = calls.filter(({ operation, path }) => operation === "package" && path === "/packages/layer");
  if (layer.length > 0) seen.add("directory");
  if (layer.length > 1) seen.add("files");
  const chain = (operation: string): readonly string[] => {
    const before = (needs[operation] ?? []).filter((one) => seen.has(one)).map(chain);
    return [...(before.toSorted((a, b) => b.length - a.length)[0] ?? []), operation];
  };
  return [...seen].map(chain).toSorted((a, b) => b.length - a.length)[0] ?? [];
}

const folder = mkdtempSync(path.join(root, "node_modules", ".cache", "cscp-bench-"));
const cache = path.join(folder, "cache");
const peak = path.join(folder, "peak");
const peakHook = path.join(folder, "peak.cjs");
writeFileSync(
  peakHook,
  `process.once("exit", () => require("fs").writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));\n`,
);

/** Runs the doctor once on a stack whose packages it has never seen; its compiled code is kept from run to run. */
async function doctor(stack: FakeStack) {
  for (const name of readdirSync(folder).includes("cache") ? readdirSync(cache) : [])
    if (name.startsWith("inventory")) rmSync(path.join(cache, name), { recursive: true });
  stack.clear();
  const env = bareEnvironment({ CSCP_CACHE: cache, ...environmentFor(stack.endpoint) });
  const cscp = path.join(root, "bin", "cscp.js");
  const args = ["-r", peakHook, cscp, "doctor", "--stack", stackName, "--timeout", "10m", "-o", "json"];
  const run = await timed([process.execPath, ...args], env);
  const found = JSON.parse(run.stdout) as Report;
  // The stack's one fault is that nothing answers where its database is.
  const causes = found.diagnoses.map(({ cause }) => cause).join();
  if (run.exitCode !== 1 || causes !== "connection-refused")
    throw new Error(`The doctor ended with ${run.exitCode} and found ${causes || "nothing"}.`);
  return { ...run, found, calls: stack.calls, peakMb: Math.round(Number(readFileSync(peak, "utf8")) / 1024) };
}

async function small(): Promise<readonly BenchRow[]> {
  const stack = await startFakeStack({ functions: 6, latencyMs });
  try {
    await doctor(stack);
    const measured = [];
    for (let index = 0; index < runs; index += 1) measured.push(await doctor(stack));
    const { calls, found } = await doctor(stack);
    if (found.incomplete.length > 0) throw new Error(`Something could not be read: ${found.incomplete[0]?.message}`);
    const chain = longestChain(calls);
    const floor = (chain.length * latencyMs) / 1000;
    const elapsed = measured.map((run) => run.elapsed);
    const processor = median(measured.map((run) => run.processor));
    return [
      {
        name: "doctor over 6 functions, over its longest chain of calls",
        figure: round(median(elapsed) / floor),
        unit: "×",
        target: { atMost: 1.6 },
        how: `${Math.round(median(elapsed) * 1000)} ms against ${chain.length} calls of ${latencyMs} ms (${chain.join(" → ")}), ${calls.length} calls in all; the best run ${round(Math.min(...elapsed) / floor)}; ${Math.round(processor * 1000)} ms of processor time`,
      },
      { name: "its memory", figure: Math.max(...measured.map((run) => run.peakMb)), unit: "MB" },
    ];
  } finally {
    await stack.close();
  }
}

async function large(): Promise<readonly BenchRow[]> {
  const stack = await startFakeStack({ functions: many, latencyMs, quotas });
  try {
    const { elapsed, processor, calls, found, peakMb } = await doctor(stack);
    const taken = quotas.map(({ operations, perSecond }) => {
      const count = calls.filter((call) => operations.includes(call.operation) && !call.throttled).length;
      return { operations, perSecond, count, seconds: count / perSecond };
    });
    const slowest = taken.toSorted((a, b) => b.seconds - a.seconds)[0];
    if (slowest === undefined) throw new Error("No call was under a quota.");
    return [
      {
        name: `doctor over ${many} functions, over calls / quota`,
        figure: round(elapsed / slowest.seconds),
        unit: "×",
        target: { atMost: 1.1 },
        how: `${round(elapsed)} s against ${slowest.count} calls of ${slowest.operations.join(", ")} at ${slowest.perSecond} a second; ${calls.length} calls in all; ${round(processor)} s of processor time`,
      },
      {
        name: "pieces of evidence that it could not read",
        figure: found.incomplete.length,
        unit: "calls",
        target: { atMost: 0 },
        how: `${calls.filter((call) => call.throttled).length} calls were throttled and sent again`,
      },
      { name: `memory of the process over ${many} functions`, figure: peakMb, unit: "MB", target: { atMost: 150 } },
    ];
  } finally {
    await stack.close();
  }
}

try {
  report({
    title: "The doctor",
    about: `Whole processes against a fake endpoint that answers each call after ${latencyMs} ms, packages and layer over ranges, smoke requests and the connection to the database (which is refused) included; the small stack ${runs} times, medians. The large one's endpoint throttles what exceeds the quotas that AWS documents; what a second allows may be taken at once.`,
    rows: [...(await small()), ...(await large())],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
