// Where a file's imports lead, and which clients of Postgres are among them.
import type { NodeImport } from "../../facts/inventory.ts";
import { nodeDrivers } from "../drivers.ts";
import type { DriverUse } from "../python/closure.ts";
import { isFolder, nodeAt, type Part, type ViewFile } from "../view.ts";
import type { Loading } from "./loading.ts";
import { locateNode, parentOf, splitSpecifier, type Located } from "./locate.ts";

/** Where an import of a file leads. */
export function resolve(
  loading: Loading,
  file: ViewFile,
  { specifier }: NodeImport,
  how: "require" | "import",
): Located {
  const { version } = loading.options.runtime;
  const found = locateNode(loading.files, parentOf(file.path), specifier, {
    how,
    version,
    fallbacks: loading.fallbacks,
  });
  const { name } = splitSpecifier(specifier);
  // `import` finds what the runtime brings by a way of its own.
  if (found.kind === "missing" && isProvided(loading, name)) return { kind: "builtin" as const };
  const inOwnCode = !file.path.includes("/node_modules/");
  if (inOwnCode && nodeDrivers.has(name)) noteDriver(loading, name, found.kind === "file" ? found.path : undefined);
  return found;
}

/** The AWS SDK that the runtimes bring: version 3 from Node 18 on. */
function isProvided(loading: Loading, name: string): boolean {
  const { version } = loading.options.runtime;
  return version >= 18 ? name.startsWith("@aws-sdk/") || name.startsWith("@smithy/") : name === "aws-sdk";
}

function noteDriver(loading: Loading, name: string, path: string | undefined): void {
  if (loading.drivers.has(name)) return;
  const use: DriverUse = { name, module: name, imported: path !== undefined, chain: [...loading.stack] };
  const marker = `/node_modules/${name}/`;
  const root = path === undefined ? undefined : path.slice(0, path.lastIndexOf(marker) + marker.length);
  const version = root === undefined ? undefined : loading.files.packageAt(`${root}package.json`)?.version;
  if (version !== undefined) use.version = version;
  const node = path === undefined ? undefined : nodeAt(loading.view, path);
  const part: Part | undefined = node === undefined || isFolder(node) ? undefined : node.part;
  if (part !== undefined) use.part = part;
  loading.drivers.set(name, use);
}
