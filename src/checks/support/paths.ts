import type { ImportStep } from "../../facts/packages.ts";

/** A path inside a running function as its owner knows it: without the folders that Lambda unpacks into. */
export function shortPath(path: string): string {
  return path
    .replace(/^\/var\/task\//, "")
    .replace(/^\/opt\/(?:python\/(?:lib\/python3\.\d+\/site-packages\/)?|nodejs\/)?/, "");
}

/** `handler.py:4 → _shared/db.py:6`: the files and lines through which an import was reached. */
export function chainText(chain: readonly ImportStep[]): string {
  return chain.map(({ file, line }) => `${shortPath(file)}:${line}`).join(" → ");
}
