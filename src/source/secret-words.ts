import type { SecretType } from "../core/secret.ts";

/**
 * The words that name a secret, in one list for names of settings and for running text.
 *
 * - `word`: in lower case; `_` stands for no character, `_` or `-`.
 * - `text`: whether `word=x`, `word: x` or `"word": "x"` in a log line shows a secret: `inside` also at the end of a
 *   longer name, `part` only as a part of its own (`db_pass`, not `bypass`), `never` where the word is too common there.
 * - `joined`: whether a setting's name may have letters right in front of it, as `AUTHTOKEN` has.
 */
export interface SecretWord {
  readonly word: string;
  readonly type: SecretType;
  readonly text: "inside" | "part" | "never";
  readonly joined: boolean;
}

const inside = (type: SecretType, ...words: string[]): SecretWord[] =>
  words.map((word) => ({ word, type, text: "inside", joined: true }));
const part = (type: SecretType, ...words: string[]): SecretWord[] =>
  words.map((word) => ({ word, type, text: "part", joined: false }));
const settingOnly = (type: SecretType, ...words: string[]): SecretWord[] =>
  words.map((word) => ({ word, type, text: "never", joined: false }));

export const secretWords: readonly SecretWord[] = [
  ...inside("password", "password", "passwd", "passphrase", "passcode", "pwd"),
  { word: "pass", type: "password", text: "part", joined: true },
  ...part("password", "pw"),
  // The word for it in other languages.
  ...inside("password", "passwort", "kennwort", "contraseña", "contrasena", "mot_de_passe", "mot de passe"),
  ...inside("password", "wachtwoord", "пароль", "密码", "密碼", "パスワード", "비밀번호"),
  ...part("password", "senha", "parola", "clave", "hasło", "haslo", "heslo", "lösenord", "losenord", "salasana"),
  ...part("password", "jelszó", "jelszo", "şifre", "sifre", "adgangskode", "passord"),
  ...inside("token", "token"),
  ...inside("key", "secret", "secret_string", "api_key", "private_key", "access_key", "secret_key", "signing_key"),
  ...inside("key", "encryption_key", "master_key", "service_key", "account_key"),
  ...part("key", "hmac", "hmac_key"),
  { word: "key", type: "key", text: "never", joined: true },
  ...settingOnly("key", "signature", "private", "salt", "pepper", "cert", "certificate"),
  ...part("value", "jwt", "bearer", "cookie"),
  ...settingOnly("value", "credential", "cred", "auth", "session", "webhook", "otp", "pin"),
];

/** Last words of a setting's name that say who or what for: only a value of letters and digits together is a secret. */
export const doubtfulEnd =
  /(?:^|_)(?:SIGN|SIGNING|SIGNER|ADMIN|ROOT|MASTER|ENCRYPTION|CRYPTO|SEED|NONCE|LOGIN|ACCESS)$/;

/** A word with what may stand between its parts, and its letters beyond ASCII as JSON may escape them. */
const gap = (word: string): string =>
  word
    .replaceAll("_", "[_-]?")
    .replaceAll(
      /[^ -~]/g,
      (letter) => String.raw`(?:${letter}|\\{1,8}u${letter.charCodeAt(0).toString(16).padStart(4, "0")})`,
    );

/** Source of an expression, for use without regard to case, that ends at the end of a name of a secret in running text. */
export const wordsInText: string = [
  `(?:${secretWords.flatMap(({ word, text }) => (text === "inside" ? [gap(word)] : [])).join("|")})s?(?<!tokens)`,
  `(?:(?<![a-z0-9])|(?<=db|pg|user|admin|root))(?:${secretWords.flatMap(({ word, text }) => (text === "part" ? [gap(word)] : [])).join("|")})`,
].join("|");

/** The same for the words that name a password. */
export const passwordWords: string = secretWords
  .filter(({ type, text, word }) => type === "password" && text !== "never" && !/^(?:pass|pw|clave|parola)$/.test(word))
  .map(({ word, text }) => (text === "part" ? `(?<![a-z0-9])${gap(word)}` : gap(word)))
  .join("|");

/** The words against a name in the form `DB_PASSWORD`, and the type of secret that each stands for. */
export const wordsInNames: readonly (readonly [RegExp, SecretType])[] = secretWords.map(({ word, type, joined }) => [
  new RegExp(
    `(?:^|_)${joined ? "[A-Z0-9]*" : ""}(?<!(?:^|_)(?:BY|COM|TRES))${word.toUpperCase().replaceAll("_", "_?")}S?(?:_|$)`,
  ),
  type,
]);

/** How keys of well-known providers begin, and what follows: long enough that no ordinary name is taken for one. */
const providerKeys: readonly (readonly [start: string, rest: string])[] = [
  ["gh[pousr]_", "[A-Za-z0-9]{12,}"],
  ["github_pat_", "[A-Za-z0-9_]{12,}"],
  ["glpat-", "[A-Za-z0-9_-]{8,}"],
  ["[rs]k_(?:live|test)_", "[A-Za-z0-9]{8,}"],
  ["whsec_", "[A-Za-z0-9+/=]{12,}"],
  ["sk-", String.raw`(?=[\w-]*\d)[A-Za-z0-9_-]{16,}`],
  ["xox[a-z]-", "[A-Za-z0-9-]{8,}"],
  ["AIza", "[A-Za-z0-9_-]{16,}"],
  [String.raw`SG\.`, String.raw`[A-Za-z0-9_-]{12,}(?:\.[A-Za-z0-9_-]+)?`],
  // npm_config_registry and hf_hub_download are names: a key has no underscore.
  ["npm_", "[A-Za-z0-9]{16,}(?!_)"],
  ["hf_", "[A-Za-z0-9]{16,}(?!_)"],
  ["npg_", "[A-Za-z0-9]{8,}"],
  ["sbp_", "[A-Za-z0-9]{16,}"],
  ["napi_", "[A-Za-z0-9]{16,}"],
  ["sb_secret_", "[A-Za-z0-9_-]{8,}"],
  ["pscale_(?:tkn|pw|oauth)_", "[A-Za-z0-9_-]{8,}"],
  ["shp(?:at|ss|ca|pa)_", "[A-Za-z0-9]{12,}"],
  ["d(?:op_v1|ckr_pat)_", "[A-Za-z0-9_-]{12,}"],
  [String.raw`hvs\.`, "[A-Za-z0-9_-]{12,}"],
  ["xapp-", "[A-Za-z0-9-]{8,}"],
  ["pypi-", "[A-Za-z0-9_-]{32,}"],
];

/** Each beginning of at least three characters that one of them has. */
export const providerStarts: readonly string[] = (
  "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk- xox AIza SG. npm_ hf_ " +
  "npg_ sbp_ napi_ pypi-"
).split(" ");

/** A sign that a provider's key may be there. */
export const providerSign: RegExp = new RegExp(providerKeys.map(([start]) => start).join("|"));

/** Source of an expression that finds a provider's key. */
export const providerKey: string = String.raw`\b(?:${providerKeys.map(([start, rest]) => start + rest).join("|")})`;
