// What stands behind a word such as `secret:` and is none: a reference, a state, a version, the rest of a sentence.

/**
 * What a shell, make, a template or a reader fills in: a variable, one that must be set, a command's output, a name in angle
 * brackets.
 */
export const placeholder = String.raw`\$\$?(?:[A-Z_][A-Z0-9_]*|\{\w+(?::?\?[^}"'\n]{0,80})?\}|\()|<[\w .-]+>`;

/** Words that stand where a value would, and tell of the value's state, its type or an error. */
const statusWords = new Set(
  (
    "null none nil undefined nan true false yes no empty missing unset set unknown absent present not is was are has must " +
    "should could cannot can't unable invalid expired required optional failed failure denied rejected refused error " +
    "found loaded read the a an this for from in of to and or with authentication access connection permission " +
    "timeout timed length type string str bytes bool boolean number int object nonetype redacted hidden masked " +
    "removed omitted fingerprint characters n/a provided supplied mismatch incorrect wrong does user resource noecho " +
    "expected unexpected exist exists falsch ungültig fehlt erforderlich incorrecte incorrecta incorrecto requise inválida"
  ).split(" "),
);

const referenceValue = new RegExp(
  String.raw`^(?:\w+=)?(?:(?:${placeholder})(?:$|[@&\s/?)])|\$\{\w+$|\$\()|^\{\{resolve:|^!(?:Ref|Sub|GetAtt|ImportValue|Join|If)\b|^%(?:s|\()|^\{\w+\}$|^\*+$|^\(secret\)|^[|>][-+]?\d?$`,
);
/** Source code that is shown in a traceback says where it reads from. */
const codeValue = /^(?:os\.(?:environ|getenv)|process\.env)\b/;
const errorName = /^[A-Z]\w*(?:Error|Exception|Failure|Denied|NotFound|Fault)$/;

/** Whether a value is none by itself, whatever word it stands behind. */
export function isHarmless(value: string): boolean {
  const bare = value.trim().replace(/[:.!?\])]+$/, "");
  if (bare === "") return !/[^\s:.!?\])]/.test(value);
  if (statusWords.has(bare.toLowerCase()) || errorName.test(bare)) return true;
  return referenceValue.test(value.trim()) || codeValue.test(bare) || /^arn:[a-z-]+:[a-z0-9-]+:/.test(bare);
}

/** The end of a name with a colon that also stands before a version, a line's number, a count or a sentence. */
const looseHead = /(?:secret(?:[_-]?string)?|token|key|hmac|jwt|bearer|cookie|pass|pw)s?[ \t]*:[ \t]*$/i;
/** A parameter's path, or a function: what is glued to its colon is a version, or a line of code. */
const numberedHead = /(?:secret|token|key|hmac|jwt|cookie)s?:$/i;
const numberedPath = /(?:^|[\s"'`(=:])\/(?:[\w.-]+\/)*[\w.-]*:$/;
const numberedFunction =
  /(?:^|[^A-Za-z])(?:get|load|read|fetch|check|verify|hash|reset|set|validate|resolve|rotate)_?\w*:$/i;
/** A word, or a name of words between slashes, dots or dashes: nothing that was drawn at random. */
const ordinary = /^(?:[A-Za-z]?[a-z]{0,11}|[a-z]{1,16}\d{0,2}(?:[/._-][a-z]{1,16}\d{0,2}){1,8})$/;

/**
 * Whether a value without quotes is a version, a count or the beginning of a sentence. What stands directly behind a word for
 * a password is a value, unless it is the version of a parameter.
 * @param before the text up to and with the colon
 * @param after what follows the value
 */
export function isRemark(before: string, value: string, after: string): boolean {
  const bare = value.replace(/[:.,;!?\])]+$/, "");
  if (/^\d{1,5}$/.test(bare)) {
    if (numberedHead.test(before) || numberedPath.test(before) || numberedFunction.test(before)) return true;
  }
  if (!looseHead.test(before)) return false;
  if (/^\d{1,3}$/.test(bare)) return true;
  if (!ordinary.test(bare) || bare.length < value.length) return false;
  const words = /^(?:[ \t]+[A-Za-z']{1,16}){1,3}/.exec(after)?.[0].trim().toLowerCase().split(/\s+/) ?? [];
  return words.some((word) => statusWords.has(word));
}

const plainWord = /^[("'`]?(?:[A-Za-z][a-z'-]{0,13}|\d{1,4})[),.:;!"'`]*$/;
const authorizationScheme = /^(?:bearer|basic|digest|token|negotiate|apikey|api-key|key|hmac|aws4\S*)\b/i;

/** Whether what stands where a header's value would is a remark about the header: `header missing`, `failed for role app`. */
export function isAboutHeader(value: string): boolean {
  const words = value.trim().split(/\s+/, 40);
  if (authorizationScheme.test(value.trim()) || !words.every((word) => plainWord.test(word))) return false;
  return words.slice(0, 4).some((word) => statusWords.has(word.toLowerCase().replace(/\W+$/, "")));
}
