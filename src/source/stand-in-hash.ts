const prefix = "unhashed:";

/**
 * What stands for the CodeSha256 of a package whose endpoint gives none, as some emulators do: it names the package within
 * one run or recording, and says nothing of its bytes.
 */
export function standInHash(...parts: readonly (string | undefined)[]): string {
  return `${prefix}${parts.filter((part) => part !== undefined).join("@")}`;
}

/** Whether this is a hash that says what the bytes are. */
export function isHash(codeSha256: string): boolean {
  return codeSha256 !== "" && !codeSha256.startsWith(prefix);
}
