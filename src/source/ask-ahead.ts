import { canonicalJson } from "../core/json.ts";
import type { Request, Source } from "../core/reply.ts";

const keyOf = ({ kind, params }: Request): string => canonicalJson({ kind, params });

/** Asks these at once; who asks for one of them later gets that answer, the first time. */
export function askAhead(source: Source, requests: readonly Request[]): Source {
  const answers = new Map(requests.map((request) => [keyOf(request), source.ask(request)]));
  return {
    ask(request) {
      const key = keyOf(request);
      const answer = answers.get(key);
      answers.delete(key);
      return answer ?? source.ask(request);
    },
  };
}
