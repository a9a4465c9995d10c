// Prisma up to version 6 runs its queries by an engine, a native library for one system: which one is in the package.
import type { PythonFailure } from "../python/resolve.ts";
import { isFolder, nodeAt, type ViewFile } from "../view.ts";
import { failureOf } from "./failures.ts";
import type { Loading } from "./loading.ts";
import { parentOf } from "./locate.ts";
import { prismaMending, prismaTarget } from "./prisma-target.ts";

/**
 * The failure that the first query will meet where the generated client has engines, and none for the runtime's system.
 * Prisma 7, and clients that bring no native engine at all, need none.
 */
export function missingEngine(loading: Loading): PythonFailure | undefined {
  const use = loading.drivers.get("@prisma/client");
  const { runtime, architecture } = loading.options;
  if (use === undefined) return undefined;
  const target = prismaTarget(runtime, architecture);
  for (const path of [...loading.loaded].filter((each) => each.includes("/.prisma/client/"))) {
    const folder = nodeAt(loading.view, parentOf(path));
    if (!isFolder(folder)) continue;
    const engines = [...folder.children.values()].filter((each): each is ViewFile => {
      return !isFolder(each) && /\/(?:lib)?query_engine-.*(?:\.node|\.exe)?$/.test(each.path);
    });
    const fits = engines.some(({ path: engine }) => engine.includes(`query_engine-${target}`));
    if (engines.length === 0 || fits) continue;
    const names = engines.map(({ path: engine }) => engine.slice(engine.lastIndexOf("/") + 1)).join(", ");
    const explanation = `Of Prisma's engines the package has ${names}; ${runtime.name} on ${architecture} needs ${target}.`;
    const message = `Prisma Client could not locate the Query Engine for runtime "${target}".`;
    return failureOf(
      "PrismaClientInitializationError",
      message,
      "driver-backend-missing",
      "@prisma/client",
      explanation,
      {
        chain: [...use.chain],
        exact: false,
        mending: prismaMending(runtime, architecture),
        ...(engines[0] === undefined ? {} : { file: engines[0].path }),
      },
    );
  }
  return undefined;
}
