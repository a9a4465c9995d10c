import type { JsonValue } from "../core/json.ts";
import type { SecretType, Value } from "../core/secret.ts";
import { analyseDatabaseUrl, type DatabaseUrlShape } from "../postgres/url.ts";
import { doubtfulEnd, providerKey, wordsInNames, wordsInText } from "./secret-words.ts";
import type { Vault } from "./vault.ts";

/** Whether a configuration value is a secret, and which kind. */
export type Classification = { readonly secret: false } | { readonly secret: true; readonly type: SecretType };

const plain: Classification = { secret: false };
const secretOf = (type: SecretType): Classification => ({ secret: true, type });

/** Names whose values a diagnosis must be able to read. Only a value that is a secret by its shape is one all the same. */
const readableNames = new Set([
  "PYTHONPATH",
  "NODE_PATH",
  "NODE_OPTIONS",
  "LD_LIBRARY_PATH",
  "PATH",
  "LOG_LEVEL",
  "ALLOWED_ORIGIN",
  "ALLOWED_ORIGINS",
  "CORS_ORIGIN",
  "PGHOST",
  "PGPORT",
  "PGDATABASE",
  "PGUSER",
  "PGSSLMODE",
  "PGSSLROOTCERT",
  "PGCHANNELBINDING",
  "PGCONNECT_TIMEOUT",
  "PGOPTIONS",
  "PGAPPNAME",
  "DB_HOST",
  "DB_PORT",
  "DB_NAME",
  "DB_USER",
  "DB_SSLMODE",
  "AWS_REGION",
  "TZ",
]);

/** A name that ends so says where a secret is or how it is used, not what it is. */
const readableEnds =
  /(?:^|_)(?:PARAM|PARAMETER|PARAM_NAME|PARAM_PATH|PARAM_VERSION|PARAM_ARN|NAME|ARN|KEY_ID|CLIENT_ID|POOL_ID|ID|PREFIX|VERSION|REGION|HEADER|ALGORITHM|ALG|TTL|EXPIRY|EXPIRES|TIMEOUT|SECONDS|MINUTES|ENABLED|MODE|TYPE|PATH|STAGE|ISSUER|AUDIENCE|LENGTH|COUNT|LIMIT|SIZE)$/;

const databaseUrlName =
  /(?:^|_)(?:(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|NEON|SUPABASE|PRISMA|RDS)_(?:[A-Z0-9]+_)*(?:URL|URI|DSN|CONNECTION_STRING|CONN_STR)|(?:CONNECTION_STRING|CONN_STR|DSN)|(?:DATABASE|DB|POSTGRES|PG)URL)(?:_[A-Z0-9]+)?$/;

/** `DatabaseUrl`, `database-url` and `DATABASE_URL` are one name; of a path the last part counts. */
export function normaliseName(name: string): string {
  const last = name.split(/[/:]/).findLast((part) => part !== "") ?? name;
  return last
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_|_$/g, "")
    .toUpperCase();
}

const connectionScheme = /^\s*["'`]?\s*(?:[A-Za-z_][A-Za-z0-9_]*\s*=\s*["']?)?postgres(?:ql)?(?:\+[a-z0-9]+)?:/i;
const keyValueDsn = /\b(?:host|hostaddr|dbname|user)\s*=\s*\S+.*\bpassword\s*=/is;

const provider = new RegExp(providerKey);
const secretParameter = new RegExp(String.raw`[?&;][\w-]*(?:${wordsInText}|key|sig|signature|code)=[^&\s]{4,}`, "i");

function byShape(text: string): Classification | undefined {
  if (connectionScheme.test(text) || keyValueDsn.test(text)) return secretOf("database-url");
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)) return secretOf("key");
  if (/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{4,}\./.test(text)) return secretOf("token");
  if (/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/.test(text)) return secretOf("key");
  if (/[?&]X-Amz-(?:Signature|Security-Token)=/i.test(text)) return secretOf("presigned-url");
  if (/[a-z][a-z0-9+.-]*:\/\/[^\s/@]*:[^\s@]+@/i.test(text)) return secretOf("value");
  if (secretParameter.test(text)) return secretOf("value");
  if (provider.test(text)) return secretOf("token");
  if (/^\s*(?:bearer|basic)\s+\S{8,}/i.test(text)) return secretOf("token");
  return undefined;
}

function isPlainSetting(text: string): boolean {
  return /^\s*(?:true|false|yes|no|on|off|none|null|\d{1,6}(?:\.\d+)?\s*(?:ms|s|m|h|d)?)\s*$/i.test(text);
}

/** Text whose form says that it is no secret, however much it varies. */
function isOrdinary(text: string): boolean {
  const one = text.trim();
  if (/^(?:true|false|yes|no|on|off|null|none)$/i.test(one) || /^[+-]?\d{1,15}(?:\.\d+)?$/.test(one)) return true;
  if (/^arn:[a-z-]+:[a-z0-9-]+:/.test(one)) return true;
  if (/^\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/.test(one)) return true;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(one)) return true;
  if (/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(one)) return true;
  return false;
}

/** Bits of Shannon entropy for each character of the text. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/**
 * True for a run of characters that nobody would write by hand. Words joined by separators are taken apart first: a
 * path, a host name or a list is as random as its most random part. The bounds: random hexadecimal of 32 characters
 * has about 3.6 bits for each, random base64 of 20 about 4; words and identifiers of that length stay under 3.5 or
 * hold no digits.
 */
function looksRandom(text: string): boolean {
  // Base64 holds slashes of its own; a path as varied as that is none.
  const whole = text.trim();
  if (
    /^[A-Za-z0-9+][A-Za-z0-9+/]{19,}={0,2}$/.test(whole) &&
    /\d/.test(whole) &&
    /[a-z]/.test(whole) &&
    /[A-Z]/.test(whole)
  ) {
    if (entropyOf(whole) >= 4.3) return true;
  }
  return text.split(/[\s/:.,;=&?@_|-]+/).some((part) => {
    if (part.length < 16) return false;
    const digits = /\d/.test(part);
    const lower = /[a-z]/.test(part);
    const upper = /[A-Z]/.test(part);
    const entropy = entropyOf(part);
    if (/^[0-9a-fA-F]+$/.test(part) && digits) return part.length >= 24 && entropy >= 3;
    if (/^\d+$/.test(part)) return false;
    if (digits && (lower || upper)) return entropy >= 3.2;
    return lower && upper && part.length >= 24 && entropy >= 4;
  });
}

/** One word of letters and digits, neither a path nor an address nor a version. */
function mixesLettersAndDigits(text: string): boolean {
  const one = text.trim();
  return /[A-Za-z]/.test(one) && /\d/.test(one) && !/[/\s]|^v?\d+(?:\.\d+)*$|^[a-z]{2}(?:-[a-z]+)+-\d$/i.test(one);
}

/**
 * True for twelve or more characters without a separator, of letters and digits where digits stand between letters:
 * what people make up for a password. `usage2024` and `handlerV2` have their digits at the end.
 */
function looksMadeUp(text: string): boolean {
  const one = text.trim();
  if (!/^[^\s/:.,;=&?@_|-]{12,}$/.test(one) || !mixesLettersAndDigits(one)) return false;
  return /[A-Za-z]\D*\d+[A-Za-z]|\d+[A-Za-z]+\d/.test(one) && entropyOf(one) >= 3;
}

/**
 * Judges one value of an environment, a stack's parameters or a parameter store by its name, shape, entropy and
 * length. When in doubt it is a secret; the empty text and references that are resolved elsewhere are none.
 */
export function classifyValue(name: string, text: string): Classification {
  if (text === "" || /^\*+$/.test(text)) return plain;
  if (/^\s*\{\{resolve:[^{}]*\}\}\s*$/.test(text)) return plain;
  const shaped = byShape(text);
  if (shaped !== undefined) return shaped;
  const key = normaliseName(name);
  if (readableNames.has(key)) return plain;
  const pointsElsewhere = readableEnds.test(key);
  if (!pointsElsewhere) {
    if (databaseUrlName.test(key)) return secretOf("database-url");
    for (const [word, type] of wordsInNames) {
      const last = word.exec(key)?.[0].endsWith("_") === false;
      // SESSION_DURATION=3600 and AUTH_STRICT=true: the name ends in something else, and no secret is that plain.
      if (word.test(key) && (last || !isPlainSetting(text))) return secretOf(type);
    }
  }
  if (isOrdinary(text)) return plain;
  if (doubtfulEnd.test(key) && mixesLettersAndDigits(text)) return secretOf("value");
  const inner = jsonStrings(text);
  if (inner !== undefined) {
    return inner.some(([field, value]) => classifyValue(field, value).secret) ? secretOf("value") : plain;
  }
  // The name of a parameter, an ARN or an identifier is long and varied by nature.
  if (pointsElsewhere) return plain;
  return looksRandom(text) || looksMadeUp(text) || text.length > 512 ? secretOf("value") : plain;
}

/** Every string inside a JSON object or array, with the name of its field; undefined for other text. */
function jsonStrings(text: string): (readonly [string, string])[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found: (readonly [string, string])[] = [];
  const walk = (value: unknown, field: string): void => {
    if (typeof value === "string") found.push([field, value]);
    else if (Array.isArray(value)) for (const inner of value) walk(inner, field);
    else if (value !== null && typeof value === "object")
      for (const [key, inner] of Object.entries(value)) walk(inner, key);
  };
  walk(parsed, "");
  return found;
}

/** The value as the rest of the program may see it: readable text, or a token whose literal the vault keeps. */
export function toValue(vault: Vault, name: string, text: string): Value {
  const judged = classifyValue(name, text);
  return judged.secret ? sealValue(vault, judged.type, text) : text;
}

/** Seals a text that is known to be secret; empty text stays as it is, since there is nothing to hide. */
export function sealValue(vault: Vault, type: SecretType, text: string): Value {
  if (text === "") return "";
  if (type !== "database-url") return vault.seal(type, text);
  const shape = analyseDatabaseUrl(text);
  vault.spare(...publicParts(shape));
  return vault.seal(type, text, shape as unknown as JsonValue);
}

/** What every report shows of a database URL. */
export function publicParts({ hosts, database }: DatabaseUrlShape): readonly (string | undefined)[] {
  return [...hosts.map(({ host }) => host), database];
}
