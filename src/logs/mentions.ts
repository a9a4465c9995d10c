// What a line repeats of other people's words: a user's question, the subject of a ticket, a quoted error.

/** Fields that hold what people wrote, in whichever spelling; those of an error describe the error. */
const writtenField =
  /(?<key>["'](?!err|exc|fail|fault)(?:[a-z]{1,20}[_.]?)?(?:subject|title|question|prompt|ticket|summary|utterance|transcript|(?:user|customer|search)_?(?:message|input|text|query|term))["']\s*:\s*)(?:"[^\n]{0,2000}?"(?=\s*[,}]|$)|'[^\n]{0,2000}?'(?=\s*[,}]|$))/gi;

/** Words of sentences in which a quotation is somebody else's. */
const quotation =
  /(?<before>\b(?:asked|asks|question|subject|ticket|titled?|summary|said|wrote|search|searched|searching|comment|article|documentation|help page|chat|prompt|topic|mail|message from)\b(?<between>[^"\n]{0,80})(?<=[\s:(=]))(?:"(?![,:}\]\s])[^"\n]{0,2000}"|'(?![,:}\]\s])[^'\n]{0,2000}'(?![a-z]))/gi;

/** A text, and behind it whose it is: `x, said the user`. */
const attributed =
  /(?<before>^|[\t:"']\s{0,4}|\bINFO\b\]?\s{1,8})(?<text>[^\t"'\n]{1,500}?),\s(?:said|says|asked|asks|wrote|writes|reported|reports|complained|complains)\s(?:the|a|our|one)\s(?:user|customer)\b/i;

/** Words behind which a person's begin: a name and a colon, a verb and a question. Names of JSON fields are none. */
const introduction =
  /(?<!["'])\b(?:(?<name>subject|ticket|question|title|prompt|utterance|transcript|summary)\s*[:=]|(?:asked|asks|wrote|writes)(?:\s*[:"'`]|\s+(?:about|why|how|whether|if|what)\b)|(?:customer|user)s?\s+(?:said|says|reports|reported|complains|complained|mentions|mentioned)\b\s*:?)\s*/gi;

const reports =
  "errors?|failed|failures?|failing|exception|caught|raised|reason|because|due to|could not|cannot|unable";
/** What introduces an error that is the line's own news, at the end of what stands before a text or anywhere in it. */
const reportsNext = new RegExp(String.raw`\b(?:${reports})\b[^:=("\n]{0,20}(?:[:=(,]|$)`, "i");
const reportsInside = new RegExp(String.raw`\b(?:${reports})\b[^:=("\n]{0,20}[:=(]`, "i");
/** How far from what introduces other people's words a report is looked for, in characters. */
const farthest = 500;
/** Where an unquoted text of other people's is over, and the line goes on. */
const itsEnd = /;\s|\s(?:->|=>|\|)\s|\t|"\s*[,}]/;

/**
 * A line without what it only quotes or mentions. For lines whose level says that nothing is wrong: what they report
 * themselves, such as an error that was caught, stays.
 */
export function withoutMentions(line: string): string {
  const plain = line
    .replace(writtenField, '$<key>""')
    .replace(quotation, (whole: string, before: string, between: string) =>
      reportsNext.test(between) ? whole : before,
    )
    .replace(attributed, (whole: string, before: string, text: string) => (reportsInside.test(text) ? whole : before));
  let told = "";
  let at = 0;
  for (const found of plain.matchAll(introduction)) {
    const before = plain.slice(Math.max(at, found.index - farthest), found.index);
    if (found.index < at || reportsNext.test(before)) continue;
    const from = found.index + found[0].length;
    const length = contentLength(plain.slice(from));
    // A summary of a run, or of the work on a ticket, says what failed in it.
    const ofWork = /^(?:summary|ticket)$/i.test(found.groups?.["name"] ?? "");
    if (ofWork && reportsInside.test(plain.slice(from, from + Math.min(length, farthest)))) continue;
    told += plain.slice(at, found.index);
    at = from + length;
  }
  return told + plain.slice(at);
}

/** How much of a text that begins with other people's words is theirs: up to the closing quote, or to the clause's end. */
function contentLength(text: string): number {
  const quote = /^["'`]/.exec(text)?.[0];
  const closing = quote === undefined ? -1 : text.indexOf(quote, 1);
  if (closing > 0) return closing + 1;
  const end = text.search(itsEnd);
  return end < 0 ? text.length : end;
}
