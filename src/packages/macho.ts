// macOS libraries: which processors they hold code for.
import type { NativeFacts } from "../facts/inventory.ts";

type MachO = Extract<NativeFacts, { format: "macho" }>;

// The high byte marks 64 bits (mach/machine.h).
const processors: Record<number, string> = {
  7: "i386",
  12: "arm",
  0x0100_0007: "x86_64",
  0x0100_000c: "arm64",
  0x0200_000c: "arm64_32",
};

/** Reads the processor types of a thin or universal Mach-O file; undefined when the magic is another's. */
export function parseMachO(bytes: Uint8Array, fileSize: number): MachO | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0, false);
  if (magic === 0xcffaedfe || magic === 0xcefaedfe) {
    return { format: "macho", size: fileSize, cpus: [name(view.getUint32(4, true))] };
  }
  if (magic === 0xfeedface || magic === 0xfeedfacf) {
    return { format: "macho", size: fileSize, cpus: [name(view.getUint32(4, false))] };
  }
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return undefined;
  // Java class files share the first magic; their next field is a version of at least 45, never so few processors.
  const count = view.getUint32(4, false);
  if (count === 0 || count > 20) return undefined;
  const step = magic === 0xcafebabe ? 20 : 32;
  const cpus: string[] = [];
  for (let at = 8; cpus.length < count && at + 4 <= bytes.length; at += step)
    cpus.push(name(view.getUint32(at, false)));
  return { format: "macho", size: fileSize, cpus };
}

function name(code: number): string {
  return processors[code] ?? `processor ${code}`;
}
