import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { Evidence } from "../../core/finding.ts";
import type { ErrorGroup } from "../../facts/logs.ts";
import { oneLine } from "./text.ts";

/** The causes that errors may have, the likeliest reading of each error before the second ones; each once. */
export function rankedCauses(groups: readonly Pick<ErrorGroup, "candidates">[]): readonly CauseId[] {
  const deepest = Math.max(0, ...groups.map(({ candidates }) => candidates.length));
  const ranks = Array.from({ length: deepest }, (_, rank) =>
    groups.flatMap(({ candidates }) => candidates[rank]?.cause ?? []),
  );
  return [...new Set(ranks.flat())];
}

/** What was logged for one request, a line for each kind of error. */
export function requestLog(groups: readonly ErrorGroup[], requestId: string | undefined): readonly Evidence[] {
  const where = requestId === undefined ? "log of this request" : `log of request ${requestId}`;
  return groups.map(({ headline, count, first, last }) => ({
    kind: "log",
    where,
    says: oneLine(headline),
    count,
    first,
    last,
  }));
}
