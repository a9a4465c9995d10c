import type { LibpqRefusal, Piece } from "./libpq.ts";

/**
 * What a fault does. "refused": libpq refuses the string. "misread": libpq takes it and reads something else than was
 * meant. "fragile": libpq reads it as meant, a named other reader does not. "unlikely": well formed, but hardly what
 * was meant. "tolerated": every known reader copes.
 */
export type FaultEffect = "refused" | "misread" | "fragile" | "unlikely" | "tolerated";

export type FaultCode =
  | LibpqRefusal["code"]
  | "assignment-pasted"
  | "command-pasted"
  | "quotes-pasted"
  | "blank-around"
  | "line-break-around"
  | "invisible-character"
  | "not-a-url"
  | "literal-null"
  | "secret-reference"
  | "unresolved-reference"
  | "json-pasted"
  | "scheme-missing"
  | "scheme-wrong"
  | "scheme-capitals"
  | "scheme-separator"
  | "unescaped-at"
  | "unescaped-colon"
  | "unescaped-slash"
  | "unescaped-hash"
  | "unescaped-question-mark"
  | "unescaped-bracket"
  | "unescaped-blank"
  | "unescaped-control"
  | "at-in-query"
  | "placeholder"
  | "hidden-password"
  | "credentials-missing-at"
  | "user-missing"
  | "password-missing"
  | "host-missing"
  | "host-unreadable"
  | "port-not-a-number"
  | "port-out-of-range"
  | "port-foreign"
  | "database-missing"
  | "database-slash"
  | "fragment"
  | "html-escaped"
  | "parameter-capitals"
  | "duplicate-parameter"
  | "bad-value"
  | "weak-sslmode";

/** One fault: `length` UTF-16 units at the offset `at` of the raw string. The message never quotes a secret. */
export interface UrlFault {
  readonly code: FaultCode;
  readonly effect: FaultEffect;
  readonly at: number;
  readonly length: number;
  readonly message: string;
  /** Which part of the URL it is about, for faults that part by part mean something else. */
  readonly part?: "user" | "password" | "port";
}

export const fault = (
  code: FaultCode,
  effect: FaultEffect,
  place: { readonly at: number; readonly length: number },
  message: string,
): UrlFault => ({ code, effect, at: place.at, length: place.length, message });

export const placeOf = (piece: Piece): { readonly at: number; readonly length: number } => ({
  at: piece.at,
  length: piece.text.length,
});

const refusalTexts: Readonly<Record<LibpqRefusal["code"], string>> = {
  "bracket-unclosed": "The bracket that opens the IPv6 address is never closed.",
  "bracket-empty": "The brackets of the IPv6 address are empty.",
  "bracket-junk": "After the bracketed IPv6 address only a colon, a comma, a slash or a question mark may follow.",
  "bad-percent": "A percent sign is not followed by two hexadecimal digits; a literal one is written %25.",
  "nul-percent": "The encoded character %00 is forbidden.",
  "extra-separator": "A parameter has a second equals sign; inside a value it is written %3D.",
  "parameter-without-value": "A parameter has no equals sign and no value.",
  "unknown-parameter": "A parameter is unknown to libpq.",
  "missing-equals": "A word has no equals sign after it; a value with blanks needs single quotes.",
  "unterminated-quote": "A quoted value is never closed.",
};

export const refusalFault = (refusal: LibpqRefusal): UrlFault =>
  fault(refusal.code, "refused", refusal, refusalTexts[refusal.code]);

/** Well formed, and yet nothing can be connected to with it: what belongs there was never put in. */
export const isUnfilled = ({ code }: Pick<UrlFault, "code">): boolean =>
  code === "placeholder" || code === "hidden-password";
