import type { TailLedger } from "../core/tail.ts";
import type { Aws } from "../source/aws.ts";
import type { Follower } from "../source/tail/follow.ts";
import type { TailOutput } from "./tail-output.ts";

/** What became of a tail, up to now. Groups that do not exist have nothing to verify; those that cannot be read are told. */
export function ledgerOf(follower: Follower, output: TailOutput, aws: Aws, to: number | undefined): TailLedger {
  const groups = follower.groups();
  const read = groups.filter(({ state }) => state === "followed" || state === "new");
  const verified = read.map(({ verifiedTo }) => verifiedTo);
  const verifiedTo =
    verified.length === 0 || verified.includes(undefined) ? undefined : Math.min(...verified.map((at) => at ?? 0));
  const end = Math.min(to ?? Number.POSITIVE_INFINITY, follower.now());
  return {
    ...output.counts,
    recovered: groups.reduce((sum, group) => sum + group.recovered, 0),
    verifiedTo,
    unverifiedMs: verifiedTo === undefined ? undefined : Math.max(0, Math.round(end - verifiedTo)),
    throttledMs: aws.throttledMs(),
    insights: follower.insights(),
    calls: Object.fromEntries(aws.calls().map(({ action, count }) => [action, count])),
    groups: groups.map(({ group, state, verifiedTo: own, lastEvent }) => ({
      group,
      state,
      printed: output.printedOf(group),
      verifiedTo: own,
      lastEvent,
    })),
  };
}

/** The ledger of a tail that could print only so many of the events that it has read: it vouches for nothing. */
export function unprinted(ledger: TailLedger, printed: number): TailLedger {
  const nothing = { verifiedTo: undefined };
  return {
    ...ledger,
    ...nothing,
    unverifiedMs: undefined,
    printed,
    groups: ledger.groups.map((group) => ({ ...group, ...nothing })),
  };
}
