// Writes zip archives for tests, odd ones included: zip64, data descriptors, other hosts, doubled and strange names.
import { crc32, deflateRawSync } from "node:zlib";

export type ZipInput = {
  name: string | Uint8Array;
  data?: Uint8Array | string;
  /** Unix mode with type bits; absent for an archive made on MS-DOS. */
  mode?: number;
  store?: boolean;
  descriptor?: boolean;
  zip64?: boolean;
  encrypted?: boolean;
  method?: number;
  utf8?: boolean;
  /** Announces this length instead of the true one. */
  size?: number;
  extra?: Uint8Array;
};

export type ZipOutputOptions = { zip64?: boolean; comment?: string; prefix?: Uint8Array };

const bytes = (data: Uint8Array | string | undefined): Buffer => Buffer.from(data ?? "");

/** Builds the archive. */
export function makeZip(inputs: readonly ZipInput[], options: ZipOutputOptions = {}): Buffer {
  const parts: Buffer[] = [bytes(options.prefix)];
  let offset = parts[0]?.length ?? 0;
  const directory: Buffer[] = [];
  for (const input of inputs) {
    const name = bytes(input.name);
    const data = bytes(input.data);
    const packed = input.store === true ? data : deflateRawSync(data);
    const method = input.method ?? (input.store === true ? 0 : 8);
    const flags =
      (input.descriptor === true ? 8 : 0) | (input.encrypted === true ? 1 : 0) | (input.utf8 === false ? 0 : 0x800);
    const crc = crc32(data);
    const size = input.size ?? data.length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    if (input.descriptor !== true) {
      local.writeUInt32LE(crc, 14);
      local.writeUInt32LE(packed.length, 18);
      local.writeUInt32LE(size, 22);
    }
    local.writeUInt16LE(name.length, 26);
    const pieces = [local, name, packed];
    if (input.descriptor === true) {
      const descriptor = Buffer.alloc(16);
      descriptor.writeUInt32LE(0x08074b50, 0);
      descriptor.writeUInt32LE(crc, 4);
      descriptor.writeUInt32LE(packed.length, 8);
      descriptor.writeUInt32LE(size, 12);
      pieces.push(descriptor);
    }
    let extra = bytes(input.extra);
    if (input.zip64 === true) {
      const field = Buffer.alloc(28);
      field.writeUInt16LE(1, 0);
      field.writeUInt16LE(24, 2);
      field.writeBigUInt64LE(BigInt(size), 4);
      field.writeBigUInt64LE(BigInt(packed.length), 12);
      field.writeBigUInt64LE(BigInt(offset), 20);
      extra = Buffer.concat([field, extra]);
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt8(20, 4);
    entry.writeUInt8(input.mode === undefined ? 0 : 3, 5);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc, 16);
    entry.writeUInt32LE(input.zip64 === true ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(input.zip64 === true ? 0xffffffff : size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(((input.mode ?? 0) << 16) >>> 0, 38);
    entry.writeUInt32LE(input.zip64 === true ? 0xffffffff : offset, 42);
    directory.push(entry, name, extra);
    parts.push(...pieces);
    offset += pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
  const listing = Buffer.concat(directory);
  parts.push(listing);
  const comment = bytes(options.comment);
  const big = options.zip64 === true || inputs.length > 0xffff;
  if (big) {
    const record = Buffer.alloc(56);
    record.writeUInt32LE(0x06064b50, 0);
    record.writeBigUInt64LE(44n, 4);
    record.writeUInt16LE(45, 12);
    record.writeUInt16LE(45, 14);
    record.writeBigUInt64LE(BigInt(inputs.length), 24);
    record.writeBigUInt64LE(BigInt(inputs.length), 32);
    record.writeBigUInt64LE(BigInt(listing.length), 40);
    record.writeBigUInt64LE(BigInt(offset), 48);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(BigInt(offset + listing.length), 8);
    locator.writeUInt32LE(1, 16);
    parts.push(record, locator);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(big ? 0xffff : inputs.length, 8);
  end.writeUInt16LE(big ? 0xffff : inputs.length, 10);
  end.writeUInt32LE(big ? 0xffffffff : listing.length, 12);
  end.writeUInt32LE(big ? 0xffffffff : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  parts.push(end, comment);
  return Buffer.concat(parts);
}
