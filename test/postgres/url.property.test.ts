import fc from "fast-check";
import { expect, it } from "vitest";
import { analyseDatabaseUrl, connectionSettings } from "../../src/postgres/url.ts";
import { correctedUrl } from "../../src/postgres/corrected-url.ts";

/** Eight or more signs of an alphabet that occurs in no message of ours: digits and q, w, z mixed with the signs that break URLs. */
const secret = fc
  .array(fc.constantFrom(..."0189qwzQWZ@:/#%?&=[]<>'\"+ ;$"), { minLength: 8, maxLength: 24 })
  .map((chars) => chars.join(""))
  .map((text) => `Zq${text}9w`);

/** Every way in which the secret, or a telling stretch of it, might show. */
function tracesOf(text: string): readonly string[] {
  const forms = [text, encodeURIComponent(text), encodeURI(text), JSON.stringify(text).slice(1, -1)];
  forms.push(btoa(text), [...text].map((c) => (c.codePointAt(0) ?? 0).toString(16)).join(""));
  // Stretches of six signs that hold a rare letter cannot be there by chance.
  for (let i = 0; i + 6 <= text.length; i += 1) {
    const stretch = text.slice(i, i + 6);
    if (/[qwzQWZ].*[0189@#%?&]|[0189@#%?&].*[qwzQWZ]/.test(stretch)) forms.push(stretch);
  }
  return forms;
}

const around = fc.constantFrom<readonly [string, string]>(
  ["", ""],
  ["'", "'"],
  ['export DATABASE_URL="', '"'],
  ["psql '", "'"],
  [" ", "\n"],
);
const tail = fc.constantFrom(
  "@db.example.com/app",
  "@db.example.com:5432/app?sslmode=require",
  "@h1,h2:6432/app",
  "@[::1]/app",
  "@localhost",
  "",
);
const scheme = fc.constantFrom(
  "postgres://",
  "postgresql://",
  "postgresql+asyncpg://",
  "mysql://",
  "jdbc:postgresql://",
  "postgresql:/",
  "",
);

it("shows no stretch of a password, however it breaks the URL", () => {
  fc.assert(
    fc.property(around, scheme, secret, tail, (wrap, start, password, end) => {
      // `user:half@half` with nothing behind it is a well-formed user, password and host: nobody can tell.
      fc.pre(end !== "" || !password.includes("@"));
      const raw = `${wrap[0]}${start}app:${password}${end}${wrap[1]}`;
      const shape = analyseDatabaseUrl(raw);
      const shown = JSON.stringify(shape) + JSON.stringify(correctedUrl(shape, {}));
      expect(tracesOf(password).filter((trace) => shown.includes(trace))).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

it("shows no stretch of a password in a key=value string or a parameter", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom("password", "sslpassword"), fc.boolean(), (password, name, uri) => {
      const raw = uri
        ? `postgresql://app@db.example.com/app?sslmode=require&${name}=${password}`
        : `host=db.example.com dbname=app ${name}=${password} user=app`;
      const shown = JSON.stringify(analyseDatabaseUrl(raw));
      expect(tracesOf(password).filter((trace) => shown.includes(trace))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

it("never throws, keeps every place inside the text, and gives JSON", () => {
  const signs = fc.constantFrom(
    ..."postgresql://:@/?#%&=[],' \\\n\tabz019.-",
    "postgres://",
    "host=",
    "%41",
    "é",
    "\u0000",
    "𝒳",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(signs, { maxLength: 40 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (raw) => {
      const shape = analyseDatabaseUrl(raw);
      expect(JSON.parse(JSON.stringify(shape))).toEqual(shape);
      for (const fault of shape.faults) {
        expect(fault.at).toBeGreaterThanOrEqual(0);
        expect(fault.at + fault.length).toBeLessThanOrEqual(raw.length);
      }
      const settings = connectionSettings(raw);
      // What libpq refuses is never without a fault that says so, or that libpq reads it otherwise.
      const telling = shape.faults.filter((f) => f.effect === "refused" || f.effect === "misread");
      if (!settings.ok && raw !== "") expect(telling).not.toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

it("gives back what went in when every part is encoded, and finds no fault there", () => {
  const part = fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).filter((text) => !text.includes("\u0000"));
  const encode = (text: string) => encodeURIComponent(text).replaceAll("'", "%27");
  fc.assert(
    fc.property(part, part, part, fc.integer({ min: 1, max: 65_535 }), part, (user, password, database, port, name) => {
      const raw = `postgresql://${encode(user)}:${encode(password)}@db.example.com:${port}/${encode(database)}?application_name=${encode(name)}`;
      expect(connectionSettings(raw)).toEqual({
        ok: true,
        settings: {
          hosts: [{ host: "db.example.com", port }],
          user,
          password,
          database,
          parameters: { application_name: name },
        },
      });
      const shape = analyseDatabaseUrl(raw);
      expect(shape.faults.filter((f) => f.effect === "refused" || f.effect === "misread")).toEqual([]);
      expect(shape).toMatchObject({ hasUser: true, hasPassword: true, passwordLength: [...password].length });
    }),
    { numRuns: 1000 },
  );
});
