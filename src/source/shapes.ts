// Secrets that are known by their shape alone, whether or not anyone handed them over before.

import { Buffer } from "node:buffer";
import { quickTerms } from "../logs/quick-terms.ts";
import { isAboutHeader, isHarmless, isRemark, placeholder } from "./harmless.ts";
import { providerKey, providerSign, providerStarts, secretWords, wordsInText } from "./secret-words.ts";
import { errorTerms, errorUses, mayHoldAddress, scrubQuoted } from "./shapes-in-errors.ts";
import { proseTerms, proseUses } from "./shapes-in-prose.ts";
import { scrubBase64, usesTerms, uses } from "./shapes-in-use.ts";
import { spokenTerms, spokenUses } from "./shapes-spoken.ts";
import { statedTerms, statedUses } from "./shapes-stated.ts";
import { writtenTerms, writtenUses } from "./shapes-written.ts";

export const marker = "(secret)";

interface Shape {
  /** A cheap sign that the expression may match at all. */
  readonly sign: RegExp;
  readonly pattern: RegExp;
  /** Which group is kept in front of the marker. */
  readonly keep: boolean;
  /** Which values without quotes stay: a remark about what is missing. */
  readonly stays?: (value: string) => boolean;
}

const quoted = String.raw`(?:\\?["'])?`;
const colon = "(?::|%3[aA])";
/** As JSON may write them, too. */
const slashes = String.raw`(?:\\{0,4}/|%2[fF]){2}`;
/** Neither replaced before nor a placeholder. */
const fresh = String.raw`(?!\s*(?:\(secret\)|(?:\w+=)?(?:${placeholder})(?:[@&\s"'\\/?]|$)))`;

/** A quote or bracket of which nothing behind it says that it ends a text, or is of markup. */
const inside = String.raw`(?:["'](?![,;:)\]}\s]|$)|<(?![^\s<>@]*>)|>)`;

/** `postgres` in hexadecimal, its bytes with or without a percent sign: a URL that was encoded whole. */
const hexed = [..."postgres"].map((char) => `%?${char.charCodeAt(0).toString(16)}`).join("");

const shapes: readonly Shape[] = [
  {
    sign: new RegExp(hexed, "i"),
    pattern: new RegExp(`${hexed}(?:%?[0-9a-f]{2}){0,16}%?3a(?:%?2f){2}(?:%?[0-9a-f]{2})+`, "gi"),
    keep: false,
  },
  // A key of several lines, its breaks escaped or not; cut off at the end of what is there.
  {
    sign: /-----BEGIN/,
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}-----(?:[A-Za-z0-9+/=\s:,.-]|\\+[rnu]|&#1[03];)*?(?:-----END [A-Z0-9 ]{0,40}-----|$|(?=[^A-Za-z0-9+/=\s:,.\\&#;-]))/g,
    keep: false,
  },
  // scheme://user:password@; the user stays, since errors name it too. A password of a database may hold any character,
  // unescaped ones included: that is a fault people make. Elsewhere a slash ends the authority.
  {
    sign: /:\\{0,4}\/|%3[aA]/,
    pattern: new RegExp(
      String.raw`(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?)(?:\+[a-z0-9]+)?${colon}${slashes}[^\s:@/"'<>]{0,128}${colon})${fresh}(?:[^\s"'<>]|${inside}){1,512}(?=@|%40)`,
      "gi",
    ),
    keep: true,
  },
  {
    sign: /:\\{0,4}\/|%3[aA]/,
    pattern: new RegExp(
      String.raw`(\b[a-z][a-z0-9+.-]{1,30}${colon}${slashes}[^\s:@/"'<>]{0,128}${colon})${fresh}[^\s/"'<>]{1,512}(?=@|%40)`,
      "gi",
    ),
    keep: true,
  },
  { sign: /AKIA|ASIA/, pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, keep: false },
  // JSON Web Tokens: three parts, the first two of which are JSON objects, or five where they are encrypted, of which
  // the second may be empty.
  {
    sign: /eyJ/,
    pattern:
      /(?:(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}|(?<=[_-])eyJ[A-Za-z0-9_-]{5,1024})\.(?:[A-Za-z0-9_-]{4,}|\.[A-Za-z0-9_-]{4,})(?:\.[A-Za-z0-9_-]*){0,3}/g,
    keep: false,
  },
  {
    sign: /authorization|x-signature|x-api-key|x-amz-security-token|cookie/i,
    pattern: new RegExp(
      // A header may have a list of values; a quote that opens a value ends it.
      String.raw`((?:proxy-)?authorization|x-signature|x-api-key|x-amz-security-token(?!=)|(?:set-)?cookie)(${quoted}\s*[:=]\s*(?!\s)(?:\[\s*(?!\s))?${quoted})(?!NONE\b|AWS_IAM\b|CUSTOM\b|JWT\b|COGNITO_USER_POOLS\b)(?!bearer\s+\$)${fresh}(?!bearer\s+\(secret\))(?:(?<=(?<!\\)")(?:\\[^\r\n]|[^\r\n"\\]){3,}|(?<=\\")[^\r\n"\\]{3,}|(?<=')[^\r\n'\\]{3,}|(?<!["'])[^\r\n"'\\]{3,})`,
      "gi",
    ),
    keep: true,
    stays: isAboutHeader,
  },
  { sign: /bearer\s/i, pattern: /(\bbearer\s+)(?!\(secret\))[A-Za-z0-9._~+/=-]{8,}/gi, keep: true },
  {
    sign: /x-amz-|signature=|awsaccesskeyid=/i,
    pattern:
      /(\b(?:X-Amz-(?:Signature|Security-Token|Credential)|Signature|AWSAccessKeyId)(?:=|%3[dD]))(?!\(secret\))[^\s&"'<>\\]{4,}/gi,
    keep: true,
  },
  { sign: providerSign, pattern: new RegExp(providerKey, "g"), keep: false },
  // A token in the place of the user; git's own user says nothing.
  {
    sign: /https?:\/\//i,
    pattern: new RegExp(String.raw`(\bhttps?://)(?!git@)${fresh}[^\s:@/?#"'<>\\]{1,512}(?=@[\w[])`, "gi"),
    keep: true,
  },
];

const anyWord = new RegExp(wordsInText, "i");

/** `name=x`, `name: x`, `"name": "x"`, `--name x`, quoted and escaped however deep. The parts: head, quote, value. */
const named = new RegExp(
  String.raw`((?:${wordsInText})(?:\\*["'])?[ \t\u00a0]*(?:=>|->(?![ \t]*\x60)|:=|(?:is|was)[ \t]?:|=(?!=)|[:\uff1a](?![:/=])|%3[dD])[ \t\u00a0]*(?:\[[ \t]*(?=\\*["']))?(?:[bruf]{1,2}(?=\\*["']))?|--(?:\w+-){0,4}(?:${wordsInText})[ \t]+(?!-))` +
    String.raw`(?:(\\*["'])(?!\2)((?:\2\2|(?!\2\2)[^\r\n]){1,1024}?)(?=(?<!\\)(?:\2|(?:\\\\){1,16}(?!\\)\2)(?!\2))|((?:\\*["'])?)((?:(?:bearer|basic)[ \t]+)?(?:[^\s&"'<>,;(){}\\]|\\{1,4}["'](?=[^\s,;:(){}[\]"'\\])|(?!\(secret\))[,;(){}](?=[A-Za-z0-9!@#%^*])(?![\w-]+(?:\\*["'])?\s*[=:])){1,512}))`,
  "gi",
);

/** `Unexpected token = in` tells of a parser; `secret:` inside of an ARN is followed by the secret's name. */
function isOtherUse(text: string, at: number): boolean {
  return /(?:unexpected|illegal|near)\s+["'`]?$|\barn:[^\s"',]*$/i.test(text.slice(Math.max(0, at - 160), at));
}

function scrubNamed(text: string): string {
  return text.replace(
    named,
    (
      found: string,
      head: string,
      quote: string | undefined,
      inner: string | undefined,
      open: string | undefined,
      bare: string | undefined,
      at: number,
    ) => {
      if (isHarmless(inner ?? bare ?? "") || isOtherUse(text, at)) return found;
      const end = at + found.length;
      if (bare !== undefined && (open ?? "") === "") {
        const before = text.slice(Math.max(0, at - 160), at + head.length);
        if (isRemark(before, bare, text.slice(end, end + 60))) return found;
      }
      return head + (quote ?? open ?? "") + marker;
    },
  );
}

/** A value of HTTP's Basic scheme is base64 of `user:password`; other words after `basic` are prose. */
function scrubBasic(text: string): string {
  return text.replace(/(\bbasic\s+)([A-Za-z0-9+/_-]{6,}={0,2})/gi, (found: string, head: string, value: string) =>
    value.endsWith("=") || Buffer.from(value, "base64").toString("latin1").includes(":") ? head + marker : found,
  );
}

/** A word with each way to write what stands between its parts. */
function spellings(word: string): readonly string[] {
  const [first = "", ...rest] = word.split("_");
  return rest.reduce<readonly string[]>(
    (heads, part) => heads.flatMap((head) => ["", "_", "-"].map((gap) => head + gap + part)),
    [first],
  );
}

/**
 * What of a word is looked for: its longest piece of ASCII, of which alone the case does not matter, else all of it in both
 * cases. A word that is too short goes with what may follow it.
 */
function termsOf(word: string): readonly string[] {
  if (word.length < 3) return [...`=: "'\\&%\uff1a`].map((next) => word + next);
  const ascii = word.split(/[^ -~]+/).toSorted((a, b) => b.length - a.length)[0] ?? "";
  if (ascii.length >= 4 || ascii.length === word.length) return [ascii];
  const escaped = word.replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [word, word.replaceAll(/[^ -~]/g, (letter) => letter.toUpperCase()), escaped];
}

/**
 * One of these, in either case, is in whatever a shape or a name matches. Most lines of a log have none, and to ask every
 * expression takes twenty times as long.
 */
export const secretSigns: readonly string[] = [
  ..."-----begin :// %3a akia asia eyj authorization x-signature x-api-key x-amz- cookie bearer basic".split(" "),
  ...String.raw`:\/ :\\ signature= signature%3d awsaccesskeyid`.split(" "),
  "706f7374",
  "%70%6f%73%74",
  ...providerStarts.map((start) => start.toLowerCase()),
  ...usesTerms,
  ...errorTerms,
  ...writtenTerms,
  ...proseTerms,
  ...statedTerms,
  ...spokenTerms,
  ...secretWords.flatMap(({ word, text }) => (text === "never" ? [] : spellings(word).flatMap(termsOf))),
];
const hasSecretSign = quickTerms(secretSigns, true);

/** Characters of base64 in a row that are enough to hold a URL or a line of a key; a request id is shorter. */
const longRun = 40;
const ofBase64 = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ofBase64[char.charCodeAt(0)] = 1;

/** Whether the text has such a run. Looks at every fortieth character of most texts, where an expression tries at each. */
export function hasLongRun(text: string): boolean {
  let from = 0;
  while (from + longRun <= text.length) {
    let at = from + longRun - 1;
    while (at >= from && ofBase64[text.charCodeAt(at)] === 1) at -= 1;
    if (at < from) return true;
    from = at + 1;
  }
  return false;
}

/**
 * The text with every secret replaced that is recognised by its shape. What was replaced before stays as it is.
 * @param hasSign whether one of `secretSigns` may be in it, where that is known
 */
export function scrubShapes(text: string, hasSign?: boolean): string {
  const long = hasLongRun(text);
  if (!long && !(hasSign ?? hasSecretSign(text)) && !mayHoldAddress(text)) return text;
  const clean = scrubPlain(text);
  return long ? scrubBase64(clean, scrubPlain, marker) : clean;
}

const allUses = [...errorUses, ...writtenUses, ...proseUses, ...statedUses, ...spokenUses, ...uses];

function scrubPlain(text: string): string {
  let clean = scrubQuoted(text, marker);
  for (const { sign, pattern } of allUses) {
    if (!sign.test(clean)) continue;
    clean = clean.replace(pattern, (_: string, head: unknown) => (typeof head === "string" ? head : "") + marker);
  }
  for (const { sign, pattern, keep, stays } of shapes) {
    if (!sign.test(clean)) continue;
    clean = clean.replace(pattern, (found: string, first: unknown, second: unknown) => {
      if (!keep) return marker;
      const head = typeof first === "string" ? first : "";
      const rest = typeof second === "string" && found.startsWith(head + second) ? second : "";
      if (stays !== undefined && /:\s*$/.test(rest) && stays(found.slice(head.length + rest.length))) return found;
      return head + rest + marker;
    });
  }
  if (/basic\s/i.test(clean)) clean = scrubBasic(clean);
  return anyWord.test(clean) ? scrubNamed(clean) : clean;
}
