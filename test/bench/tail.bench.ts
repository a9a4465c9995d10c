// A tail against `aws logs tail` and awslogs, each on an endpoint of its own that does the same to all three at the same
// time: node scripts/run.mjs test/bench/tail.bench.ts [SCENARIO...]. `backlog` is a scenario, too.
// `aws` is a version 2 of the AWS CLI (Debian's package awscli): version 1 has no `logs tail`. awslogs comes from PyPI.
// All of it takes five minutes.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { findAwsCli } from "../lab/remedies.ts";
import { programEnvironment } from "../lab/python.ts";
import type { FakeEvent, FakeLogsScenario } from "../support/fake-logs.ts";
import { startLogsEndpoint } from "./logs-endpoint.ts";
import { bareEnvironment, report, root, round, type BenchRow } from "./measure.ts";

interface Scenario extends FakeLogsScenario {
  readonly name: string;
  /** How long the arms run, in milliseconds. */
  readonly lengthMs: number;
  /** The arms run one after another, lest they take the processor from each other. */
  readonly apart?: boolean;
}

const group = "/aws/lambda/bench";
const groups = { [group]: {} };
const padding = "as it should be, with nothing to see here but some words that make the line as long as others are";

function events(count: number, everyMs: number, delays: readonly number[] = [0]): readonly FakeEvent[] {
  return Array.from({ length: count }, (_, id) => {
    // The arms need a moment to begin; what they would have to catch up with is measured by the backlog.
    const at = 6_000 + Math.floor(id * everyMs);
    const visibleAt = at + (delays[id % delays.length] ?? 0);
    return { group, stream: `s${id % 3}`, at, visibleAt, message: `request ${id} went ${padding} seq=${id};` };
  });
}

const scenarios: readonly Scenario[] = [
  { name: "half 3 s late", groups, lengthMs: 28_000, events: events(300, 50, [0, 3_000]) },
  { name: "0/1/8 s late", groups, lengthMs: 36_000, events: events(300, 50, [0, 1_000, 8_000]) },
  { name: "1,500 events/s", groups, lengthMs: 24_000, events: events(18_000, 1000 / 1500), apart: true },
  {
    name: "15 s of throttling",
    groups,
    lengthMs: 38_000,
    events: events(300, 50),
    throttled: [{ from: 9_000, to: 24_000 }],
  },
  {
    name: "cut and time limit",
    groups,
    lengthMs: 34_000,
    events: events(300, 50),
    live: { cutAt: [10_000], timeoutAt: [15_000] },
  },
  {
    name: "sampled and silent",
    groups,
    lengthMs: 40_000,
    events: events(400, 50),
    live: { sampled: [{ from: 7_000, to: 11_000 }], silent: [{ from: 13_000, to: 24_000 }] },
  },
];

interface Outcome {
  readonly arm: string;
  readonly complete: number;
  readonly duplicates: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly peakMb: number;
  readonly callsPerMinute: number;
  readonly elapsed: number;
}

type Arm = { readonly name: string; readonly command: (endpoint: string, since: string, follow: boolean) => string[] };

/** Processor seconds and peak memory of a process, as the kernel tells them. */
function usageOf(pid: number): { readonly cpu: number; readonly peakMb: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, peakMb: Math.round(Number(peak ?? 0) / 1024) };
  } catch {
    return undefined;
  }
}

/** Runs an arm; undefined, with a line that says why, where it could not do what is asked at all. */
async function runArm(arm: Arm, scenario: Scenario, follow: boolean): Promise<Outcome | undefined> {
  const fake = await startLogsEndpoint(scenario);
  const [file = "", ...args] = arm.command(fake.endpoint, follow ? "1m" : "30m", follow);
  const began = Date.now();
  const child = spawn(file, args, {
    env: bareEnvironment({
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "y",
      AWS_DEFAULT_REGION: "ap-southeast-1",
      AWS_REGION: "ap-southeast-1",
      HOME: process.env["HOME"] ?? "",
      PYTHONUNBUFFERED: follow ? "1" : "",
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-1_000);
  });
  const visible = scenario.events.map(({ visibleAt }) => fake.startedAt + visibleAt);
  const times = new Map<number, number>();
  let duplicates = 0;
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const now = Date.now();
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const id = /seq=(\d+);/.exec(line)?.[1];
      if (id === undefined) continue;
      if (times.has(Number(id))) duplicates += 1;
      else times.set(Number(id), now - Math.max(visible[Number(id)] ?? now, began));
    }
  });
  let usage = { cpu: 0, peakMb: 0 };
  const sample = setInterval(() => {
    const next = usageOf(child.pid ?? 0);
    if (next !== undefined) usage = { cpu: next.cpu, peakMb: Math.max(usage.peakMb, next.peakMb) };
  }, 50);
  const closed = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const stop = setTimeout(() => child.kill("SIGINT"), scenario.lengthMs);
  const kill = setTimeout(() => child.kill("SIGKILL"), scenario.lengthMs + 8_000);
  const exitCode = await closed;
  for (const timer of [stop, kill]) clearTimeout(timer);
  clearInterval(sample);
  const elapsed = (Date.now() - began) / 1000;
  const calls = await fake.close();
  if (exitCode !== 0 && calls === 0) {
    console.log(`${arm.name} is left out of ${scenario.name}: it ended with ${exitCode} and asked nothing. ${said}`);
    return undefined;
  }
  const latencies = [...times.values()].sort((a, b) => a - b);
  const at = (share: number): number => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN) / 1000;
  return {
    arm: arm.name,
    complete: round((100 * times.size) / scenario.events.length),
    duplicates,
    p50: round(at(0.5)),
    p99: round(at(0.99)),
    ...usage,
    callsPerMinute: Math.round((calls * 60) / elapsed),
    elapsed: round(elapsed),
  };
}

async function arms(): Promise<readonly Arm[]> {
  const aws = await findAwsCli(2);
  const environment = await programEnvironment("awslogs==0.15.0").catch(() => undefined);
  const cli = path.join(root, "bin", "cscp.js");
  const list: Arm[] = [
    {
      name: "cscp",
      command: (endpoint, since, follow) => {
        const call = [process.execPath, cli, "logs", "tail", "--log-group", group, "--endpoint-url", endpoint];
        return [...call, "--since", since, ...(follow ? [] : ["--no-follow"])];
      },
    },
  ];
  if (aws === undefined) console.log("aws logs tail is left out: there is no AWS CLI of version 2 on the PATH.");
  else {
    list.push({
      name: "aws logs tail",
      command: (endpoint, since, follow) => {
        const call = [aws, "logs", "tail", group, "--endpoint-url", endpoint, "--since", since, "--no-cli-pager"];
        return follow ? [...call, "--follow"] : call;
      },
    });
  }
  if (environment === undefined) console.log("awslogs is left out: PyPI does not give it.");
  else {
    list.push({
      name: "awslogs",
      command: (endpoint, since, follow) => {
        const program = path.join(environment, "bin", "awslogs");
        const call = [program, "get", group, "ALL", "--start", since, "--no-group", "--no-color"];
        call.push("--aws-endpoint-url", endpoint, "--aws-region", "ap-southeast-1");
        return follow ? [...call, "--watch"] : call;
      },
    });
  }
  return list;
}

/** At the same time, or one after another. */
async function runArms(list: readonly Arm[], scenario: Scenario, follow: boolean): Promise<readonly Outcome[]> {
  const outcomes: (Outcome | undefined)[] = [];
  if (scenario.apart === true) for (const arm of list) outcomes.push(await runArm(arm, scenario, follow));
  else outcomes.push(...(await Promise.all(list.map((arm) => runArm(arm, scenario, follow)))));
  return outcomes.filter((outcome) => outcome !== undefined);
}

function print(name: string, outcomes: readonly Outcome[]): void {
  console.log(`\n${name}`);
  console.table(
    Object.fromEntries(
      outcomes.map(({ arm, complete, duplicates, p50, p99, cpu, peakMb, callsPerMinute }) => [
        arm,
        {
          "complete %": complete,
          duplicates,
          "added p50 s": p50,
          "added p99 s": p99,
          "CPU s": round(cpu),
          "peak MB": peakMb,
          "calls/min": callsPerMinute,
        },
      ]),
    ),
  );
}

const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word));
const all = await arms();
const rows: BenchRow[] = [];
for (const scenario of scenarios.filter(({ name }) => isWanted(name))) {
  const outcomes = await runArms(all, scenario, true);
  print(scenario.name, outcomes);
  const [own, ...others] = outcomes;
  if (own?.arm !== "cscp") throw new Error(`cscp did not run in ${scenario.name}.`);
  const how = [
    `${own.duplicates} twice, added latency p50 ${own.p50} s and p99 ${own.p99} s, ${own.peakMb} MB, ${own.callsPerMinute} calls a minute`,
    ...others.map(({ arm, complete, duplicates }) => `${arm}: ${complete} %, ${duplicates} twice`),
  ].join("; ");
  rows.push({
    name: `Shown by \`cscp logs tail\`, ${scenario.name}`,
    figure: own.complete,
    unit: "%",
    target: { atLeast: 100 },
    how,
  });
  rows.push({ name: `Shown twice, ${scenario.name}`, figure: own.duplicates, unit: "%", target: { atMost: 0 } });
}
if (isWanted("backlog")) {
  const count = 200_000;
  const backlog: Scenario = {
    name: "backlog",
    groups,
    lengthMs: 60_000,
    apart: true,
    events: events(count, 4).map((event) => ({ ...event, at: event.at - 1_200_000, visibleAt: event.at - 1_200_000 })),
  };
  const both = all.filter(({ name }) => name !== "awslogs");
  const outcomes = await runArms(both, backlog, false);
  print(`backlog of ${count} events`, outcomes);
  const [own, peer] = outcomes;
  if (own !== undefined && peer !== undefined) {
    const pair = `${own.elapsed} s, ${own.cpu} s of processor and ${own.peakMb} MB against ${peer.elapsed} s, ${peer.cpu} s and ${peer.peakMb} MB; both showed ${own.complete} % and ${peer.complete} %`;
    rows.push({
      name: "Backlog of 200,000 events: `aws logs tail` over `cscp logs tail`, elapsed",
      figure: round(peer.elapsed / own.elapsed),
      unit: "×",
      target: { atLeast: 2 },
      how: pair,
    });
    rows.push({
      name: "The same, peak memory of cscp over aws",
      figure: round(own.peakMb / peer.peakMb),
      unit: "×",
      target: { atMost: 1 },
    });
  }
}
if (rows.length === 0) throw new Error("No scenario is called so.");
report({
  title: "Following logs",
  about:
    "`cscp logs tail` beside `aws logs tail --follow` and `awslogs get --watch`, each on a fake endpoint of its own that does the same to all of them.",
  rows,
});
