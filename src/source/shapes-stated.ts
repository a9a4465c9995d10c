// Secrets that a statement, a constraint or a refusal repeats: `VALUES ('x')`, `Key (token)=(x)`, `token "x" expired`.
import type { Use } from "./shapes-in-use.ts";

const fresh = String.raw`(?!\(secret\)|<[\w .-]+>|\*+(?:\s|["']|$))`;
/** Letters and digits together: no word of a sentence. */
const mixed = String.raw`(?=[^\s"']{0,64}\d)(?=[^\s"']{0,64}[A-Za-z])`;
/** A column that holds a secret, up to what ends its name. */
const column = String.raw`\w{0,40}(?:passw(?:or)?d|pwd|secret|api_?key|token)(?:_?(?:hash|digest))?\\*["\x60]?\s{0,4}(?=[,)])`;
const text = String.raw`'(?:[^'\r\n]|''){0,1024}(?:'|$)`;
/** A value of a row, which may be what a function makes of one: `crypt('x', gen_salt('bf'))`. */
const value = String.raw`(?:${text}|[^()'\r\n]|\((?:${text}|[^()'\r\n]|\((?:${text}|[^()'\r\n]){0,512}\)){0,512}\))`;
const aToken = String.raw`(?:(?:access|auth|bearer|api|refresh|session)[ _-])?token|api[ _-]?key|secret(?:[ _-]key)?`;

/** One of these, without regard to case, is in whatever `statedUses` matches. */
export const statedTerms: readonly string[] = [
  "passwd",
  "password",
  "pwd",
  "secret",
  "api_key",
  "apikey",
  "api key",
  "api-key",
  'token "',
  "token '",
  "token \\",
  "token:",
  "token=",
  "token :",
  "token provided",
  "token)",
  "token,",
  'token"',
  "token_hash",
  "token_digest",
  "tokenhash",
  "token`",
  "-signature",
  " -p'",
  ' -p"',
  " -p\\",
];

export const statedUses: readonly Use[] = [
  // A blank that libpq takes into the value.
  {
    sign: /\\ /,
    pattern: /(\bpassword\s?=\s?)(?!\(secret\)|["'])(?=[^\s"'\\]{1,512}\\ )(?:[^\s"'\\]|\\[ \\']){1,512}/gi,
  },
  // A text between dollars.
  {
    sign: /password\s{1,8}\$/i,
    pattern: /(\bpassword\s{1,8}(\$\w{0,63}\$))(?!\(secret\))(?:(?!\2)[^\r\n]){1,512}(?=\2)/gi,
  },
  // All values of the row: which of them is the secret depends on commas that values may hold. Parameters stay.
  {
    sign: /insert\s+into\s/i,
    pattern: new RegExp(
      String.raw`(\binsert\s{1,8}into\s{1,8}[^\s(]{1,128}\s{0,8}\((?:[^()\r\n]{0,500}[\s,"\x60])?${column}[^()\r\n]{0,500}\)\s{0,8}values\s{0,8}\()${fresh}(?!(?:[$%:@?][\w()]{0,60}[,\s]{0,8}){1,100}\))${value}{1,2048}(?:\)\s{0,4},\s{0,4}\(${value}{1,2048})*`,
      "gim",
    ),
  },
  {
    sign: /Key \(/,
    pattern: new RegExp(
      String.raw`(\bKey \((?:[^()\r\n]{0,300}[\s,"])?${column}[^()\r\n]{0,300}\)=\()${fresh}[^\r\n]{1,2048}?(?=\)(?: (?:already|is|conflicts)\b|\.|$))`,
      "gim",
    ),
  },
  // What was refused, behind its name.
  {
    sign: /invalid|incorrect|wrong|bad|unknown|expired|revoked/i,
    pattern: new RegExp(
      String.raw`(\b(?:invalid|incorrect|wrong|bad|unknown|expired|revoked)\s(?:${aToken}|password)(?:\sprovided)?\s?[:=]\s?\\*["'\x60]?)${fresh}${mixed}[^\s"',;()\\\x60]{6,512}`,
      "gi",
    ),
  },
  {
    sign: /(?:token|key|secret)\s\\*["']/i,
    pattern: new RegExp(
      String.raw`((?<!(?:unexpected|illegal|near)\s)\b(?:${aToken})\s\\*["'])${fresh}${mixed}[^\s"'\\]{6,512}(?=\\*["']\s(?:is|was|has|had|expired|invalid|revoked|rejected|unknown|not)\b)`,
      "gi",
    ),
  },
  {
    sign: /secret\s/i,
    pattern: new RegExp(
      String.raw`(\bsecret\s(?:access\s)?key\s(?:is|was)\s\\*["']?)${fresh}${mixed}[^\s"',;()\\]{6,512}`,
      "gi",
    ),
  },
  {
    sign: /\s-p\\*["']/,
    pattern: /(\b(?:mysql|mariadb)\w{0,20}\b[^\r\n|;]{0,300}?\s-p\\*["'])(?!\(secret\))[^"'\r\n\\]{1,512}(?=\\*["'])/g,
  },
  // The signature of a request, as a pair of a list or a header.
  {
    sign: /-signature/i,
    pattern:
      /(\bx-(?:[a-z]{1,20}-){1,3}signature(?:-\d{1,3})?\\*["']?\s{0,4}[,:=]\s{0,4}\\*["']?(?:sha\d{1,3}=)?)(?!\(secret\))[A-Za-z0-9+/=_-]{8,512}/gi,
  },
];
