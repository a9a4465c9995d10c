import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import yauzl from "yauzl";

export type ZipEntry = {
  /** Slash-separated path inside the archive; a folder ends in a slash. */
  readonly name: string;
  readonly data: Uint8Array;
  /** Unix permissions, such as 0o644. */
  readonly mode: number;
};

/** A fixed moment, so that the same content gives the same bytes and the same CodeSha256: 2026-01-01 00:00. */
const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1;

/** Writes a zip archive as `sam package` would: made by Unix, with permissions, deflated. */
export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const packed = deflateRawSync(entry.data, { level: 6 });
    const kind = entry.name.endsWith("/") ? 0o040000 : 0o100000;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(0x0800, 6);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(DOS_DATE, 12);
    local.writeUInt32LE(crc32(entry.data), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(entry.data.length, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE((((kind | entry.mode) << 16) | 0) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    body.push(local, name, packed);
    directory.push(central, name);
    offset += local.length + name.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, index, end]);
}

/** The files under a folder as zip entries, in name order, with the permissions they have on disk. */
export async function folderEntries(folder: string, prefix = ""): Promise<ZipEntry[]> {
  const found: ZipEntry[] = [];
  const children = await readdir(folder, { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, child.name);
    const name = prefix + child.name;
    if (child.name === ".complete") continue;
    if (child.isDirectory()) found.push(...(await folderEntries(file, `${name}/`)));
    else found.push({ name, data: await readFile(file), mode: (await stat(file)).mode & 0o777 });
  }
  return found;
}

/** SHA-256 in base64, as Lambda's CodeSha256. */
export function codeSha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64");
}

/** Unpacks an archive as Lambda does: permissions and symbolic links as recorded, later archives over earlier ones. */
export async function unpackZip(data: Buffer, folder: string): Promise<void> {
  const archive = await yauzl.fromBufferPromise(data, { lazyEntries: true });
  await mkdir(folder, { recursive: true });
  for await (const entry of archive.eachEntry()) {
    const target = path.join(folder, entry.fileName);
    const madeByUnix = entry.versionMadeBy >> 8 === 3;
    const unix = madeByUnix ? entry.externalFileAttributes >>> 16 : 0;
    if (entry.fileName.endsWith("/")) {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(path.dirname(target), { recursive: true });
    const stream = await archive.openReadStreamPromise(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    const content = Buffer.concat(chunks);
    if ((unix & 0o170000) === 0o120000) {
      await symlink(content.toString(), target);
      continue;
    }
    await writeFile(target, content);
    await chmod(target, (unix & 0o777) === 0 ? 0o644 : unix & 0o777);
  }
}
