// Windows libraries: which machine they are for.
import type { NativeFacts } from "../facts/inventory.ts";

type Pe = Extract<NativeFacts, { format: "pe" }>;

const machines: Record<number, string> = { 0x014c: "i386", 0x8664: "x86_64", 0xaa64: "arm64", 0x01c4: "arm" };

/** Reads the machine of a PE file from its first bytes; undefined when it does not start like one. */
export function parsePe(bytes: Uint8Array, fileSize: number): Pe | undefined {
  if (bytes.length < 64 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = view.getUint32(60, true);
  if (at + 6 > bytes.length) return { format: "pe", size: fileSize, machine: "unknown" };
  if (view.getUint32(at, false) !== 0x50450000) return undefined;
  const code = view.getUint16(at + 4, true);
  return { format: "pe", size: fileSize, machine: machines[code] ?? `machine ${code}` };
}
