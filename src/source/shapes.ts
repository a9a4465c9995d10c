// Secrets that are known by their shape alone, whether or not anyone handed them over before.

export const marker = "(secret)";

interface Shape {
  /** A cheap sign that the expression may match at all. */
  readonly sign: RegExp;
  readonly pattern: RegExp;
  /** Which group is kept in front of the marker. */
  readonly keep: boolean;
}

const quoted = String.raw`(?:\\?["'])?`;
const colon = "(?::|%3[aA])";
const slashes = "(?:/|%2[fF]){2}";
/** Neither replaced before, nor a shell's variable in a command that is meant to be run. */
const fresh = String.raw`(?!\s*(?:\(secret\)|(?:\w+=)?\$(?:\w+|\{\w+\}|\()(?:[@&\s"'\\/?]|$)))`;

const shapes: readonly Shape[] = [
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
    sign: /:\/\/|%3[aA]/,
    pattern: new RegExp(
      String.raw`(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?)(?:\+[a-z0-9]+)?${colon}${slashes}[^\s:@/"'<>]{0,128}${colon})${fresh}[^\s"'<>]{1,512}(?=@|%40)`,
      "gi",
    ),
    keep: true,
  },
  {
    sign: /:\/\/|%3[aA]/,
    pattern: new RegExp(
      String.raw`(\b[a-z][a-z0-9+.-]{1,30}${colon}${slashes}[^\s:@/"'<>]{0,128}${colon})${fresh}[^\s/"'<>]{1,512}(?=@|%40)`,
      "gi",
    ),
    keep: true,
  },
  { sign: /[AE]KIA|ASIA|AROA|AIDA/, pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, keep: false },
  // JSON Web Tokens: three parts, the first two of which are JSON objects.
  { sign: /eyJ/, pattern: /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, keep: false },
  {
    sign: /authorization|x-signature|x-api-key|x-amz-security-token|cookie/i,
    pattern: new RegExp(
      String.raw`((?:proxy-)?authorization|x-signature|x-api-key|x-amz-security-token(?!=)|(?:set-)?cookie)(${quoted}\s*[:=]\s*${quoted})(?!NONE\b|AWS_IAM\b|CUSTOM\b|JWT\b|COGNITO_USER_POOLS\b)(?!bearer\s+\$)${fresh}(?!bearer\s+\(secret\))[^\r\n"'\\]{3,}`,
      "gi",
    ),
    keep: true,
  },
  { sign: /bearer\s/i, pattern: /(\bbearer\s+)(?!\(secret\))[A-Za-z0-9._~+/=-]{8,}/gi, keep: true },
  {
    sign: /x-amz-|signature=|awsaccesskeyid=/i,
    pattern:
      /(\b(?:X-Amz-(?:Signature|Security-Token|Credential)|Signature|AWSAccessKeyId)(?:=|%3[dD]))(?!\(secret\))[^\s&"'<>\\]{4,}/gi,
    keep: true,
  },
  {
    sign: /passw|pwd|secret|token|api_?key/i,
    pattern: new RegExp(
      String.raw`(\b[\w-]*(?:password|passwd|pgpassword|pwd|client_secret|secret_access_key|session_token|api_?key)${quoted}\s*(?:=|:(?=\s*\\?["'])|%3[dD])\s*${quoted})${fresh}(?!None\b|null\b|undefined\b)[^\s&"'<>,;(){}\\]{1,512}`,
      "gi",
    ),
    keep: true,
  },
  // Keys of other providers that end up in logs and templates.
  {
    sign: /gh[pousr]_|github_pat_|sk_live_|sk-|xox|npg_|whsec_/,
    pattern:
      /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|[rs]k_live_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|npg_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{16,})/g,
    keep: false,
  },
];

/** The text with every secret replaced that is recognised by its shape. What was replaced before stays as it is. */
export function scrubShapes(text: string): string {
  let clean = text;
  for (const { sign, pattern, keep } of shapes) {
    if (!sign.test(clean)) continue;
    clean = clean.replace(pattern, (found: string, first: unknown, second: unknown) => {
      if (!keep) return marker;
      const head = typeof first === "string" ? first : "";
      const rest = typeof second === "string" && found.startsWith(head + second) ? second : "";
      return head + rest + marker;
    });
  }
  return clean;
}
