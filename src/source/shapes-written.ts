// Secrets behind a name whose quotes are escaped, encoded or apart, and tokens that an address carries.
import { wordsInText } from "./secret-words.ts";
import type { Use } from "./shapes-in-use.ts";

const quote = String.raw`\\*["']`;
const words = `(?:${wordsInText})`;
const headers = "(?:proxy-)?authorization|x-signature|x-api-key|x-amz-security-token|(?:set-)?cookies?";
const fresh = String.raw`(?!\(secret\)|\$[A-Z_{(]|<[\w .-]+>|\*+(?:\s|$))`;
/** A quote as JSON, JavaScript, markup or an address escapes it. */
const encodedQuote = String.raw`\\+u002[27]|\\+x2[27]|&(?:amp;)?(?:quot|apos|#0?3[49]|#x2[27]);|%(?:25)?2[27]`;
const encodedBlank = String.raw`(?:[ \t+]|%(?:25)?20)`;

/** One of these, without regard to case, is in whatever `writtenUses` matches, or a word that names a secret or a header. */
export const writtenTerms: readonly string[] =
  "?code= &code= ?key= &key= sessionid= sessid= connect.sid= telegram :aa =4/0 \"4/0 '4/0".split(" ");

export const writtenUses: readonly Use[] = [
  {
    sign: new RegExp(encodedQuote, "i"),
    pattern: new RegExp(
      String.raw`(${words}(${encodedQuote})${encodedBlank}{0,4}(?::|=>?|%(?:25)?3[ad])${encodedBlank}{0,4}\2)${fresh}(?!\2)(?:(?!\2)[^\r\n]){1,1024}`,
      "gi",
    ),
  },
  // An option and its value as two items of a list.
  {
    sign: /--[^\s,]{1,100}["']\s{0,4},/,
    pattern: new RegExp(
      String.raw`(--(?:\w{1,32}-){0,4}${words}${quote}\s{0,4},\s{0,4}(${quote}))${fresh}(?!\2)[^\r\n]{1,1024}?(?=\2)`,
      "gi",
    ),
  },
  // A value whose type or name stands between, as DynamoDB and message attributes write it.
  {
    sign: /["']\s{0,4}:\s{0,4}\{/,
    pattern: new RegExp(
      String.raw`((?:${words}|${headers})${quote}\s{0,4}:\s{0,4}\{\s{0,8}(?:${quote}(?:DataType|Type)${quote}\s{0,4}:\s{0,4}${quote}\w{1,20}${quote}\s{0,4},\s{0,4})?${quote}(?:S|N|B|SS|BS|(?:String)?Value)${quote}\s{0,4}:\s{0,4}\[?\s{0,4}${quote})${fresh}[^"'\r\n\\]{1,4096}(?=\\*["'])`,
      "gi",
    ),
  },
  // All cookies of a list, which may be cut off.
  {
    sign: /cookies?\\*["']\s{0,4}:\s{0,4}\[/i,
    pattern: new RegExp(
      String.raw`((?:set-)?cookies?${quote}\s{0,4}:\s{0,4}\[\s{0,8}${quote})${fresh}[^\]\r\n]{3,8192}(?<![\s"'\\])`,
      "gi",
    ),
  },
  // A block of YAML: the lines below with the same indentation.
  {
    sign: /:[ \t]{0,8}[|>][-+\d]{0,2}[ \t]{0,8}(?:[\r\n]|\\+[rn])/,
    pattern: new RegExp(
      String.raw`(${words}(?:${quote})?[ \t]{0,8}:[ \t]{0,8}[|>][-+\d]{0,2}[ \t]{0,8}(?:\r?\n|(?:\\+r)?\\+n)([ \t]{1,64}))(?![ \t])${fresh}(?:(?!\\+n)[^\r\n]){1,4096}(?:(?:\r?\n|(?:\\+r)?\\+n)\2(?:(?!\\+n)[^\r\n]){1,4096})*`,
      "gi",
    ),
  },
  // ODBC puts a value with semicolons in braces and writes a closing one twice.
  {
    sign: /(?:password|pwd)\s?=\s?\{/i,
    pattern: new RegExp(
      String.raw`((?:password|pwd)\s?=\s?)(?!\{(?:[{"'\s]|[A-Za-z_.]*(?:[[\]()!:]|\}(?!\}))))\{(?:[^}\r\n]|\}\}){1,512}(?:\}|$)`,
      "gim",
    ),
  },
  // A key of base64 behind its name, with a blank between. Git's hashes have no capitals.
  {
    sign: /(?:key|secret|token|hmac|password)s?\s/i,
    pattern: new RegExp(
      String.raw`((?:[Ss]igning|[Ee]ncryption|[Mm]aster|[Pp]rivate|[Ss]ecret|[Aa]pi|API|[Aa]ccess|[Aa]ccount|[Ss]hared|[Hh]mac|HMAC)[ _-]?[Kk]ey\s{1,3}(?:is\s)?)(?=\S{0,87}[a-z])(?=\S{0,87}[A-Z])(?=\S{0,87}\d)(?:[A-Za-z0-9+/]{31,512}={1,2}|[A-Za-z0-9+/]{43,512})(?![A-Za-z0-9+/=])`,
      "g",
    ),
  },
  // A bot's token, its right to post.
  {
    sign: /\d:[A-Za-z0-9_-]{10}/,
    pattern:
      /((?:telegram\.org\/(?:file\/)?bot\d{3,20}:)|(?<!\d)\d{6,12}:(?=AA[A-Za-z0-9_-]{30}))[A-Za-z0-9_-]{10,64}/g,
  },
  // The code that a sign-in trades for a token.
  { sign: /[=:"']\s?["']?4\/0/, pattern: /((?:[=:]\s?|["']))4\/0[A-Za-z0-9_-]{10,512}/g },
  {
    sign: /[?&]code=/i,
    pattern: /([?&]code=)(?=[^\s&"']{0,64}\d)(?=[^\s&"']{0,64}[A-Za-z])[A-Za-z0-9%/_.~-]{12,2048}/gi,
  },
  {
    sign: /[?&]key=/i,
    pattern:
      /([?&]key=)(?!(?:[a-z]+[-_])+\d{1,6}(?![\w-]))(?=[^\s&"']{0,64}\d)(?=[^\s&"']{0,64}[A-Za-z])[A-Za-z0-9_-]{8,512}(?![\w./%-])/gi,
  },
  {
    sign: /(?:sessionid|sessid|connect\.sid)=/i,
    pattern: /((?:sessionid|sessid|connect\.sid)=)(?=[^\s;&"']{0,64}\d)[A-Za-z0-9%_.:~+/-]{8,1024}/gi,
  },
];
