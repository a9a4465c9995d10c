// Secrets as they stand in commands, statements, files and documents: what surrounds them says what they are.
import { Buffer } from "node:buffer";
import { wordsInText } from "./secret-words.ts";

/** A way in which a secret is written. */
export interface Use {
  /** A cheap sign that the expression may match at all. */
  readonly sign: RegExp;
  /** What is replaced; where it has a group, the first one stays in front of the marker. */
  readonly pattern: RegExp;
}

const quote = String.raw`\\*["']`;
/** Neither replaced before, nor a variable or a name in angle brackets. */
const fresh = String.raw`(?!\(secret\)|\$[A-Z_{(]|<[\w .-]+>|\*+(?:\s|$))`;
/** Where a word begins; an escaped line break may stand right before it. */
const start = String.raw`(?:\b|(?<=\\[nrt]))`;
const words = `(?:${wordsInText})`;
/** A host as a password file has it: an address with its colons escaped or in brackets, or the folder of a socket. */
const passHost = String.raw`(?:\[[0-9a-f:]{2,45}\]|/[\w./-]{1,108}|(?:\\:|[\w.*-]){1,255})`;

/** One of these, without regard to case, is in whatever `uses` matches, or a word that names a secret, or a URL's slashes. */
export const usesTerms: readonly string[] = [
  ..."curl wget httpie mysql mariadb sshpass login securestring parametervalue md5".split(" "),
  ..."iqojb3jpz2lu fwogzxivyxdz fqogzxivyxdz webhook hooks.slack.com digest".split(" "),
  ...":5432: :5433: :5434: :5435: :5436: :5437: :5438: :5439: :6432: :6543: :*:".split(" "),
  ..."redis-cli mongo sqlcmd password-stdin aws_secret $2a$ $2b$ $2y$ $argon2 pbkdf2_ {ssha".split(" "),
  ..."$5$ $6$ scram-sha-256$ scram-sha-256\\$ scram-sha-256% cg9zdgdyzx".split(" "),
  "sig=",
  "sig%3d",
];

export const uses: readonly Use[] = [
  // An access key's other half stands beside it, without a name of its own.
  {
    sign: /AKIA|ASIA/,
    pattern:
      /(\b(?:AKIA|ASIA)[A-Z0-9]{16}\b(?:[^A-Za-z0-9+/\n]{1,12}|[^\n]{1,60}?["'\s:=/,]{1,4}))(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g,
  },
  // The same where a word says what it is and a blank stands between. Git's hashes have no capitals.
  {
    sign: /secret/i,
    pattern: new RegExp(
      String.raw`((?:[Ss]ecret|SECRET)(?:[\w -]{0,32}?[^\w/+-]{1,4}))(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}[A-Z])(?=[^\s]{0,39}\d)[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])`,
      "g",
    ),
  },
  // What signs a shared address of Azure, a callback or a webhook.
  {
    sign: /\bsig(?:=|%3d)/i,
    pattern: /((?<![A-Za-z0-9_])sig(?:=|%3[dD]))(?=[^\s&"'<>]{0,64}[0-9%])[A-Za-z0-9%+/_.~=-]{8,}/gi,
  },
  // A header and its value as two items of a list.
  {
    sign: /(?:authorization|x-signature|x-api-key|x-amz-security-token|cookie)\\*["']\s{0,4},/i,
    pattern: new RegExp(
      String.raw`(${quote}(?:proxy-authorization|authorization|x-signature|x-api-key|x-amz-security-token|set-cookie|cookie)${quote}\s{0,4},\s{0,4}b?${quote})${fresh}[^"'\r\n\\]{6,4096}(?=\\*["'])`,
      "gi",
    ),
  },
  // A connection string of pairs between semicolons takes blanks as they are.
  {
    sign: /;\s?(?:password|pwd)\s?=/i,
    pattern: new RegExp(
      String.raw`((?<=\w\s?=[^;=\r\n]{1,128};\s?)(?:password|pwd)\s?=\s?)${fresh}(?!\\*["'])[^;"'\r\n\\]{1,256}(?=;|\\*["']|\s*$)`,
      "gim",
    ),
  },
  {
    sign: /IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz/,
    pattern: /(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)(?:[A-Za-z0-9+/=_-]|%2[BbFf]|%3[Dd]){16,}/g,
  },
  // A key of several lines, each with a prefix of its own.
  {
    sign: /-----END /,
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]{0,12000}?-----END [A-Z0-9 ]{0,40}-----/g,
  },
  {
    sign: /-----BEGIN/,
    pattern:
      /(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{24})(?<=-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]{0,12000})[A-Za-z0-9+/]{24,}={0,2}/g,
  },
  // One line of such a key where each line is an event: 64 or 76 characters of base64 and nothing else. A digest is hexadecimal.
  {
    sign: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{64}/,
    pattern:
      /(?<![A-Za-z0-9+/=.:_-])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{76})(?=\s*$|\\)/gm,
  },
  // The options by which programs take a user and password, or a password alone.
  {
    sign: /\s(?:-[uUa]|--user|--proxy-user|--auth)/,
    pattern: new RegExp(
      String.raw`(?<=${start}(?:curl|wget|httpie|https?|xh)\b[^\n]{0,2000})(\s(?:-[uUa]|--user|--proxy-user|--auth)[ =]?(?:\\*["'])?[^\s:"'\\/]{1,128}:)${fresh}[^\s"'\\]{1,512}`,
      "g",
    ),
  },
  {
    sign: /(?:mysql|mariadb|sshpass)\w*\s/,
    pattern: new RegExp(
      String.raw`(${start}(?:mysql|mariadb|sshpass)\w*\s(?:[^\n]{0,500}?\s)?-p ?)${fresh}(?![\s-])[^\s"']{3,512}`,
      "g",
    ),
  },
  // The same as items of a list.
  {
    sign: /["']-p/,
    pattern: new RegExp(
      String.raw`((?<=${quote}(?:[\w./-]{0,60}\/)?(?:mysql|mariadb|sshpass|mongo)\w*${quote}[^\r\n]{0,500})${quote}-p(?:${quote}\s{0,4},\s{0,4}${quote})?)${fresh}[^\s"'\\]{1,512}(?=\\*["'])`,
      "g",
    ),
  },
  {
    sign: /redis-cli|mongo|sqlcmd/,
    pattern: new RegExp(
      String.raw`(${start}(?:redis-cli\s(?:[^\n]{0,300}?\s)?-a|mongo(?:sh|dump|restore|export|import)?\s(?:[^\n]{0,300}?\s)?-p|sqlcmd\s(?:[^\n]{0,300}?\s)?-P)[ =](?:\\*["'])?)${fresh}(?!-)[^\s"'\\]{1,512}`,
      "g",
    ),
  },
  {
    sign: /aws_secret_access_key\s/,
    pattern: new RegExp(String.raw`(configure\s+set\s+(?:\S{1,60}\.)?aws_secret_access_key\s+)${fresh}\S{1,512}`, "g"),
  },
  {
    sign: /password-stdin/,
    pattern: new RegExp(
      String.raw`(\b(?:echo|printf)\s(?:-n\s)?(?:\\*["'])?)${fresh}[^\s"'\\|]{1,512}(?=(?:\\*["'])?\s*\|[^\n]{0,300}--password-stdin)`,
      "g",
    ),
  },
  {
    sign: /login\s/,
    pattern: new RegExp(
      String.raw`(${start}(?:docker|podman|helm|oc|az)\b[^\n]{0,80}\blogin\b[^\n]{0,300}?\s-p[ =])${fresh}[^\s"']{3,512}`,
      "g",
    ),
  },
  {
    sign: /SecureString/,
    pattern: new RegExp(String.raw`(put-parameter\b[^\n]{0,600}?--value[ =](?:\\*["'])?)${fresh}[^\s"']{1,1024}`, "g"),
  },
  // A parameter or setting of which name and value are fields of their own.
  {
    sign: /SecureString/,
    pattern: new RegExp(
      String.raw`(SecureString${quote}[^{}]{0,400}?${quote}Value${quote}\s*:\s*${quote})${fresh}[^"']{1,4096}?(?=\\*["'])`,
      "g",
    ),
  },
  {
    sign: /SecureString/,
    pattern: new RegExp(
      String.raw`(${quote}Value${quote}\s*:\s*${quote})${fresh}[^"'{}]{1,4096}?(?=\\*["'][^{}]{0,400}SecureString)`,
      "g",
    ),
  },
  {
    sign: /value/i,
    pattern: new RegExp(
      String.raw`(${quote}(?:\w*[nN]ame|\w*[kK]ey)${quote}\s*:\s*${quote}[\w./-]{0,80}${words}(?:[_-]?\d{1,3})?${quote}\s*,\s*${quote}\w*[vV]alue${quote}\s*:\s*${quote})${fresh}[^"']{1,4096}?(?=\\*["'])`,
      "gi",
    ),
  },
  {
    sign: /ParameterValue=/,
    pattern: new RegExp(
      String.raw`(ParameterKey=[\w-]{0,80}${words}[\w-]{0,40},\s*ParameterValue=(?:\\*["'])?)${fresh}[^\s"',]{1,1024}`,
      "gi",
    ),
  },
  // Statements, verifiers as the server stores them, password files.
  {
    sign: /password\s/i,
    pattern: new RegExp(String.raw`(${start}password\s+(?:(?:is|was)\s+)?["'])${fresh}[^"'\n]{1,512}(?=["'])`, "gi"),
  },
  {
    sign: /scram-sha-256(?:\\{0,4}\$|%24)/i,
    pattern:
      /(scram-sha-256(?:\\{0,4}\$|%24))\d+(?::|%3a)[A-Za-z0-9+/=%]+(?:\\{0,4}\$|%24)(?:[A-Za-z0-9+/=]|%(?!3a)[0-9a-f]{2})+(?::|%3a)[A-Za-z0-9+/=%]+/gi,
  },
  // Hashes of passwords, as other programs store them.
  {
    sign: /\$(?:2[abxy]|[156]|argon2)/,
    pattern:
      /\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{50,53}|[156]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86}|argon2(?:id|i|d)\$v=\d{1,3}\$[\w=,]{1,60}\$[A-Za-z0-9+/]{1,128}\$[A-Za-z0-9+/]{8,256})/g,
  },
  { sign: /pbkdf2_/, pattern: /(pbkdf2_sha\d{1,3}\$)\d{1,9}\$[^\s$"']{1,64}\$[A-Za-z0-9+/=]{8,256}/g },
  { sign: /\{S?SHA/, pattern: /(\{S?SHA(?:256|512)?\})[A-Za-z0-9+/]{20,128}={0,2}/g },
  // A URL in base64, which is too short to be looked at as such.
  { sign: /cG9zdGdyZX/, pattern: /\bcG9zdGdyZX(?:M6Ly9|NxbDovL)[A-Za-z0-9+/_-]{8,}={0,2}/g },
  { sign: /\bmd5[0-9a-f]{32}/, pattern: /\bmd5[0-9a-f]{32}\b/g },
  {
    sign: /login\s+\S+\s+password\s/,
    pattern: new RegExp(String.raw`(${start}login\s+\S+\s+password\s+)${fresh}\S{1,512}`, "g"),
  },
  {
    sign: /:(?:\d{2,5}|\*):/,
    pattern: new RegExp(
      String.raw`(^${passHost}:(?:\d{2,5}|\*):[\w*-]{1,63}:[\w*.-]{1,63}:)${fresh}(?=\S*[A-Za-z])[^\s:/]{4,512}$`,
      "gm",
    ),
  },
  // The same behind a time or a level, where the port is one of Postgres.
  {
    sign: /:(?:543[2-9]|6432|6543|\*):/,
    pattern: new RegExp(
      String.raw`((?<![^\s"'=])${passHost}:(?:543[2-9]|6432|6543|\*):[\w*-]{1,63}:[\w*.-]{1,63}:)${fresh}(?=[^\s"']*[A-Za-z])(?:\\[:\\]|[^\s"'\\]){2,512}`,
      "g",
    ),
  },
  // Prose and markup.
  {
    sign: /<\//,
    pattern: new RegExp(
      String.raw`(<[\w:.-]{0,60}${words}(?:\s[^<>]{0,200})?>)${fresh}[^<>\s][^<>]{0,1024}(?=</)`,
      "gi",
    ),
  },
  {
    sign: /Digest\s/,
    pattern: /((?<=Digest\s[^\n]{0,1000})\b(?:response|nonce|cnonce|opaque)=\\*")(?!\(secret\))[^"\\]{4,512}/g,
  },
  // A passphrase is several words.
  {
    sign: /passphrase|password|passwd/i,
    pattern: new RegExp(
      String.raw`(${start}(?:passphrase|password|passwd)s?[ \t]*:[ \t]*)${fresh}(?!(?:must|should|is|was|not|invalid|expired|required|incorrect|wrong|missing|authentication|failed|no|the|a|for|too|cannot|unable)\b)[A-Za-z][\w'-]*(?:[ \t]+[A-Za-z][\w'-]*(?![\w'-]|\s*[=:])){2,12}(?=[ \t]*(?:[\r\n.,;]|$))`,
      "gi",
    ),
  },
  // Addresses that are themselves the right to post.
  {
    sign: /webhook|hooks\.slack\.com/,
    pattern:
      /((?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks\/\d+|\.webhook\.office\.com\/webhookb2)\/)[\w@/-]{8,}/g,
  },
];

const base64Run = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}(?![A-Za-z0-9+/_=-])/g;
const longestRun = 16_384;

/**
 * The text without runs of base64 that hold a secret: such as a database URL, or JSON with one.
 * `scrub` is the whole of the scrubbing by shape, for what such a run decodes to.
 */
export function scrubBase64(text: string, scrub: (plain: string) => string, marker: string): string {
  return text.replace(base64Run, (run) => {
    if (run.length > longestRun || !/[A-Z]/.test(run) || !/[a-z]/.test(run)) return run;
    if (holdsSecret(run, scrub)) return marker;
    // A slash is of base64, and of the path at whose end such a text may stand.
    if (!run.includes("/")) return run;
    return run
      .split("/")
      .map((part) => (part.length >= shortestRun && holdsSecret(part, scrub) ? marker : part))
      .join("/");
  });
}

const shortestRun = 40;

function holdsSecret(run: string, scrub: (plain: string) => string): boolean {
  const plain = Buffer.from(run, "base64").toString("utf8");
  // What is no text was no base64 of text; marks stand for bytes that are no UTF-8.
  return !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(plain) && scrub(plain) !== plain;
}
