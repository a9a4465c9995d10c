/**
 * Every text that could be meant as a password inside a connection string, as it is written and percent-decoded. Where a
 * password holds characters that should have been encoded, readers disagree on where it ends, so each reading is given.
 */
export function passwordsIn(text: string): readonly string[] {
  const found = new Set<string>();
  const scheme = /[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme !== null) {
    const rest = text.slice(scheme.index + scheme[0].length);
    const colon = rest.indexOf(":");
    const slash = rest.search(/[/?#]/);
    for (let at = rest.indexOf("@"); at >= 0; at = rest.indexOf("@", at + 1)) {
      if (colon < 0 || colon >= at) continue;
      // An `@` in the query of a URL without credentials ends no password.
      if (slash >= 0 && slash < colon) continue;
      found.add(rest.slice(colon + 1, at));
    }
  }
  for (const [, quoted, plain] of text.matchAll(/\bpassword\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s&]+))/gi)) {
    const value = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
    if (value !== undefined) found.add(value);
  }
  const readings = [...found].flatMap((value) => [value, decoded(value), decoded(value.replaceAll("+", " "))]);
  return [...new Set(readings)].filter((value) => value !== "");
}

/** Percent-decoded as far as that goes: a `%` that starts no escape stays. */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}
