import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { labOrSkip } from "./available.ts";
import type { AwsCall } from "./calls.ts";
import { cscp, incidentCall } from "./cli.ts";
import type { Rule } from "./front.ts";
import { sharedLab, stageIncident, stopSharedLab, type IncidentLab } from "./incidents.ts";
import { goodLayer, HMAC_PARAMETER, layerOf, STACK_NAME } from "./lab.ts";
import { callAllTools } from "./traffic.ts";

type Overrides = Readonly<Record<string, string>>;

const own = (call: AwsCall): boolean => call.caller === "client";
const calls =
  (service: string, action?: string) =>
  (call: AwsCall): boolean =>
    own(call) && call.service === service && (action === undefined || call.action === action);

const changing = (text: string): string =>
  text.replace(/<StackStatus>(CREATE|UPDATE)_COMPLETE</, "<StackStatus>UPDATE_IN_PROGRESS<");
const updating = (text: string): string =>
  text.replace(/"LastUpdateStatus": ?"Successful"/, '"LastUpdateStatus": "InProgress"');

const stackChanges = (times?: number): Rule => ({
  match: calls("cloudformation", "DescribeStacks"),
  respond: { kind: "rewrite", change: changing },
  ...(times === undefined ? {} : { times }),
});
const functionChanges: Rule = {
  match: calls("lambda", "GetFunction"),
  respond: { kind: "rewrite", change: updating },
  times: 1,
};
const once = (match: Rule["match"], respond: Rule["respond"] = { kind: "fail", status: 503 }): Rule => ({
  match,
  respond,
  times: 1,
});

const throttles: readonly Rule[] = ["cloudformation", "lambda", "logs", "apigateway", "ssm", "sts"].map((service) => ({
  match: calls(service),
  respond: { kind: "throttle" },
  times: 2,
}));

/** What a deploy does to the stack and what the gate meets at AWS, with the exit code that is right for it. */
interface Kind {
  readonly broken?: "url-lost" | "password-wrong" | "driver-missing";
  /** The deploy before this one was broken, and requests failed on it. */
  readonly after?: "url-lost" | "password-wrong" | "driver-missing";
  readonly rules?: readonly Rule[];
  readonly wait?: string;
  readonly exitCode: number;
  /** What the report says of how it came about. */
  readonly says?: RegExp;
}

const kinds = {
  healthy: { exitCode: 0 },
  "broken: the URL is lost": { broken: "url-lost", exitCode: 1 },
  "broken: the password is wrong": { broken: "password-wrong", exitCode: 1 },
  "broken: the layer lacks the driver": { broken: "driver-missing", exitCode: 1 },
  "healthy after a lost URL": { after: "url-lost", exitCode: 0 },
  "healthy after a wrong password": { after: "password-wrong", exitCode: 0 },
  "healthy after a missing driver": { after: "driver-missing", exitCode: 0 },
  "slow to settle": {
    rules: [stackChanges(1), functionChanges],
    exitCode: 0,
    says: /The stack took 5 s to settle/,
  },
  "slow to settle, and broken": {
    rules: [stackChanges(1)],
    broken: "url-lost",
    exitCode: 1,
    says: /took 2 s to settle/,
  },
  "never settling": { rules: [stackChanges()], wait: "2s", exitCode: 3, says: /After 2 s of waiting these were still/ },
  throttled: {
    rules: throttles,
    exitCode: 0,
    says: /12 calls to AWS had to be sent again because AWS throttled them/,
  },
  "throttled, and broken": {
    rules: throttles,
    broken: "password-wrong",
    exitCode: 1,
    says: /throttled/,
  },
  "flaky: AWS fails here and there": {
    rules: [
      once(calls("cloudformation", "DescribeStacks")),
      once(calls("lambda", "GetFunction")),
      once(calls("logs")),
      once(calls("apigateway")),
      once(calls("presigned")),
    ],
    exitCode: 0,
    says: /calls to AWS had to be sent again because they failed on the way/,
  },
  "flaky: a tool fails at first": {
    rules: [once(calls("execute-api"))],
    exitCode: 0,
    says: /answered only after 2 attempts/,
  },
} as const satisfies Record<string, Kind>;

/** What only the real stack can show, one deploy after the other on it; with `CSCP_EVAL` one of each kind. */
const few: readonly (keyof typeof kinds)[] = [
  "healthy after a missing driver",
  "slow to settle",
  "throttled, and broken",
  "flaky: AWS fails here and there",
];
const all = Object.keys(kinds) as (keyof typeof kinds)[];
const chosen = process.env["CSCP_EVAL"] === undefined ? few : all;
const series = chosen.map((name, index) => [index + 1, name] as const);

const withoutDriver = layerOf(["python-dateutil==2.9.0.post0"]);

describe.runIf(await labOrSkip())("the gate over a series of deploys", { timeout: 240_000 }, () => {
  let lab: IncidentLab;
  beforeAll(async () => {
    lab = await stageIncident(await sharedLab(), "healthy", { history: true });
  }, 120_000);
  afterAll(stopSharedLab);

  let deploys = 0;
  async function deploy(state: Kind["broken"]): Promise<void> {
    deploys += 1;
    const { project, deployer, databaseUrl } = lab.lab;
    const url = state === "url-lost" ? "" : databaseUrl(state === "password-wrong" ? { password: "of-last-year" } : {});
    await project.setLayer(state === "driver-missing" ? withoutDriver : goodLayer);
    const overrides: Overrides = {
      AllowedOrigin: "*",
      HmacParamName: HMAC_PARAMETER,
      DatabaseUrl: url,
      // Every deploy changes something, or there is none; this is read with a parameter's name only.
      DatabaseUrlParamVersion: String(deploys),
    };
    await deployer.deploy(STACK_NAME, project, overrides);
  }

  it.each(series)("%i: %s", async (_number, name) => {
    const kind: Kind = kinds[name];
    const { front } = lab.lab;
    front.setRules([]);
    if (kind.after !== undefined) {
      await deploy(kind.after);
      const answers = await callAllTools(lab.apiUrl, lab.hmacSecret);
      expect(answers.filter(({ status }) => status !== 200).length).toBeGreaterThan(0);
    }
    await deploy(kind.broken);
    front.setRules(kind.rules ?? []);
    const { flags, env } = incidentCall(lab);
    const { exitCode, stdout, stderr } = await cscp(["doctor", ...flags, "--wait", kind.wait ?? "1m", "-o", "json"], {
      ...env,
      CSCP_CACHE: "off",
    });
    front.setRules([]);
    const report = JSON.parse(stdout) as Report;
    const seen = {
      exitCode,
      causes: report.diagnoses.map(({ cause }) => cause),
      unexplained: report.unexplained.map(({ message }) => message),
      incomplete: report.incomplete.map(({ message }) => message),
    };
    expect(seen.exitCode, JSON.stringify(seen)).toBe(kind.exitCode);
    if (kind.exitCode === 1) expect(seen.causes.length).toBeGreaterThan(0);
    const said = [...report.notes, ...seen.unexplained, ...seen.incomplete].join("\n");
    if (kind.says !== undefined) expect(said).toMatch(kind.says);
    if (name.startsWith("slow")) expect(stderr).toContain("cscp: waiting for cs-copilot-backend (UPDATE_IN_PROGRESS)");
  });
});
