// What kind of native file some bytes are. The loader decides by content; the file's name is only a hint.
import type { NativeFacts } from "../facts/inventory.ts";
import { parseElf } from "./elf.ts";
import { parseMachO } from "./macho.ts";
import { parsePe } from "./pe.ts";

/** Python modules that libraries import from their own code, where no source shows it: cffi's, for all that are built with it. */
const selfImported = ["_cffi_backend"];

/** How a library looks for numpy: by the C interface as it is initialised, or by Cython, somewhere. */
function numpyIn(text: Buffer): string[] {
  if (!text.includes(".multiarray failed to import")) return [];
  const found = ["numpy._core.multiarray", "numpy.core.multiarray"].find((name) =>
    text.includes(`${name} failed to import`),
  );
  if (found === undefined) return [];
  return [text.includes("__pyx_") ? "numpy" : found];
}

/** How much of a file tells its format, word size and machine. */
export const nativeHeadBytes = 1024;

/** Reads the facts of a library from its bytes or a head of them; `fileSize` is the whole file's length. */
export function nativeFacts(bytes: Uint8Array, fileSize: number): NativeFacts {
  if (fileSize === 0) return { format: "empty", size: 0 };
  const elf = parseElf(bytes, fileSize);
  if (elf !== undefined) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const mentions = [...selfImported.filter((name) => text.includes(name)), ...numpyIn(text)];
    return mentions.length === 0 ? elf : { ...elf, mentions };
  }
  const known = parseMachO(bytes, fileSize) ?? parsePe(bytes, fileSize);
  if (known !== undefined) return known;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString("latin1");
  if (head.startsWith("version https://git-lfs")) return { format: "git-lfs-pointer", size: fileSize };
  if (head.startsWith("!<arch>\n")) return { format: "archive", size: fileSize };
  if (head.startsWith("\0asm")) return { format: "wasm", size: fileSize };
  return { format: /^[\t\n\r\x20-\x7e]*$/.test(head) ? "text" : "unknown", size: fileSize };
}

/** True for a name that a dynamic loader or an interpreter would open as a library. */
export function isNativeName(path: string): boolean {
  return /\.(?:so|pyd|dylib|dll|node)$|\.so\.[\d.]+$/.test(path);
}
