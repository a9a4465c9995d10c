import path from "node:path";

/**
 * Where something is kept between runs: in the folder that `CSCP_CACHE` names, else in the user's cache folder.
 * Undefined where nothing is to be kept (`CSCP_CACHE=off`), or there is no place for it.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const own = env["CSCP_CACHE"];
  if (own !== undefined && /^(?:off|no|false|0)$/i.test(own)) return undefined;
  if (own) return path.join(own, name);
  const home = env["HOME"] || env["USERPROFILE"];
  const base = env["XDG_CACHE_HOME"] || env["LOCALAPPDATA"] || (home ? path.join(home, ".cache") : undefined);
  return base === undefined ? undefined : path.join(base, "cscp", name);
}
