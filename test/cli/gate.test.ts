import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { cscp } from "../lab/cli.ts";
import { jsonError, type Answer, type Call } from "../source/fake-aws.ts";
import { crash, fakeStack, settledSince, throttled, type FakeStack, type StackState } from "./fake-stack.ts";

const moduleMissing =
  "[ERROR] Runtime.ImportModuleError: Unable to import module 'app.handler': No module named 'asyncpg'\nTraceback (most recent call last):";
const minute = 60_000;

/** One deploy: what it leaves of the stack, what AWS does meanwhile, and the exit code that is right for it. */
interface Deploy {
  readonly name: string;
  readonly exitCode: 0 | 1 | 3;
  /** Called with the state of a healthy stack that was deployed a minute ago. */
  readonly make?: (state: StackState) => void;
  readonly wait?: string;
  /** What the report says of how it came about. */
  readonly says?: RegExp;
}

/** Answers the first `times` calls that match. */
function first(times: number, matches: (call: Call) => boolean, answer: (call: Call) => Answer): StackState["fault"] {
  let left = times;
  return (call) => {
    if (left === 0 || !matches(call)) return undefined;
    left -= 1;
    return answer(call);
  };
}
const is =
  (...operations: readonly string[]) =>
  ({ operation }: Call): boolean =>
    operations.includes(operation);
const smoke = ({ url }: Call): boolean => url.pathname.startsWith("/api/");
const controlPlane = (call: Call): boolean => !smoke(call);
/** Each of several faults in its own place. */
const all =
  (...faults: readonly StackState["fault"][]): StackState["fault"] =>
  (call) => {
    for (const fault of faults) {
      const answer = fault(call);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };

function broken(state: StackState): void {
  state.failing = { ListOrders: { answer: crash, logs: moduleMissing } };
  for (const seconds of [5, 20, 40])
    state.log.push({ name: "ListOrders", at: state.deployedAt + seconds * 1000, message: moduleMissing });
}

/** Errors from before the last deploy, up to a second before it. */
function brokenBefore(state: StackState): void {
  for (const before of [1000, 30_000, 5 * minute, 60 * minute])
    state.log.push({ name: "ListOrders", at: state.deployedAt - before, message: moduleMissing });
}

function changesFor(state: StackState, polls: number): void {
  const settled = state.status;
  state.status = "UPDATE_IN_PROGRESS";
  let left = polls;
  const earlier = state.fault;
  state.fault = (call) => {
    if (call.operation === "DescribeStacks") {
      if (left === 0) state.status = settled;
      left -= 1;
    }
    return earlier(call);
  };
}

const kinds: readonly (Deploy & { readonly times: number })[] = [
  { name: "healthy", times: 5, exitCode: 0 },
  { name: "broken", times: 5, exitCode: 1, make: broken },
  {
    name: "broken, without a word in the logs",
    times: 2,
    exitCode: 1,
    make: (state) => void (state.failing = { RenderInvoice: { answer: crash } }),
  },
  { name: "rolled back", times: 2, exitCode: 1, make: (state) => void (state.status = "UPDATE_ROLLBACK_COMPLETE") },
  { name: "being deleted", times: 1, exitCode: 1, make: (state) => void (state.status = "DELETE_IN_PROGRESS") },
  { name: "never created", times: 1, exitCode: 1, make: (state) => void (state.status = "REVIEW_IN_PROGRESS") },
  { name: "broken before and now healthy", times: 6, exitCode: 0, make: brokenBefore },
  {
    name: "broken before and broken still",
    times: 2,
    exitCode: 1,
    make: (state) => {
      brokenBefore(state);
      broken(state);
    },
  },
  {
    name: "slow to settle",
    times: 3,
    exitCode: 0,
    make: (state) => changesFor(state, 1),
    says: /The stack took 2 s to settle/,
  },
  {
    name: "slow to settle, and broken",
    times: 2,
    exitCode: 1,
    make: (state) => {
      broken(state);
      changesFor(state, 1);
    },
    says: /The stack took 2 s to settle/,
  },
  {
    name: "not settling in time",
    times: 2,
    exitCode: 3,
    make: (state) => void (state.status = "UPDATE_IN_PROGRESS"),
    wait: "1s",
    says: /After 0 s of waiting these were still changing: orders \(UPDATE_IN_PROGRESS\)/,
  },
  {
    name: "flaky: AWS fails here and there",
    times: 2,
    exitCode: 0,
    make: (state) => {
      state.fault = all(
        first(1, is("DescribeStacks"), () => ({ breakAfter: 0 })),
        first(1, is("GetFunction"), () => ({ status: 500, json: { message: "Service exception" } })),
        first(1, is("FilterLogEvents"), () => ({ status: 503, json: { __type: "ServiceUnavailableException" } })),
      );
    },
    says: /3 calls to AWS had to be sent again because they failed on the way/,
  },
  {
    name: "flaky: a tool fails at first",
    times: 2,
    exitCode: 0,
    make: (state) => void (state.fault = first(1, smoke, () => crash)),
    says: /answered only after 2 attempts/,
  },
  {
    name: "flaky: a tool's connection is reset",
    times: 1,
    exitCode: 0,
    make: (state) => void (state.fault = first(1, smoke, () => ({ breakAfter: 0 }))),
    says: /answered only after 2 attempts/,
  },
  {
    name: "throttled",
    times: 2,
    exitCode: 0,
    make: (state) => void (state.fault = first(3, controlPlane, throttled)),
    says: /3 calls to AWS had to be sent again because AWS throttled them/,
  },
  {
    name: "throttled, and broken",
    times: 1,
    exitCode: 1,
    make: (state) => {
      broken(state);
      state.fault = first(3, controlPlane, throttled);
    },
  },
  {
    name: "throttled without end",
    times: 1,
    exitCode: 3,
    make: (state) =>
      void (state.fault = (call) => (call.operation === "FilterLogEvents" ? throttled(call) : undefined)),
    says: /throttling logs:FilterLogEvents/,
  },
];

/** Deploys that try what is easily judged wrong. */
const unusual: readonly Deploy[] = [
  {
    name: "a function that was never called, and has no log group",
    exitCode: 0,
    make: (state) =>
      void (state.fault = ({ operation, body }) =>
        operation === "FilterLogEvents" && body.includes("RenderInvoice")
          ? jsonError("ResourceNotFoundException", "The specified log group does not exist.")
          : undefined),
  },
  {
    name: "the old code fails on until its update is done",
    exitCode: 0,
    make: (state) => {
      state.functionsUpdatedAt = state.deployedAt + 20_000;
      for (const seconds of [1, 8, 19])
        state.log.push({ name: "ListOrders", at: state.deployedAt + seconds * 1000, message: moduleMissing });
    },
  },
  {
    name: "the new code fails as soon as its update is done, and not for every caller",
    exitCode: 1,
    make: (state) => {
      state.functionsUpdatedAt = state.deployedAt + 20_000;
      for (const seconds of [8, 25])
        state.log.push({ name: "ListOrders", at: state.deployedAt + seconds * 1000, message: moduleMissing });
    },
  },
  { name: "this machine's clock is two minutes behind", exitCode: 0, make: (state) => clockAhead(state, 2 * minute) },
  {
    name: "this machine's clock is two minutes behind, and the new code fails for some callers",
    exitCode: 1,
    make: (state) => {
      clockAhead(state, 2 * minute);
      state.log.push({ name: "ListOrders", at: state.deployedAt + 10_000, message: moduleMissing });
    },
  },
  { name: "this machine's clock is two minutes ahead", exitCode: 0, make: (state) => clockAhead(state, -2 * minute) },
  {
    name: "this machine's clock is two minutes ahead, and the deploy before was broken",
    exitCode: 0,
    make: (state) => {
      clockAhead(state, -2 * minute);
      brokenBefore(state);
    },
  },
  {
    name: "another deploy begins during the run",
    exitCode: 3,
    make: (state) => void (state.fault = onceSmoked(() => (state.status = "UPDATE_IN_PROGRESS"))),
    says: /began to change while this run read it/,
  },
  {
    name: "another deploy begins and ends during the run",
    exitCode: 3,
    make: (state) => void (state.fault = onceSmoked(() => (state.deployedAt = Date.now()))),
    says: /was deployed again while this run read it/,
  },
  {
    name: "a function is deleted by a deploy that is not the stack's",
    exitCode: 1,
    make: (state) =>
      void (state.fault = ({ operation, url }) =>
        operation === "GetFunction" && url.pathname.includes("RenderInvoice")
          ? jsonError("ResourceNotFoundException", "Function not found", 404)
          : undefined),
  },
];

/** AWS's clock is ahead of this machine's: everything that AWS dates is. */
function clockAhead(state: StackState, ahead: number): void {
  state.now = () => Date.now() + ahead;
  state.deployedAt = state.now() - minute;
}

/** Calls back at the first smoke request, when the stack and its functions were read. */
function onceSmoked(then: () => unknown): StackState["fault"] {
  let left = 1;
  return (call) => {
    if (smoke(call) && left > 0) {
      left -= 1;
      then();
    }
    return undefined;
  };
}

/** In an order without a pattern that is the same in every run. */
const series = kinds
  .flatMap((kind, row) =>
    Array.from({ length: kind.times }, (_, index) => ({ kind, key: ((row + 3) * 61 + index * 37) % 103 })),
  )
  .toSorted((a, b) => a.key - b.key)
  .map(({ kind }, index) => ({ number: index + 1, ...kind }));

describe("the gate over forty deploys: no false alarm, no false pass", () => {
  let stack: FakeStack;
  beforeAll(async () => {
    stack = await fakeStack();
  });
  afterAll(() => stack.aws.close());

  it("are forty", () => expect(series).toHaveLength(40));

  it.each(series)("$number: $name", { timeout: 60_000 }, (deploy) => judge(deploy));
  it.each(unusual)("and $name", { timeout: 60_000 }, (deploy) => judge(deploy));

  async function judge({ make, exitCode, wait = "1m", says }: Deploy): Promise<void> {
    const { state } = stack;
    Object.assign(state, settledSince(Date.now() - minute));
    make?.(state);
    const call = [
      "doctor",
      "--stack",
      "orders",
      "--api-url",
      stack.apiUrl,
      "--wait",
      wait,
      "--timeout",
      "12s",
      "-o",
      "json",
    ];
    const run = await cscp(call, stack.env);
    const report = JSON.parse(run.stdout) as Report;
    const told = [
      ...report.notes,
      ...report.incomplete.map(({ message }) => message),
      ...report.checks.flatMap(({ subjects }) =>
        subjects.flatMap(({ findings }) => findings.map(({ message }) => message)),
      ),
    ].join("\n");
    expect(run.exitCode, told).toBe(exitCode);
    expect(report.verdict).toBe({ 0: "healthy", 1: "broken", 3: "incomplete" }[exitCode]);
    if (says !== undefined) expect(told).toMatch(says);
    else if (exitCode === 0) expect(report.notes).toEqual([]);
  }
});
