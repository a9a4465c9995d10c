/** A value that `cscp init` could not know and that nobody has filled in yet. */
interface Placeholder {
  /** Where it stands: `smoke.customerId`. */
  readonly at: string;
  readonly text: string;
}

const placeholder = /^<[A-Z][A-Z0-9-]*>$/;

/** What stands for a value that a person must fill in: `<CUSTOMER-ID>`. */
export function isPlaceholder(text: string): boolean {
  return placeholder.test(text);
}

/** A configuration without the entries that are placeholders, so that their defaults hold, and which those were. */
export function withoutPlaceholders(json: unknown): {
  readonly value: unknown;
  readonly placeholders: readonly Placeholder[];
} {
  const found: Placeholder[] = [];
  const walk = (value: unknown, at: string): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const place = at === "" ? key : `${at}.${key}`;
      if (typeof inner !== "string" || !isPlaceholder(inner)) return [[key, walk(inner, place)]];
      found.push({ at: place, text: inner });
      return [];
    });
    return Object.fromEntries(entries);
  };
  return { value: walk(json, ""), placeholders: found };
}
