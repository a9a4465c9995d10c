// Bytes of a source that are no UTF-8: where no other encoding is declared, Python refuses the file.
import type { Tree } from "@lezer/common";
import type { PythonSource } from "../../facts/inventory.ts";

const declared = /^[^\S\n]*#.*?coding[:=][^\S\n]*([-\w.]+)/;

/** How many places in comments are passed over before the rest is taken for readable, too. */
const maxPlaces = 200;

/** The first place outside comments, which Python does not decode, that is no UTF-8, as the interpreter tells it. */
export function wrongEncoding(bytes: Uint8Array, tree: Tree, text: string): PythonSource["syntaxError"] {
  if (!text.includes("\uFFFD")) return undefined;
  const encodings = text
    .split("\n", 2)
    .map((line) => declared.exec(line)?.[1])
    .filter((name) => name !== undefined);
  if (encodings.some((name) => !/^utf[-_]?8/i.test(name))) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let from = 0;
  for (let place = 0; place < maxPlaces; place++) {
    const at = firstWrong(buffer, from);
    if (at === undefined) return undefined;
    const node = tree.resolveInner(decoder.decode(buffer.subarray(0, at)).length, 1);
    from = at + 1;
    if (node.name === "Comment") continue;
    const isString = node.name === "String";
    const quotes = isString ? (/^\w*("""|'''|"|')/.exec(text.slice(node.from, node.to))?.[0].length ?? 0) : 0;
    const start = Buffer.byteLength(text.slice(0, node.from + quotes)) + (buffer[0] === 0xef ? 3 : 0);
    const lead = buffer[at] ?? 0;
    const next = String.fromCodePoint(buffer[at + 1] ?? 0);
    const reason =
      lead < 0xc2 || lead > 0xf4
        ? "invalid start byte"
        : isString && /["']/.test(next)
          ? "unexpected end of data"
          : "invalid continuation byte";
    const byte = `0x${lead.toString(16)} in position ${Math.max(0, at - start)}`;
    const line = text.slice(0, isString ? node.to : node.from).split("\n").length;
    return { line, text: `(unicode error) 'utf-8' codec can't decode byte ${byte}: ${reason}` };
  }
  return undefined;
}

/** The offset of the first byte from `from` on that begins no character. */
function firstWrong(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    const rest = bytes.subarray(at + 1, at + 1 + Math.max(0, more));
    if (more < 0 || rest.length < more || rest.some((byte) => (byte & 0xc0) !== 0x80)) return at;
    at += more + 1;
  }
  return undefined;
}
