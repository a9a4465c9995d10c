import type { Clock } from "./clock.ts";

/** The quotas of AWS that calls are counted against, each with a pacer of its own. */
export const quotaNames = [
  "lambda.get-function",
  "lambda.get-policy",
  "lambda.control",
  "apigateway.get-resources",
  "apigateway.control",
  "ssm",
  "secretsmanager",
  "logs.filter",
  "logs.tail",
  "logs.live",
  "logs.groups",
  "logs.insights",
  "cloudformation",
  "ec2",
  "iam",
  "sts",
] as const;
export type QuotaName = (typeof quotaNames)[number];

interface Quota {
  /** Calls a second that AWS allows, or a guess that stays under it. */
  readonly perSecond: number;
  /** Calls that may start at once after a pause. */
  readonly burst: number;
}

/** Regions where FilterLogEvents takes 5 calls a second (CloudWatch Logs service quotas, not adjustable). */
const slowLogRegions = new Set(["ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1"]);

function filterPerSecond(region: string): number {
  return region === "us-east-1" ? 25 : slowLogRegions.has(region) ? 5 : 10;
}

/**
 * The quota table for an account and region. Lambda, API Gateway and CloudWatch Logs publish theirs; those of
 * CloudFormation, IAM, STS and Secrets Manager are not published for each call, so the figures are cautious, and
 * Parameter Store's 40 a second is its default throughput.
 */
export function quotaOf(name: QuotaName, region: string): Quota {
  switch (name) {
    case "lambda.get-function":
      return { perSecond: 100, burst: 20 };
    case "lambda.get-policy":
      return { perSecond: 15, burst: 5 };
    case "lambda.control":
      return { perSecond: 15, burst: 5 };
    case "apigateway.get-resources":
      return { perSecond: 2.5, burst: 5 };
    case "apigateway.control":
      return { perSecond: 10, burst: 5 };
    case "ssm":
      return { perSecond: 40, burst: 10 };
    case "secretsmanager":
      return { perSecond: 50, burst: 10 };
    case "logs.filter": {
      const perSecond = filterPerSecond(region);
      // As many as a small stack has functions at once; a second of it is what AWS lets through at once.
      return { perSecond, burst: Math.ceil(perSecond * 0.8) };
    }
    // A tail runs for hours beside others: it takes half of the quota. What a quiet time saves, a backlog may spend.
    case "logs.tail":
      return { perSecond: filterPerSecond(region) / 2, burst: 60 };
    case "logs.live":
      return { perSecond: 2.5, burst: 3 };
    case "logs.groups":
      return { perSecond: 5, burst: 5 };
    case "logs.insights":
      return { perSecond: 10, burst: 5 };
    case "cloudformation":
      return { perSecond: 10, burst: 5 };
    case "ec2":
      // Describe calls share a bucket of 100 that fills by 20 a second (EC2's guide to request throttling).
      return { perSecond: 20, burst: 20 };
    case "iam":
      return { perSecond: 10, burst: 10 };
    case "sts":
      return { perSecond: 10, burst: 5 };
  }
}

export interface PacerOptions {
  readonly quota: Quota;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Calls under way at once, at most. */
  readonly concurrency: number;
}

/** Starts calls at a rate that all users of one quota share. */
export interface Pacer {
  /** Waits for this call's turn, and gives what must be told how the call went. */
  start(): Promise<Turn>;
  /** Calls a second at present. */
  rate(): number;
}

export interface Turn {
  done(outcome: "ok" | "throttled" | "other"): void;
}

/** What one throttled call leaves of the rate, and below what share of the quota it never falls. */
const backOff = 0.7;
const floorShare = 0.05;
/** How much of the quota one second of success gives back. */
const recovery = 0.1;

/**
 * A bucket of turns that fills at an adaptive rate: a throttled call shrinks the rate by a factor, success lets it grow
 * by a constant, up to the quota. Calls that were already under way when the rate shrank do not shrink it again: they
 * were sent at the old rate.
 */
export function createPacer({ quota, clock, signal, concurrency }: PacerOptions): Pacer {
  let rate = quota.perSecond;
  let turns = quota.burst;
  let filledAt = clock.now();
  let shrunkAt = Number.NEGATIVE_INFINITY;
  let running = 0;
  const freed: (() => void)[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  function fill(): void {
    const now = clock.now();
    turns = Math.min(quota.burst, turns + (Math.max(0, now - filledAt) / 1000) * rate);
    filledAt = now;
  }

  async function turn(): Promise<Turn> {
    signal.throwIfAborted();
    // Only one call at a time waits here, and it is woken when another is done.
    if (running >= concurrency) await waitForFree();
    for (fill(); turns < 1; fill()) await clock.sleep(Math.max(1, ((1 - turns) / rate) * 1000), signal);
    turns -= 1;
    running += 1;
    const startedAt = clock.now();
    let open = true;
    return {
      done(outcome) {
        if (!open) return;
        open = false;
        running -= 1;
        freed.shift()?.();
        fill();
        if (outcome === "throttled") {
          if (startedAt < shrunkAt) return;
          shrunkAt = clock.now();
          rate = Math.max(quota.perSecond * floorShare, rate * backOff);
          turns = Math.min(turns, 0);
        } else if (outcome === "ok") {
          rate = Math.min(quota.perSecond, rate + (quota.perSecond * recovery) / Math.max(1, rate));
        }
      },
    };
  }

  function waitForFree(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      freed.push(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  return {
    start() {
      // One at a time and in order, so that a retry does not overtake what has waited longer.
      const mine = queue.then(turn, turn);
      queue = mine.catch(() => undefined);
      return mine;
    },
    rate: () => rate,
  };
}

/** The pacers of one run, made when first used. */
export function createPacers(options: {
  readonly region: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly concurrency?: number;
}): (name: QuotaName) => Pacer {
  const pacers = new Map<QuotaName, Pacer>();
  const { region, clock, signal, concurrency = 12 } = options;
  return (name) => {
    const existing = pacers.get(name);
    if (existing !== undefined) return existing;
    const pacer = createPacer({ quota: quotaOf(name, region), clock, signal, concurrency });
    pacers.set(name, pacer);
    return pacer;
  };
}
