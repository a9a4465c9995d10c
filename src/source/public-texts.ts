// Words that a report shows whatever the secrets are: to hide a secret that is one of them would protect nobody and leave
// nothing readable.

/**
 * What this program's own sentences, commands and URLs consist of, and people use as passwords and keys all the same:
 * `postgres:postgres`, the signing key `test`.
 */
const ownWords: ReadonlySet<string> = new Set(
  (
    "admin answer backend client code command config connect connection database default deploy dev " +
    "development endpoint error function functions handler health host http https key lambda layer layers level " +
    "live local localhost main master name network node package password permission pooler port postgres postgresql " +
    "primary probe prod production proxy public python query read region request role root schema " +
    "server service signature smoke stack stage staging state table test testing timeout token tool tools url user " +
    "value variable version write"
  ).split(" "),
);

/** Texts that are shown anyway. */
export interface PublicTexts {
  /** Of a URL only scheme, host and path count: what stands before the host or behind the path may be secret. */
  add(...texts: readonly (string | undefined)[]): void;
  /** Whether a literal is a piece of what is shown. */
  hold(literal: string): boolean;
}

export function createPublicTexts(): PublicTexts {
  const texts = new Set<string>();
  const known = new Map<string, boolean>();
  return {
    add(...more) {
      for (const text of more) {
        const shown = text === undefined ? "" : shownOf(text);
        if (shown === "" || texts.has(shown)) continue;
        texts.add(shown);
        known.clear();
      }
    },
    hold(literal) {
      if (ownWords.has(literal)) return true;
      const before = known.get(literal);
      if (before !== undefined) return before;
      const held = [...texts].some((text) => text.includes(literal));
      known.set(literal, held);
      return held;
    },
  };
}

function shownOf(text: string): string {
  if (!text.includes("://")) return text;
  if (!URL.canParse(text)) return "";
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}
