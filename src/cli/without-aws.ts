import { notAsked } from "../core/fact.ts";
import type { Source } from "../core/reply.ts";
import { requests } from "../facts/requests/index.ts";

/** A source that asks AWS nothing: what would have to be asked of it is left out, and said to be. */
export function withoutAws(source: Source): Source {
  const ofAws = new Set<string>(
    Object.values(requests).flatMap(({ kind, actions }) => (actions.length > 0 ? [kind] : [])),
  );
  return {
    ask: async (request) =>
      ofAws.has(request.kind)
        ? { status: "failed", code: notAsked, message: "Only the API was asked in this run, and AWS nothing." }
        : source.ask(request),
  };
}
