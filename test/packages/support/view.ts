// Views of small packages written out in a test.
import { inventoryOfFolder, inventoryOfZip } from "../../../src/packages/inventory.ts";
import { memoryReader, type FolderFile } from "../../../src/packages/reader.ts";
import { buildView, type View } from "../../../src/packages/view.ts";
import type { Inventory } from "../../../src/facts/inventory.ts";
import { makeZip } from "./zip.ts";

type FileText = string | Uint8Array | { data: string | Uint8Array; mode: number };
export type Files = Readonly<Record<string, FileText>>;

const parts = (file: FileText): { data: Buffer; mode: number } =>
  typeof file === "object" && "data" in file
    ? { data: Buffer.from(file.data), mode: file.mode }
    : { data: Buffer.from(file), mode: 0o644 };

/** The files of a test as an unpacked package. */
export function folderFiles(files: Files): FolderFile[] {
  return Object.entries(files).map(([path, file]) => {
    const { data, mode } = parts(file);
    return { path, mode: 0o100000 | mode, size: data.length, read: () => Promise.resolve(data) };
  });
}

/** The inventory of a package; through a zip archive, as Lambda has it. */
export async function inventoryOf(files: Files, modules: readonly string[] = []): Promise<Inventory> {
  const zip = makeZip(
    Object.entries(files).map(([name, file]) => {
      const { data, mode } = parts(file);
      return { name, data, mode: (name.endsWith("/") ? 0o040000 : 0o100000) | mode };
    }),
  );
  const result = await inventoryOfZip(memoryReader(zip), { modules });
  if (!result.ok) throw new Error(result.problem.text);
  return result.inventory;
}

/** The inventory of the same files as a folder. */
export async function inventoryOfFiles(files: Files): Promise<Inventory> {
  const result = await inventoryOfFolder(folderFiles(files));
  if (!result.ok) throw new Error(result.problem.text);
  return result.inventory;
}

/** A function with its layers. */
export async function viewOf(files: Files, layers: readonly Files[] = []): Promise<View> {
  return buildView({
    package: { name: "Tickets", inventory: await inventoryOf(files) },
    layers: await Promise.all(
      layers.map(async (layer, index) => ({
        name: `layer${index + 1}:1`,
        arn: `arn:aws:lambda:eu-west-1:111122223333:layer:layer${index + 1}:1`,
        inventory: await inventoryOf(layer),
      })),
    ),
  });
}
