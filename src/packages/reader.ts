// What a package is read through. The source implements these over HTTP ranges, a file or a folder; nothing here does I/O.

/** Random access to the bytes of one archive. */
export type ByteReader = {
  /** The archive's length in bytes. */
  size: number;
  /**
   * Gives the bytes from `offset`, at most `length` of them; fewer only where the archive ends.
   * Rejects when the transport fails; that rejection passes through the package functions unchanged.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
};

/** One file of an unpacked package. `path` is relative to the package's root and uses `/`. */
export type FolderFile = {
  path: string;
  /** The whole `st_mode`, type bits included; links are recognised by them. */
  mode: number;
  /** Length in bytes. */
  size: number;
  /** Reads the whole file. */
  read(): Promise<Uint8Array>;
};

/** A reader over bytes that are already in memory. */
export function memoryReader(bytes: Uint8Array): ByteReader {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(offset + length, bytes.length))),
  };
}
