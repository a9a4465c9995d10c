/** Signatures of this kind, and AWS's own, are refused when they are made so many seconds before or after. */
export const allowedSkewSeconds = 300;
/** A clock that is off by so many seconds is not set by the network, and goes on drifting. */
const noticedSeconds = 60;

/**
 * How far this machine's clock is off and what comes of it, as the parts of a sentence; undefined where it agrees.
 * @param ahead seconds by which the server's clock is ahead of this machine's.
 */
export function clockFault(
  ahead: number,
): { readonly off: number; readonly direction: "behind" | "ahead of"; readonly effect: string } | undefined {
  const off = Math.abs(ahead);
  if (off < noticedSeconds) return undefined;
  const effect =
    off >= allowedSkewSeconds
      ? `signatures are refused from about ${allowedSkewSeconds} s on`
      : `signatures will be refused when it is ${allowedSkewSeconds} s`;
  return { off, direction: ahead > 0 ? "behind" : "ahead of", effect };
}
