import { fault, placeOf, refusalFault, type FaultCode, type FaultEffect, type UrlFault } from "./fault.ts";
import { decodeLeniently, decodePercent, type Piece } from "./libpq.ts";
import { dsnParameters, parameterFaults, uriParameters } from "./parameter-faults.ts";
import { credentialFaults, looksLikePlaceholder, percentFaults, portFaults } from "./piece-faults.ts";
import { schemeFaults } from "./scheme.ts";
import type { DsnSplit, HostPiece, UnknownSplit, UriSplit, Wrapping } from "./split.ts";

const wrappingTexts: Readonly<Record<Wrapping["code"], readonly [FaultCode, FaultEffect, string]>> = {
  assignment: [
    "assignment-pasted",
    "refused",
    "The value begins with a variable assignment; only the URL belongs there.",
  ],
  command: ["command-pasted", "refused", "The value holds a shell command around the URL; only the URL belongs there."],
  quotes: ["quotes-pasted", "refused", "A quotation mark stands around the URL and is part of the value."],
  blank: ["blank-around", "misread", "A blank stands around the URL and is part of the value."],
  "line-break": ["line-break-around", "misread", "A line break stands around the URL and is part of the value."],
  "invisible-character": [
    "invisible-character",
    "misread",
    "An invisible character (a non-breaking or zero-width blank) stands around the URL and is part of the value.",
  ],
};

export function wrappingFaults(wrappings: readonly Wrapping[]): readonly UrlFault[] {
  return wrappings.map((wrapping) => {
    const [code, effect, message] = wrappingTexts[wrapping.code];
    // Before the scheme even a blank keeps libpq from seeing a URL at all.
    const leading = wrapping.at === 0 && effect === "misread";
    return fault(code, leading ? "refused" : effect, wrapping, message);
  });
}

/** The faults of text that is no connection string, by what it looks like. */
export function unknownFaults(split: UnknownSplit): readonly UrlFault[] {
  const { text } = split.text;
  const place = placeOf(split.text);
  if (/^(undefined|null|none|nil|false|true|nan|\[object Object\])$/i.test(text)) {
    return [fault("literal-null", "refused", place, "The value is a word for 'nothing' that a program wrote as text.")];
  }
  if (
    text.startsWith("{{resolve:") ||
    /^\$\{[^}]*\}$|^\$[A-Za-z_]\w*$|^%[A-Za-z_]\w*%$|^!(Ref|Sub|GetAtt|ImportValue)\b/.test(text)
  ) {
    return [fault("unresolved-reference", "refused", place, "The value is a reference that nothing has resolved.")];
  }
  if (/^arn:aws[a-z-]*:/.test(text) || /^\/[A-Za-z0-9_.\-/]+$/.test(text)) {
    const message = "The value names a secret or parameter instead of holding the URL itself.";
    return [fault("secret-reference", "refused", place, message)];
  }
  if (/^[{[]/.test(text)) {
    const message = "The value is a JSON document, such as a whole secret, instead of the URL inside it.";
    return [fault("json-pasted", "refused", place, message)];
  }
  if (looksLikePlaceholder(text)) {
    return [fault("placeholder", "refused", place, "The value is still a placeholder.")];
  }
  return [fault("not-a-url", "refused", place, "The value is neither a URL nor a list of key=value pairs.")];
}

/** Every fault of a URL, in no particular order. */
export function uriFaults(split: UriSplit): readonly UrlFault[] {
  const named = (name: string) => split.parameters.some((p) => decodeLeniently(p.name) === name && p.value?.text);
  const elsewhere = named("service");
  const end = endOf(split);
  const faults = [...schemeFaults(split), ...credentialFaults(split), ...split.hosts.flatMap(hostFaults)];
  if (split.suspect) {
    const port = split.hosts.find((h) => h.port && !/^[0-9]*$/.test(h.port.text))?.port;
    const message = "No @ separates credentials from the host, and what stands where the port belongs is no number.";
    if (port) faults.push(fault("credentials-missing-at", "misread", placeOf(port), message));
  } else if (!elsewhere) {
    const at = split.hosts[0]?.host ?? { at: end, text: "" };
    if (!split.hosts.some((h) => h.host.text !== "") && !named("host") && !named("hostaddr")) {
      const message = "No host is named, so libpq-based drivers look for a socket on the same machine.";
      faults.push(fault("host-missing", "unlikely", { at: at.at, length: 0 }, message));
    }
    if (!split.user?.text && !named("user")) {
      const message = "No user is named, so drivers take the name of the operating system's user.";
      faults.push(
        fault("user-missing", "unlikely", { at: split.separator.at + split.separator.text.length, length: 0 }, message),
      );
    }
  }
  faults.push(...databaseFaults(split.database, elsewhere || named("dbname") || split.suspect, end));
  faults.push(...parameterFaults(uriParameters(split), { hideNames: split.suspect }));
  const query = split.parameters[0]?.name.at;
  const strayAt = split.parameters.find((p) => p.value?.text.includes("@"))?.value;
  const credentialed = split.user !== undefined || split.database !== undefined;
  if (query !== undefined && strayAt && !credentialed) {
    const message =
      "With no credentials and no slash before it, libpq takes the @ of a parameter as the end of credentials.";
    faults.push(fault("at-in-query", "misread", { at: strayAt.at + strayAt.text.indexOf("@"), length: 1 }, message));
  }
  return faults;
}

function endOf(split: UriSplit): number {
  const last = split.database ?? split.hosts.at(-1)?.port ?? split.hosts.at(-1)?.host ?? split.separator;
  return last.at + last.text.length;
}

function hostFaults(piece: HostPiece): readonly UrlFault[] {
  const faults: UrlFault[] = [];
  if (piece.refusal) faults.push(refusalFault(piece.refusal));
  faults.push(...percentFaults(piece.host));
  const host = decodeLeniently(piece.host);
  if (looksLikePlaceholder(host)) {
    faults.push(fault("placeholder", "unlikely", placeOf(piece.host), "The host is still a placeholder."));
  } else if (/\s/.test(piece.host.text)) {
    faults.push(fault("unescaped-blank", "misread", placeOf(piece.host), "The host holds a blank or line break."));
  } else if (host !== "" && !host.startsWith("/") && !host.startsWith("@") && !/^[A-Za-z0-9._:%-]+$/.test(host)) {
    const message =
      "The host holds characters that no host name has; a password that was not encoded may reach into it.";
    faults.push(fault("host-unreadable", "misread", placeOf(piece.host), message));
  }
  if (piece.port) {
    const port = decodePercent(piece.port);
    faults.push(
      ...percentFaults(piece.port),
      ...portFaults("value" in port ? { at: piece.port.at, text: port.value } : piece.port),
    );
  }
  return faults;
}

function databaseFaults(database: Piece | undefined, elsewhere: boolean, end: number): readonly UrlFault[] {
  const text = database?.text ?? "";
  const decoded = database ? decodeLeniently(database) : "";
  if (text === "") {
    const message = "No database is named, so drivers take the user's name for the database.";
    return elsewhere ? [] : [fault("database-missing", "unlikely", { at: end, length: 0 }, message)];
  }
  const faults: UrlFault[] = [...(database ? percentFaults(database) : [])];
  const at = (sign: string) => ({ at: (database?.at ?? 0) + text.indexOf(sign), length: 1 });
  if (looksLikePlaceholder(decoded)) {
    faults.push(
      fault(
        "placeholder",
        "unlikely",
        placeOf(database ?? { at: 0, text }),
        "The database's name is still a placeholder.",
      ),
    );
    return faults;
  }
  if (text.includes("/")) {
    faults.push(fault("database-slash", "unlikely", at("/"), "The database's name holds a slash."));
  }
  if (text.includes("#")) {
    const message =
      "A # follows the database's name: libpq counts it to the name, other readers cut it off as a fragment.";
    faults.push(fault("fragment", "misread", at("#"), message));
  }
  const control = /[\x00-\x08\x0e-\x1f\x7f]/.exec(text);
  if (control)
    faults.push(
      fault(
        "unescaped-control",
        "misread",
        { at: (database?.at ?? 0) + control.index, length: 1 },
        "The database's name holds a control character.",
      ),
    );
  const space = /\s/.exec(text);
  if (space)
    faults.push(
      fault(
        "unescaped-blank",
        "misread",
        { at: (database?.at ?? 0) + space.index, length: 1 },
        "The database's name holds a blank or line break.",
      ),
    );
  return faults;
}

/** Every fault of a key=value connection string. */
export function dsnFaults(split: DsnSplit): readonly UrlFault[] {
  const faults: UrlFault[] = split.refusals.map(refusalFault);
  const values = new Map(split.entries.map((entry) => [entry.name.text, entry]));
  const text = (name: string) => values.get(name)?.value ?? "";
  faults.push(...parameterFaults(dsnParameters(split), { hideNames: false }));
  const end = { at: (split.entries.at(-1)?.raw.at ?? 0) + (split.entries.at(-1)?.raw.text.length ?? 0), length: 0 };
  if (text("service") === "") {
    if (text("host") === "" && text("hostaddr") === "") {
      faults.push(
        fault(
          "host-missing",
          "unlikely",
          end,
          "No host is named, so libpq-based drivers look for a socket on the same machine.",
        ),
      );
    }
    if (text("user") === "") {
      faults.push(
        fault(
          "user-missing",
          "unlikely",
          end,
          "No user is named, so drivers take the name of the operating system's user.",
        ),
      );
    }
    if (text("dbname") === "") {
      faults.push(
        fault(
          "database-missing",
          "unlikely",
          end,
          "No database is named, so drivers take the user's name for the database.",
        ),
      );
    }
  }
  return faults;
}
