import { decodeLeniently, decodePercent, type Piece } from "./libpq.ts";
import { fault, placeOf, refusalFault, type UrlFault } from "./fault.ts";
import type { UriSplit } from "./split.ts";

const placeholderForms = [
  /^<[^<>]*>$/,
  /^\[[^[\]]*\]$/,
  /^\{[^{}]*\}$/,
  /^\{\{.*\}\}$/,
  /^\$\{[^}]*\}$/,
  /^\$\([^)]*\)$/,
  /^\$[A-Z_][A-Z0-9_]*$/,
  /^%[A-Z_][A-Z0-9_]*%$/,
  /^__[A-Za-z_]+__$/,
  /^your[-_ ]?(?:own[-_ ]?)?[a-z]*[-_ ]?(?:password|passwd|pwd|pass|user(?:name)?|host(?:name)?|server|endpoint|database|db|project)(?:[-_ ](?:name|here|ref))?$/i,
  /^(?:PASSWORD|USERNAME|HOSTNAME|DBNAME|DATABASE_NAME|CHANGE_?ME|changeme|REPLACE_?ME|PLACEHOLDER)$/,
];

/** Whether a part of a connection string is text that was meant to be replaced. Names such as mydb and myuser are in use. */
export const looksLikePlaceholder = (text: string): boolean => placeholderForms.some((form) => form.test(text));

const isPasswordPlaceholder = (text: string): boolean =>
  looksLikePlaceholder(text) || /^my[-_ ]?[a-z]*[-_ ]?(?:password|passwd|pwd|pass)(?:[-_ ]here)?$/i.test(text);

/** Every percent sign of a URL's part that libpq cannot decode. */
export function percentFaults(piece: Piece): readonly UrlFault[] {
  const faults: UrlFault[] = [];
  for (let i = piece.text.indexOf("%"); i !== -1; i = piece.text.indexOf("%", i + 1)) {
    const decoded = decodePercent({ at: piece.at + i, text: piece.text.slice(i, i + 3) });
    if ("refusal" in decoded) faults.push(refusalFault(decoded.refusal));
  }
  return faults;
}

/** A password as consoles show it when it is hidden: only asterisks, bullets or x. */
const looksHidden = (text: string): boolean => /^(?:[*•●·]{2,}|x{6,}|X{6,})$/.test(text);

/** Faults of the user and the password, none of which quotes them. */
export function credentialFaults(split: UriSplit): UrlFault[] {
  const faults: UrlFault[] = [];
  if (split.user) {
    faults.push(
      ...(looksLikePlaceholder(decodeLeniently(split.user))
        ? [fault("placeholder", "unlikely", placeOf(split.user), "The user is still a placeholder.")]
        : characterFaults(split.user, "user")),
    );
  }
  const password = split.password;
  if (!password || password.text === "") {
    const elsewhere = split.parameters.some((p) =>
      ["password", "passfile", "service", "sslcert"].includes(p.name.text),
    );
    if (split.user && !elsewhere) {
      const end = split.user.at + split.user.text.length;
      const message = "No password is given; a server that asks for one will refuse the connection.";
      faults.push(fault("password-missing", "unlikely", { at: password?.at ?? end, length: 0 }, message));
    }
    return faults;
  }
  const decoded = decodePercent(password);
  const text = "value" in decoded ? decoded.value : password.text;
  if (looksHidden(text)) {
    const message = "The password is the row of signs that a console shows in its place.";
    return [...faults, fault("hidden-password", "unlikely", placeOf(password), message)];
  }
  // The brackets of [YOUR-PASSWORD] need no further remark.
  if (isPasswordPlaceholder(text)) {
    return [...faults, fault("placeholder", "unlikely", placeOf(password), "The password is still a placeholder.")];
  }
  return [...faults, ...characterFaults(password, "password")];
}

type Remark = readonly [UrlFault["code"], UrlFault["effect"], (owner: string) => string];

const characterRemarks: Readonly<Record<string, Remark>> = {
  "@": [
    "unescaped-at",
    "misread",
    (o) => `The ${o} holds an unencoded @, at which libpq ends the credentials; it is written %40.`,
  ],
  "/": [
    "unescaped-slash",
    "misread",
    (o) => `The ${o} holds an unencoded slash, at which libpq ends the host and port; it is written %2F.`,
  ],
  ":": [
    "unescaped-colon",
    "tolerated",
    (o) => `The ${o} holds an unencoded colon; drivers cope, parsers that split at colons do not. It is written %3A.`,
  ],
  "#": [
    "unescaped-hash",
    "fragile",
    (o) =>
      `The ${o} holds an unencoded #: libpq reads it, but Python's urllib and JavaScript's URL begin a fragment there. It is written %23.`,
  ],
  "?": [
    "unescaped-question-mark",
    "fragile",
    (o) =>
      `The ${o} holds an unencoded question mark: libpq reads it, but Python's urllib and JavaScript's URL begin the query there. It is written %3F.`,
  ],
  "[": [
    "unescaped-bracket",
    "fragile",
    (o) =>
      `The ${o} holds an unencoded bracket: libpq reads it, but Python's urllib takes it for an IPv6 address. It is written %5B.`,
  ],
  "]": [
    "unescaped-bracket",
    "fragile",
    (o) =>
      `The ${o} holds an unencoded bracket: libpq reads it, but Python's urllib takes it for an IPv6 address. It is written %5D.`,
  ],
};

function characterFaults(piece: Piece, owner: "user" | "password"): readonly UrlFault[] {
  const faults: UrlFault[] = [];
  for (let i = 0; i < piece.text.length; i += 1) {
    const char = piece.text[i] ?? "";
    const place = { at: piece.at + i, length: 1 };
    const remark = Object.hasOwn(characterRemarks, char) ? characterRemarks[char] : undefined;
    if (remark) {
      const [code, effect, message] = remark;
      faults.push(fault(code, effect, place, message(owner)));
    } else if (/[\x00-\x1f\x7f]/.test(char)) {
      const message = `The ${owner} holds a line break or another control character.`;
      faults.push(fault("unescaped-control", "misread", place, message));
    } else if (/\s/.test(char)) {
      const message = `The ${owner} holds an unencoded blank: libpq before 18 keeps it, libpq 18 refuses it. It is written %20.`;
      faults.push(fault("unescaped-blank", "fragile", place, message));
    }
  }
  faults.push(...percentFaults(piece));
  if (/^(["'`]).*\1$/s.test(piece.text)) {
    const message = `Quotation marks stand around the ${owner} and are part of it.`;
    faults.push(fault("quotes-pasted", "unlikely", placeOf(piece), message));
  }
  return faults.map((one) => ({ ...one, part: owner }));
}

/** Ports at which another service than Postgres listens (IANA's registry of port numbers). */
const foreignPorts: Readonly<Record<number, string>> = {
  22: "SSH",
  80: "HTTP",
  443: "HTTPS",
  1433: "SQL Server",
  1521: "Oracle",
  3306: "MySQL",
  6379: "Redis",
  27017: "MongoDB",
  33060: "MySQL's X protocol",
};

/** Faults of a port or, in a key=value string, of a comma-separated list of ports. Non-numbers are never shown. */
export function portFaults(piece: Piece): readonly UrlFault[] {
  const faults: UrlFault[] = [];
  let at = piece.at;
  for (const text of piece.text.split(",")) {
    const place = { at, length: text.length };
    at += text.length + 1;
    const port = Number(text);
    if (text === "") continue;
    if (!/^[0-9]+$/.test(text)) {
      const placeholder = looksLikePlaceholder(text);
      const message = placeholder
        ? "The port is still a placeholder."
        : "What stands where the port belongs is not a number.";
      faults.push({
        ...fault(placeholder ? "placeholder" : "port-not-a-number", "refused", place, message),
        part: "port",
      });
    } else if (port < 1 || port > 65_535) {
      const message = "The port is not between 1 and 65535.";
      faults.push({ ...fault("port-out-of-range", "refused", place, message), part: "port" });
    } else if (Object.hasOwn(foreignPorts, port)) {
      faults.push(
        fault("port-foreign", "unlikely", place, `The port ${port} is that of ${foreignPorts[port]}, not of Postgres.`),
      );
    }
  }
  return faults;
}
