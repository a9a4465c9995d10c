// How the invented stack answers whatever it is asked: no more often than it may, and in ranges.
import { type Answer, type Call, jsonError, xmlError } from "../source/fake-aws.ts";

/** A bucket of calls: what a second allows may be taken at once, and fills again at that rate. */
export function bucket(perSecond: number): () => boolean {
  const size = Math.max(1, perSecond);
  let left = size;
  let filledAt = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(size, left + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

/** What a call over its quota is answered, in the form of its service. */
export function throttled({ headers }: Call): Answer {
  if (/form-urlencoded/.test(String(headers["content-type"] ?? ""))) return xmlError("Throttling", "Rate exceeded");
  return jsonError("TooManyRequestsException", "Rate exceeded", 429);
}

/** The bytes of a range request, as a store serves them. */
export function ranged(content: Buffer, range: string | undefined): Answer {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined || to === undefined) return { bytes: content };
  const start = from === "" ? Math.max(0, content.length - Number(to)) : Number(from);
  const end = from === "" || to === "" ? content.length : Math.min(content.length, Number(to) + 1);
  return {
    status: 206,
    bytes: content.subarray(start, end),
    headers: { "content-range": `bytes ${start}-${end - 1}/${content.length}`, "accept-ranges": "bytes" },
  };
}
