/** What failures name, the most telling first. Values, users and messages are none: they differ, or are data. */
const captures = (
  "module package library symbol attribute table relation column handler file variable setting option argument " +
  "parameter name host"
).split(" ");

/** What a failure is about, of what its signature found in the text; undefined where it names nothing. */
export function tellingOf(found: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = captures.find((each) => (found[each] ?? "").trim() !== "");
  return name === undefined ? undefined : found[name]?.trim();
}
