// Passwords that a sentence tells without a sign before them: `the password is x`, `with password x`, `password x was refused`.
import { passwordWords } from "./secret-words.ts";
import type { Use } from "./shapes-in-use.ts";

const fresh = String.raw`(?!\(secret\)|\$[A-Z_{(]|<[\w .-]+>|\*+(?:\s|["']|$))`;
/** Letters and digits together, and no name of an algorithm. */
const mixed = String.raw`(?=[^\s"']{0,64}\d)(?=[^\s"']{0,64}[A-Za-z])(?!(?:md5|sha-?\d+|scram\S*|bcrypt\S*|base64\S*|oauth2?|argon2\w*|pbkdf2\S*|utf-?\d+|v\d+)\b)`;
/** What is said of a password in place of the password itself. */
const remarks =
  "a an the in on at of to for from by with too very so also still only just no not now as it its that this than then here there " +
  "good bad weak strong fine ok okay right wrong correct incorrect valid invalid empty blank null none nil undefined true false " +
  "unset missing absent present available unknown known secret safe public private old new short long longer shorter same " +
  "different other equal identical mandatory optional necessary unique random temporary default plain plaintext clear text " +
  "case case-sensitive unchanged due ready set reset read sent kept held out up down off back gone lost ours yours mine " +
  "being been about likely probably already never always both either yes";
/** What a password has or is asked for: words that follow it. */
const nouns =
  "authentication auth hash hashes policy policies login grant file files field fields length prompt check change update reset " +
  "mismatch manager store storage rotation rules strength expiry age history and or is was are has must should could cannot " +
  "can will would may does do did failed fails error encryption complexity recovery request requests attempt attempts based " +
  "protected instead again first input value values parameter parameters option options column columns key keys";
const oneOf = (words: string): string => words.split(" ").join("|");
/** A word that may be a password: none that tells of one, and none that ends as such words do. */
const word = String.raw`(?!(?:${oneOf(remarks)}|${oneOf(nouns)})(?![\w-])|[\w-]*(?:ed|ing|able|ible|ive|ly|ful)(?![\w-])|\d{1,4}(?![\w-]))[\w!@#%^&*+~?-]{4,128}`;
/** Where a clause ends, or goes on with another. */
const end = String.raw`(?=[.!?]?(?:\\*["'])?[.,;!?)\]}]*(?:\s*$|\s*[\r\n]|\\+[nr]|[,;]\s|[.!?]\s)|\s(?:to|for|on|at|and|but|or|as|with|please)\s)`;
const password = `(?:${passwordWords})`;
/** For whom: `for app`, `of the role "app"`. */
const whose = String.raw`(?:\s(?:for|of)\s(?:the\s)?(?:(?:user|role|account|database)\s)?\\*["']?[\w.@-]{1,63}\\*["']?)`;

/** One of these, without regard to case, is in whatever `spokenUses` matches, or a word that names a password. */
export const spokenTerms: readonly string[] = ["api key ", "access key ", "signing key ", "encryption key "];

export const spokenUses: readonly Use[] = [
  {
    sign: /\s(?:is|was)\s/i,
    pattern: new RegExp(
      String.raw`(${password}${whose}?\s{1,4}(?:is|was)\s{1,4}(?:now\s)?(?:(?:re)?set\sto\s|changed\sto\s)?)${fresh}${word}${end}`,
      "gi",
    ),
  },
  // The same in other languages, whose words for what is wrong with a password are too many.
  {
    sign: /\s(?:ist|lautet|war|est|es|é|jest|to|è|är)\s/i,
    pattern: new RegExp(
      String.raw`(${password}\s{1,4}(?:ist|lautet|war|est|es|é|jest|to|è|är)\s{1,4})${fresh}(?:\\*["'][^"'\r\n\\]{1,128}(?=\\*["'])|${mixed}[^\s"',;()\\]{6,128})`,
      "gi",
    ),
  },
  {
    sign: /\sto\s/i,
    pattern: new RegExp(
      String.raw`(${password}${whose}?\s(?:(?:re)?set\s|changed\s(?:from\s\S{1,128}\s)?|updated\s)?to\s(?:\\*["'])?)${fresh}(?!(?:expire|comply|match|meet|use|be|avoid|access|connect|make|allow|null)\b)${word}${end}`,
      "gi",
    ),
  },
  // Behind the name of who signs in with it.
  {
    sign: /\b(?:user|username|as|role|account|login)\s/i,
    pattern: new RegExp(
      String.raw`(\b(?:user|username|as|role|account|login)\s\\*["']?[\w.@-]{1,63}\\*["']?,?\s(?:(?:with|and|using)\s)?(?:the\s)?${password}\s)${fresh}${word}${end}`,
      "gi",
    ),
  },
  // Before what became of it.
  {
    sign: /(?:rejected|refused|denied|accepted|expired)/i,
    pattern: new RegExp(
      String.raw`(${password}\s)${fresh}${word}(?=\s(?:was|is|has been)\s(?:rejected|refused|denied|accepted|expired)\b)`,
      "gi",
    ),
  },
  {
    sign: /\b(?:with|using|trying|try)\s/i,
    pattern: new RegExp(
      String.raw`(\b(?:with|using|trying|try)\s(?:the\s)?${password}\s\\*["'])${fresh}[^"'\r\n\\]{1,128}(?=\\*["'])`,
      "gi",
    ),
  },
  // Of letters and digits together, directly behind its name.
  {
    sign: /\d/,
    pattern: new RegExp(
      String.raw`((?<![\w-])(?:pgpassword|${password})\s{1,4})${fresh}${mixed}(?!reset\d|attempt\d)[\w!@#%^&*+~?-]{6,128}${end}`,
      "gi",
    ),
  },
  {
    sign: /\bkey\s(?:is|was)\s/i,
    pattern: new RegExp(
      String.raw`(\b(?:api|access|signing|encryption)\skey\s(?:is|was)\s\\*["']?)${fresh}${mixed}[^\s"',;()\\]{6,512}`,
      "gi",
    ),
  },
  {
    sign: /\bsetx\s/i,
    pattern: new RegExp(String.raw`(\bsetx\s(?:\w{0,40}${password})\s\\*["']?)${fresh}[^\s"'\\]{1,512}`, "gi"),
  },
];
