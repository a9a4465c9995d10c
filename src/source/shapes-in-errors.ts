// Pieces of a password that was not encoded, as drivers and resolvers quote them: behind `:` they are taken for a port, before
// `@` for a part of the host, behind `?` for a parameter.
import { isHarmless } from "./harmless.ts";
import type { Use } from "./shapes-in-use.ts";

/** A port, or what a template, a reader or this program's own tables put in place of a value. */
const ordinaryPiece =
  /^(?:\d{1,6}|(?:5432|5433|6432|6543|3306|6379)\W?\w?|(?:\(secret\)|<[\w .-]+>|\$\{?\w+\}?|\{\w*\}|%\w)|\w{0,20}PORT\w{0,20}|port)$/;
/** What this program's own tables have in place of a password. */
const ownPlace = /\((?:(?:beginning|end) of the )?password\)/;
const isPort = (value: string): boolean => ordinaryPiece.test(value) || ownPlace.test(value) || isHarmless(value);
/** `int()` is asked for other things too: words, amounts, dates and the like need to be read. */
const isNumberish = (value: string): boolean =>
  isPort(value) ||
  value.includes("(secret)") ||
  /^(?:[^A-Za-z@]*|[a-z_ ]+|[A-Z_ ]+|[A-Z]?[a-z]+|[A-Za-z]?\d+[A-Za-z]{0,3})$/.test(value);
/** What of a traceback tells that a port is read: then a word, too, is a piece of a password. */
const readsPort =
  /\bint\([^()\r\n]{0,60}(?<![a-z])port\b|\b(?:make_url|_parse_rfc1738_args|_parse_hostlist|parse_dsn|urlparse|dj_database_url)\b/i;
/** A parameter has a name of letters; what has none is a piece of something else. */
const isParameter = (value: string): boolean => isPort(value) || /^[A-Za-z_.]+$|:\/\//.test(value);
/** The first word of a connection string: a command, a host, a URL without a password or one that is masked as such. */
const isFirstWord = (value: string): boolean =>
  isPort(value) ||
  value.includes("://") ||
  /^["'`]?(?:psql|postgres(?:ql)?(?:\/\/[^:@]*@.*)?|export|set|host(?:addr)?|user|dbname|DATABASE_URL|url)$/i.test(
    value,
  ) ||
  /^[a-z][\w-]*(?:\.[\w-]+){2,}$/.test(value);
const isAddress = (value: string): boolean => isPort(value) || /^(?:[0-9a-fA-F:./%]+|[\w-]+(?:\.[\w-]+)+)$/.test(value);

/** A host holds no `@`. */
const isHost = (value: string): boolean => !value.includes("@") || ownPlace.test(value);

/** A host as it is written behind an `@`. */
const named = String.raw`[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,62}){1,12}`;
const behind = String.raw`@(?:(?:${named}|localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]{2,40}\])(?::\d{4,5}(?!\d)|\/\w)|[A-Za-z][\w-]{0,62}:\d{4,5}\/\w)`;
const schemes = String.raw`(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?)(?:\+[a-z0-9]+)?:\/\/`;
const fresh = String.raw`(?!\(secret\)|\$[A-Z_{(]|<[\w .-]+>|\*+@)`;

/** One of these, without regard to case, is in whatever `errorUses` matches, or an `@` behind which `mayHoldAddress` is true. */
export const errorTerms: readonly string[] = [
  ..."nonnumeric netloc ipv6 rfc1738".split(" "),
  "with base 10",
  "be cast to integer",
  "connection option",
  "port number",
  "connection info string",
  "query parameter",
  "percent-encoded value",
  "invalid port",
  "received type string",
  "url port",
  'host name "',
  'host name \\"',
  "resolve host",
  "to host ",
  "url from",
  "spaces found in",
  "query field",
];

/** Everything that quotes a value wholly: what is before it, the value, which values are kept. */
const quotes: readonly (readonly [RegExp, RegExp, (value: string, text: string) => boolean])[] = [
  [
    /with base 10/i,
    /(int\(\) with base 10: b?\\*["'])([^"'\\\r\n]{1,512})(?=\\*["'])/gi,
    (value, text) => isPort(value) || (isNumberish(value) && !readsPort.test(text)),
  ],
  [/be cast to integer/i, /(cast to integer value as \\*["'])([^"'\\\r\n]{1,512})(?=\\*["'])/gi, isPort],
  [/nonnumeric/i, /(nonnumeric port: \\*["'])([^"'\\\r\n]{1,512})(?=\\*["'])/gi, isPort],
  [
    /connection option/i,
    /(invalid (?:integer )?value \\*")([^"\\\r\n]{1,512})(?=\\*" for connection option \\*"port)/gi,
    isPort,
  ],
  [/connection option/i, /(invalid connection option \\*")([^"\\\r\n]{1,512})(?=\\*")/gi, isParameter],
  [/port number/i, /(invalid port number:? \\*["'`])([^"'`\\\r\n]{1,512})(?=\\*["'`])/gi, isPort],
  [
    /connection info string/i,
    /(missing \\*"=\\*" after \\*")([^"\\\r\n]{1,512})(?=\\*" in connection info string)/gi,
    isFirstWord,
  ],
  [/query parameter/i, /(URI query parameter: \\*")([^"\\\r\n]{1,512})(?=\\*")/gi, isParameter],
  [/percent-encoded value/i, /(percent-encoded value: \\*")([^"\\\r\n]{1,512})(?=\\*")/gi, isPort],
  [/invalid port/i, /(invalid port \\*":)([^"\\\r\n]{1,512})(?=\\*" after host)/gi, isPort],
  [
    /received type string/i,
    /(port\b[^\r\n]{0,60} Received type string \(\\*["'])([^"'\\\r\n]{1,512})(?=\\*["'])/gi,
    isPort,
  ],
  [/url port/i, /(JDBC URL port: )(\S{1,512})(?= not valid)/gi, isPort],
  [/ipv6/i, /(["'])([^"'\\\r\n]{1,512})(?=\\*["'] does not appear to be an IPv4 or IPv6)/gi, isAddress],
  [/query field/i, /(bad query field: \\*["'])([^"'\\\r\n]{1,512})(?=\\*["'])/gi, isParameter],
  [/spaces found in/i, /(unexpected spaces found in \\*")([^"\\\r\n]{1,512})(?=\\*", use percent)/gi, isPort],
  // A host with a blank in it, or any other character.
  [/host name \\*"/i, /(translate host name \\*")([^"\\\r\n]{1,512})(?=\\*" to address)/gi, isHost],
  [/resolve host/i, /(resolve host \\*')([^'\\\r\n]{1,512})(?=\\*')/gi, isHost],
  [/to host /i, /(connection to host )([^\r\n]{1,512}?)(?= and port \d)/gi, isHost],
  [/url from/i, /(URL from (?:given URL )?string \\*')(?!\w+:\/\/)([^'\\\r\n]{1,512})(?=\\*')/gi, isHost],
];

export const errorUses: readonly Use[] = [
  // A password with a blank in it, and perhaps an `@`: up to the `@` behind which a host stands.
  {
    sign: /:\/\//,
    pattern: new RegExp(
      String.raw`((?<![\w+])${schemes}[^\s:@/"'<>]{0,128}:)${fresh}(?!\d{1,5}(?:[/?,;\s]|$))(?:(?!@(?:${named}|[\w-]{1,63}(?::\d{2,5})?[/?]))[^\s"'<>]){1,128}[ \t][^"'<>\r\n]{0,128}?(?:@[^\s"'<>@]{0,128}){0,4}(?=@(?:${named}|\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z][\w-]{0,62}(?::\d{2,5})?[/?"'\s]|[A-Za-z][\w-]{0,62}(?::\d{2,5})?$))`,
      "gim",
    ),
  },
  // A URL that was broken into two lines within its password.
  {
    sign: /:\/\/[^\r\n]{0,128}\r?\n/,
    pattern: new RegExp(
      String.raw`((?<![\w+])${schemes}[^\s:@/"'<>]{0,128}:)(?!\(secret\)|\d{1,5}[/?\s])[^\s@"'<>/]{0,128}[ \t]{0,8}\r?\n[ \t]{0,16}[^\s@"'<>/]{1,128}(?=@[\w[][^\s@"'<>]{0,255}\/)`,
      "gi",
    ),
  },
  // A scheme whose colon or slashes are too few.
  {
    sign: /postgres(?:ql)?(?::\/?|\/\/)[\w.-]/i,
    pattern: new RegExp(
      String.raw`(\bpostgres(?:ql)?(?::\/?|\/\/)(?!\/)[\w.%-]{1,63}:)${fresh}[^\s"'<>/]{1,512}(?=@[\w[])`,
      "gi",
    ),
  },
  // A URL that lost its scheme.
  {
    sign: /\/\/[^\s:@/]{1,64}:/,
    pattern: new RegExp(String.raw`((?<![:\w/])//[^\s:@/"'<>]{1,64}:)${fresh}[^\s"'<>/]{1,256}(?=@[\w[])`, "g"),
  },
  {
    sign: /@[\w.-]{1,253}[:/]/,
    pattern: new RegExp(
      String.raw`((?<![\w/.:@+-])(?!(?:mailto|npm|sips?|acct|xmpp|ssh|git|file|link|workspace|patch|https?|email|mail|from|to|cc):)[A-Za-z_][\w.-]{0,63}:)${fresh}(?!\d{1,5}[/:]|/)[^\s"'<>,;(){}[\]]{1,128}(?=${behind})`,
      "gi",
    ),
  },
  // A host's name with the end of a password before it.
  {
    sign: /@/,
    pattern: new RegExp(
      String.raw`(\b(?:(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_[A-Z]+) |not known: \\*'|host(?: ?name)?(?:\\*["'])?(?:\s{0,2}[:=])?\s{0,2}[\\"'${"`"}]{0,3}|server at [\\"'${"`"}]{0,3}|netloc \\*'|rfc1738 URL from (?:given URL )?string \\*'|database \\*"))${fresh}(?!\w+:\/\/)[^\s"'${"`"}<>,;]{1,256}(?=@)`,
      "gi",
    ),
  },
  {
    sign: /connecting to /i,
    pattern: new RegExp(String.raw`(\bconnecting to )${fresh}[^\s"'/:@]{1,256}(?=@[\w.-]{1,253}:\d{4,5}(?!\d))`, "gi"),
  },
  // A user that is no more than the first part of what was given.
  {
    sign: /user \\*"[^":]{1,64}:/i,
    pattern: new RegExp(String.raw`(\buser \\*"[^":\\\r\n]{1,64}:)${fresh}[^"\\\r\n]{1,256}(?=\\*")`, "gi"),
  },
  { sign: /no such host/, pattern: /(\blookup )(?!\(secret\))[^\s"']{1,256}(?=@[^\s@]{1,253}: no such host)/g },
  {
    sign: /sqlplus|conn/i,
    pattern: new RegExp(
      String.raw`(\b(?:sqlplus|sqlldr|expdp|impdp|conn(?:ect)?)(?:\s-\w{1,8}){0,3}\s{1,3}["']?\w{1,30}\/)${fresh}[^\s"'@/]{1,128}(?=@\w)`,
      "gi",
    ),
  },
];

const hostWord =
  /(?:host(?: ?name)?|(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_[A-Z]+)|connecting to|known|server at|lookup|string|netloc|database)\W{0,6}$/i;
const loginWord = /(?:sqlplus|sqlldr|expdp|impdp|conn|connect)(?:\s-\w{1,8}){0,3}\s{1,3}$/i;
/** The longest piece of a password, and the longest of what stands before it, that is looked at. */
const longestPiece = 257;
const longestLead = 40;

/** Whether a character ends a piece: a blank or any other that has no place in it. */
function endsPiece(code: number): boolean {
  return code <= 32 || code === 34 || code === 39 || code === 60 || code === 62 || code === 96;
}

/**
 * Whether an `@` of the text may have a password before it: what stands there has a colon in it, or a word before it that
 * names a host. Most have not: names of packages, addresses of people.
 */
export function mayHoldAddress(text: string): boolean {
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; from = at + 1, at = text.indexOf("@", from)) {
    let start = at;
    while (start > from && at - start < longestPiece && !endsPiece(text.charCodeAt(start - 1))) start -= 1;
    if (start === at) continue;
    const piece = text.slice(start, at);
    if (/[\w.-]:[^/]|host(?:name)?=/i.test(piece)) return true;
    const lead = text.slice(Math.max(0, start - longestLead), start);
    if (hostWord.test(lead) || (piece.includes("/") && loginWord.test(lead))) return true;
  }
  return false;
}

/** The text without the pieces that drivers quote of a URL that they could not read. */
export function scrubQuoted(text: string, marker: string): string {
  let clean = text;
  for (const [sign, pattern, isOrdinary] of quotes) {
    if (!sign.test(clean)) continue;
    clean = clean.replace(pattern, (found: string, head: string, value: string) => {
      if (isOrdinary(value, text)) return found;
      // The host behind it is what the reader looks for, and what became of the scheme.
      const host = value.lastIndexOf("@");
      const scheme = /^["'`]?postgres(?:ql)?:?\/{0,2}/.exec(value)?.[0] ?? "";
      return head + scheme + marker + (host > 0 ? value.slice(host) : "");
    });
  }
  return clean;
}
