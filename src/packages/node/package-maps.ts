// What the `exports` and `imports` of a package.json make of a name, by conditions and patterns.

/**
 * The target of a subpath (`.`, `./x`) or an internal name (`#x`); undefined where the map has none or excludes it. The
 * condition `module-sync` is met where `require` may load ES modules: Lambda switches that off before Node 24.
 */
export function mapTarget(
  map: unknown,
  name: string,
  { how, version }: { how: "require" | "import"; version: number },
): string | undefined {
  const conditions = new Set(["node", "node-addons", how, "default", ...(version >= 24 ? ["module-sync"] : [])]);
  const isMap = isObject(map) && Object.keys(map).some((key) => key.startsWith(".") || key.startsWith("#"));
  if (!isMap) return name === "." ? (pick(map, conditions) ?? undefined) : undefined;
  const entries = Object.entries(map);
  const exact = name.includes("*") ? undefined : entries.find(([key]) => key === name);
  if (exact !== undefined) return pick(exact[1], conditions) ?? undefined;
  const patterns = entries.flatMap(([key, value]) => {
    const star = key.indexOf("*");
    if (star < 0) return [];
    const [before, after] = [key.slice(0, star), key.slice(star + 1)];
    const fits = name.startsWith(before) && name.endsWith(after) && name.length >= key.length && name !== before;
    return fits ? [{ before, after, value }] : [];
  });
  // The longer what stands before the star, the more exact the pattern.
  const [best] = patterns.sort((a, b) => b.before.length - a.before.length || b.after.length - a.after.length);
  if (best === undefined) return undefined;
  const middle = name.slice(best.before.length, name.length - best.after.length);
  return pick(best.value, conditions)?.replaceAll("*", () => middle);
}

/**
 * Whether a target of `exports` is one: it stays inside its package, and leads into no folder of modules. Of a list Node
 * passes over those that are none.
 */
export const isTarget = (target: string): boolean =>
  target.startsWith("./") && !/(?:^|[\\/])(?:\.\.?|node_modules)(?:[\\/]|$)/i.test(target.slice(2));

/** The first target whose conditions are met; null excludes the name, and ends the search. */
function pick(value: unknown, conditions: ReadonlySet<string>): string | null | undefined {
  if (typeof value === "string" || value === null) return value;
  if (Array.isArray(value)) {
    const found = value.map((each) => pick(each, conditions)).filter((each) => typeof each === "string");
    return found.find(isTarget) ?? found.at(-1);
  }
  if (!isObject(value)) return undefined;
  for (const [condition, target] of Object.entries(value)) {
    const found = conditions.has(condition) ? pick(target, conditions) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
