/** What a signing template may hold between braces. */
export const placeholders = [
  "timestamp",
  "timestampMs",
  "timestampS",
  "client",
  "method",
  "path",
  "query",
  "body",
  "bodyHash",
  "nonce",
  "host",
] as const;
export type Placeholder = (typeof placeholders)[number];

const between = /\{([A-Za-z]+)\}/g;

/** The names between braces, in order. Braces around anything but letters are plain text. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(between)].map(([, name = ""]) => name);
}

/** The template with every known name replaced; values are not searched for further placeholders. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(between, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
