/** Whether one of some texts, each of three or more characters of ASCII, may occur in another. */
export type QuickTerms = (text: string) => boolean;

const gramLength = 3;
const slots = 1 << 14;
/** A place in the table for three characters in a row. */
const slotOf = (gram: number): number => (Math.imul(gram, 0x9e3779b1) >>> 18) & (slots - 1);

/**
 * Prepares one pass over a text that tells, in a small part of the time that an expression takes, whether any of the terms
 * is in it: it looks at three characters at a time, and in full only where a term ends so.
 * @param anyCase terms are in lower case and are found in either
 */
export function quickTerms(terms: readonly string[], anyCase = false): QuickTerms {
  const table = new Uint8Array(slots);
  const byGram = new Map<number, string[]>();
  for (const term of terms) {
    if (term.length < gramLength) throw new Error(`The term ${term} is too short to be looked for.`);
    const gram = gramOf(term, term.length - gramLength);
    table[slotOf(gram)] = 1;
    byGram.set(gram, [...(byGram.get(gram) ?? []), term]);
  }
  return (text) => {
    let gram = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      gram = ((gram << 8) & 0xffff00) | ((anyCase && code >= 65 && code <= 90 ? code | 32 : code) & 255);
      if (table[slotOf(gram)] === 0) continue;
      for (const term of byGram.get(gram) ?? []) {
        const start = at + 1 - term.length;
        if (start < 0) continue;
        if (text.startsWith(term, start)) return true;
        if (anyCase && text.slice(start, at + 1).toLowerCase() === term) return true;
      }
    }
    return false;
  };
}

function gramOf(text: string, at: number): number {
  let gram = 0;
  for (let each = 0; each < gramLength; each += 1) gram = (gram << 8) | (text.charCodeAt(at + each) & 255);
  return gram;
}
