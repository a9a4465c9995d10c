import type { Inventory } from "../../facts/inventory.ts";
import { elfMachine } from "../../packages/python/target.ts";

/** What a package's native files are built for: processors as ELF names them, or another system; each once. */
export function nativeMachines(inventory: Inventory): readonly string[] {
  const machines = Object.values(inventory.native).flatMap((facts) => {
    switch (facts.format) {
      case "elf":
        return [facts.machine];
      case "macho":
        return ["macOS"];
      case "pe":
        return ["Windows"];
      case "empty":
      case "text":
      case "git-lfs-pointer":
      case "archive":
      case "wasm":
      case "unknown":
        return [];
    }
  });
  return [...new Set(machines)].toSorted();
}

/** True when native code, if there is any, is there for the function's processor. */
export function runsOn(machines: readonly string[], architecture: string): boolean {
  return machines.length === 0 || machines.includes(elfMachine(architecture === "arm64" ? "arm64" : "x86_64"));
}

/**
 * Says that a package or layer lacks a module: `no python/pg8000 among its 41 files`. Undefined where something of the
 * name is there, even in a place that is not searched: then it is not for want of the files that the import fails.
 */
export function absenceText(
  inventory: Inventory,
  module: string,
  of: { readonly kind: "package" | "layer"; readonly runtime: string },
): string | undefined {
  const node = of.runtime.startsWith("nodejs");
  const name = node ? module : (module.split(".", 1)[0] ?? module);
  if (holds(inventory, name)) return undefined;
  const folder = node ? "node_modules/" : "";
  const root = of.kind === "package" ? "" : node ? "nodejs/" : "python/";
  return `no ${root}${folder}${name} among its ${inventory.files} ${inventory.files === 1 ? "file" : "files"}`;
}

function holds(inventory: Inventory, name: string): boolean {
  return Object.entries(inventory.folders).some(
    ([folder, rows]) =>
      `/${folder}/`.includes(`/${name}/`) ||
      rows.some(([file]) => file === name || file.startsWith(`${name}.`) || file.split("\\").includes(name)),
  );
}
