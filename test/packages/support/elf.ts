// Writes small ELF libraries: the parts that the loader reads, and nothing else.

export type ElfInput = {
  machine?: number;
  bits?: 32 | 64;
  type?: number;
  needed?: readonly string[];
  runpath?: string;
  rpath?: string;
  inits?: readonly string[];
  versions?: readonly { library: string; names: readonly string[] }[];
};

/** Builds a shared library with one segment that maps the whole file at its own offsets. */
export function makeElf(input: ElfInput = {}): Buffer {
  const strings: number[] = [0];
  const text = (value: string): number => {
    const at = strings.length;
    strings.push(...Buffer.from(value), 0);
    return at;
  };
  const tags: [number, number][] = (input.needed ?? []).map((name) => [1, text(name)]);
  if (input.rpath !== undefined) tags.push([15, text(input.rpath)]);
  if (input.runpath !== undefined) tags.push([29, text(input.runpath)]);
  for (const init of input.inits ?? []) text(`PyInit_${init}`);
  const versions = (input.versions ?? []).map(({ library, names }) => ({
    library: text(library),
    names: names.map(text),
  }));
  const dynamicAt = 64 + 2 * 56;
  const dynamicBytes = (tags.length + 5) * 16;
  const versionsAt = dynamicAt + dynamicBytes;
  const versionBytes = versions.reduce((sum, { names }) => sum + 16 + 16 * names.length, 0);
  const stringsAt = versionsAt + versionBytes;
  const size = stringsAt + strings.length;
  const elf = Buffer.alloc(size);
  elf.write("\x7fELF", 0, "latin1");
  elf[4] = input.bits === 32 ? 1 : 2;
  elf[5] = 1;
  elf[6] = 1;
  elf.writeUInt16LE(input.type ?? 3, 16);
  elf.writeUInt16LE(input.machine ?? 62, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, bytes: number) => {
    elf.writeUInt32LE(type, at);
    elf.writeUInt32LE(5, at + 4);
    for (const [field, value] of [
      [8, offset],
      [16, offset],
      [24, offset],
      [32, bytes],
      [40, bytes],
      [48, 8],
    ] as const) {
      elf.writeBigUInt64LE(BigInt(value), at + field);
    }
  };
  segment(64, 1, 0, size);
  segment(64 + 56, 2, dynamicAt, dynamicBytes);
  tags.push([5, stringsAt], [10, strings.length], [0x6ffffffe, versionsAt], [0x6fffffff, versions.length]);
  for (const [index, [tag, value]] of tags.entries()) {
    elf.writeBigInt64LE(BigInt(tag), dynamicAt + index * 16);
    elf.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + 8);
  }
  let at = versionsAt;
  for (const [index, { library, names }] of versions.entries()) {
    const bytes = 16 + 16 * names.length;
    elf.writeUInt16LE(1, at);
    elf.writeUInt16LE(names.length, at + 2);
    elf.writeUInt32LE(library, at + 4);
    elf.writeUInt32LE(16, at + 8);
    elf.writeUInt32LE(index + 1 < versions.length ? bytes : 0, at + 12);
    for (const [each, name] of names.entries()) {
      const aux = at + 16 + each * 16;
      elf.writeUInt32LE(name, aux + 8);
      elf.writeUInt32LE(each + 1 < names.length ? 16 : 0, aux + 12);
    }
    at += bytes;
  }
  elf.set(strings, stringsAt);
  return elf;
}
