// Secrets that a sentence names: `the password for app is x`, `identified by 'x'`, `HMAC_SECRET "x"`.
import { wordsInText } from "./secret-words.ts";
import type { Use } from "./shapes-in-use.ts";

const words = `(?:${wordsInText})`;
const fresh = String.raw`(?!\(secret\)|\$[A-Z_{(]|<[\w .-]+>|\*+(?:\s|["']|$))`;
/** For whom: `for app`, `of the role "app"`. */
const whose = String.raw`(?:\s(?:for|of)\s(?:the\s)?(?:(?:user|role|account|database)\s)?\\*["']?[\w.@-]{1,63}\\*["']?)`;
const verb = String.raw`\s{1,8}(?:is|was)\s{1,8}(?:now\s|(?:re)?set\sto\s|changed\sto\s)?`;
/** Letters and digits together: no word of a sentence. */
const mixed = String.raw`(?=[^\s"']{0,64}\d)(?=[^\s"']{0,64}[A-Za-z])`;

/** One of these, without regard to case, is in whatever `proseUses` matches, or a word that names a secret. */
export const proseTerms: readonly string[] = ["identified by", "sid="];

export const proseUses: readonly Use[] = [
  {
    sign: /\b(?:is|was)\s/i,
    pattern: new RegExp(String.raw`(${words}${whose}?${verb}\\*["']?)${fresh}${mixed}[^\s"',;()\\]{6,512}`, "gi"),
  },
  {
    sign: /passw(?:or)?d\s/i,
    pattern: new RegExp(
      String.raw`(passw(?:or)?d${whose}?${verb}\\*["'])${fresh}(?!(?:missing|empty|none|null|undefined|unset|true|false)\\*["'])[^"'\r\n\\]{1,512}(?=\\*["'])`,
      "gi",
    ),
  },
  {
    sign: /identified by/i,
    pattern: new RegExp(String.raw`(\bidentified by (?:values? )?\\*["'])${fresh}[^"'\r\n\\]{1,512}(?=\\*["'])`, "gi"),
  },
  {
    sign: /pwd\s/i,
    pattern: new RegExp(String.raw`(\bpwd\s)${fresh}${mixed}[^\s"'/,;:()\\]{6,512}(?![^\s,.;:)])`, "gi"),
  },
  // A setting's name and its value in quotes, which is no other name.
  {
    sign: /[A-Z]_(?:SECRET|PASS(?:W(?:OR)?D)?|PWD|TOKEN)\s/,
    pattern: new RegExp(
      String.raw`(?<![A-Z0-9_])([A-Z][A-Z0-9_]{0,60}_(?:SECRET|PASS(?:W(?:OR)?D)?|PWD|TOKEN)\s\\*["'])${fresh}(?![A-Z][A-Z0-9_]*\\*["']|(?:None|True|False|Null)\\*["'])(?=[^\s"']{0,64}[A-Z0-9])[^\s"'/\\]{4,512}(?=\\*["'])`,
      "g",
    ),
  },
  {
    sign: /\btried\s/,
    pattern: new RegExp(
      String.raw`((?<=password\b[^\r\n]{0,100})\btried\s(?:with\s)?\\*["'])${fresh}(?!(?:md5|scram[\w-]*|password|trust|peer|cert)\\*["'])[^"'\r\n\\]{1,512}(?=\\*["'])`,
      "gi",
    ),
  },
  // A session's id; Postgres has one of its own in the prefix of its log lines.
  {
    sign: /\bsid=/i,
    pattern: new RegExp(
      String.raw`((?<![\w.-])sid=\\*["']?)(?!\(secret\)|[0-9a-f]{8}\.[0-9a-f]{1,8}(?![\w.]))${mixed}[A-Za-z0-9%_.:~+/-]{12,1024}`,
      "gi",
    ),
  },
];
