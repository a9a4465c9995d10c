import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault } from "../../src/source/vault.ts";

const key = new Uint8Array(32).fill(7);
const vaultWith = (...literals: string[]) => {
  const vault = createVault({ randomKey: key });
  for (const literal of literals) vault.seal("value", literal);
  return vault;
};

/** Every way in which a secret is written down somewhere. */
const encodings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  "json in json": (text) => JSON.stringify(JSON.stringify(text)).slice(1, -1),
  "json with \\u": (text) =>
    [...text].map((char) => (char > "~" || char < " " || `"\\<>&'`.includes(char) ? unicode(char) : char)).join(""),
  "percent-encoded": (text) => encodeURIComponent(text),
  "percent-encoded wholly": (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "percent-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  form: (text) => new URLSearchParams({ x: text }).toString().slice(2),
  hex: (text) => Buffer.from(text).toString("hex"),
  "hex in capitals": (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "hex escapes": (text) =>
    [...Buffer.from(text, "latin1")].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  html: (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  "html by numbers": (text) => [...text].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(""),
  "shell, single quotes": (text) => text.replaceAll("'", String.raw`'\''`),
  "shell, backslashes": (text) => text.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`),
  "shell, double quotes": (text) => text.replaceAll(/[$`"\\!]/g, String.raw`\$&`),
  "json, percent-encoded": (text) => encodeURIComponent(JSON.stringify(text).slice(1, -1)),
  "base64 of json": (text) => Buffer.from(JSON.stringify(text).slice(1, -1)).toString("base64"),
};

const unicode = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Secrets as they occur: with every kind of character that one encoding or another treats specially. */
const secret = fc
  .array(
    fc.constantFrom(
      ...`abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!"#$%&'()*+,-./:;<=>?@[]^_{|}~\\\` äß€`,
    ),
    {
      minLength: 6,
      maxLength: 40,
    },
  )
  .map((chars) => chars.join(""))
  // A secret of blanks and punctuation alone is not told apart from the text around it.
  .filter((text) => /[A-Za-z0-9]{3}/.test(text) && text.trim() === text);

const around = fc.constantFrom("", " ", "=", '"', "'", "value: ", "x&y=", "(", "\n", "é", "?a=1&b=");

describe("scrub", () => {
  for (const [name, encode] of Object.entries(encodings)) {
    it(`takes out a secret: ${name}`, () => {
      fc.assert(
        fc.property(secret, around, around, (literal, before, after) => {
          fc.pre(!name.startsWith("hex escapes") || /^[\u0000-\u00ff]*$/.test(literal));
          const vault = vaultWith(literal);
          const encoded = encode(literal);
          const clean = vault.scrub(before + encoded + after);
          expect(clean).toContain("(secret)");
          expect(clean).not.toContain(encoded);
          expect(vault.leaks(clean)).toBe(false);
        }),
        { numRuns: 150 },
      );
    });
  }

  it("takes out a secret that is percent-encoded here and there", () => {
    fc.assert(
      fc.property(secret, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (literal, flips) => {
        const encoded = [...literal]
          .map((char, index) =>
            flips[index] === true || char === "%" ? encodings["percent-encoded wholly"]?.(char) : char,
          )
          .join("");
        const clean = vaultWith(literal).scrub(`postgres=${encoded}#`);
        expect(clean).not.toContain(encoded);
        expect(clean).toContain("(secret)");
      }),
    );
  });

  it("takes out a secret in base64 at every alignment, with all the characters that carry its bits", () => {
    fc.assert(
      fc.property(
        secret,
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        fc.constantFrom("base64" as const, "base64url" as const),
        (literal, before, after, encoding) => {
          const vault = vaultWith(literal);
          const encoded = Buffer.from(before + literal + after).toString(encoding);
          const clean = vault.scrub(`blob ${encoded} end`);
          expect(clean).toContain("(secret)");
          const from = Math.floor((Buffer.byteLength(before) * 8) / 6);
          const to = Math.ceil((Buffer.byteLength(before + literal) * 8) / 6);
          // What is left beside the mark are the characters wholly made of what stood around.
          expect(clean.length).toBeLessThanOrEqual(`blob ${encoded} end`.length - (to - from) + "(secret)".length + 2);
          expect(clean).not.toContain(encoded.slice(from, to));
        },
      ),
    );
  });

  it("takes out a secret from base64 that was wrapped into lines", () => {
    const literal = "a-very-long-secret-that-fills-more-than-one-line-of-wrapped-base64-output-0123456789";
    const wrapped = Buffer.from(`DATABASE_URL=${literal}\n`).toString("base64").replaceAll(/.{76}/g, "$&\n");
    expect(wrapped.split("\n").length).toBeGreaterThan(1);
    const clean = vaultWith(literal).scrub(`$ env | base64\n${wrapped}`);
    expect(Buffer.from(clean.split("\n").slice(1).join(""), "base64").toString("latin1")).not.toContain("fills");
  });

  it("leaves text without secrets as it is", () => {
    const vault = vaultWith("hunter2-correct-horse", "Tr0ub4dor&3");
    const text =
      'GetCustomerUsage failed: {"error":"no module named \'pg8000\'"} at 100% of arn:aws:lambda:eu-west-1:111122223333:function:x';
    expect(vault.scrub(text)).toBe(text);
    expect(vault.leaks(text)).toBe(false);
  });

  it("gives the same text again when it is applied twice", () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (literals, noise) => {
        const vault = vaultWith(...literals);
        const once = vault.scrub(`${noise}${literals.join(noise)}${noise}`);
        expect(vault.scrub(once)).toBe(once);
      }),
    );
  });

  it("hides a secret that is itself a word of the mark, and stops there", () => {
    const vault = vaultWith("secret");
    expect(vault.scrub("the secret is here")).toBe("the (secret) is here");
    expect(vault.scrub("the (secret) is here")).toBe("the (secret) is here");
  });

  it("leaves what stands before and after a secret, line ends and quotes included", () => {
    const vault = vaultWith("giraffe-42");
    for (const text of [
      "a: giraffe-42\nb: x",
      "a: giraffe-42\r\n  b: x",
      '{"a":"giraffe-42","b":"x"}',
      "a='giraffe-42' b",
      "a=giraffe-42&b=+%20",
    ]) {
      expect(vault.scrub(text)).toBe(text.replace("giraffe-42", "(secret)"));
    }
  });

  it("does not hide the words of every format", () => {
    expect(vaultWith("true", "null", "False").scrub('{"a":true,"b":null,"c":"False"}')).toBe(
      '{"a":true,"b":null,"c":"False"}',
    );
  });

  it("leaves literals of fewer than four characters in place", () => {
    expect(vaultWith("abc").scrub("abc abcd")).toBe("abc abcd");
  });

  it("merges secrets that overlap into one mark", () => {
    expect(vaultWith("alphabeta", "betagamma").scrub("x alphabetagamma y")).toBe("x (secret) y");
  });

  it("takes out a key of several lines line by line", () => {
    const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    const clean = vaultWith(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`).scrub(
      `line 1: ${body.split("\n")[0]}; line 2: ${body.split("\n")[1]}`,
    );
    expect(clean).toBe("line 1: (secret); line 2: (secret)");
  });

  it("takes time in proportion to the text, not to the number of secrets", () => {
    const vault = createVault({ randomKey: key });
    for (let index = 0; index < 500; index += 1) vault.seal("value", `secret-number-${index}-${index * 7919}`);
    const text = "2026-11-23T10:00:00Z INFO nothing of note was seen in this line\n".repeat(8_000);
    const from = performance.now();
    expect(vault.scrub(`${text}secret-number-77-${77 * 7919}`)).toMatch(/line\n\(secret\)$/);
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe("passwords inside of a database URL", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["as written", "postgresql://app:s3cr3t-pass@db.example.com/app", "password s3cr3t-pass was refused"],
    ["percent-decoded", "postgresql://app:p%40ss%2Fw0rd@db.example.com/app", "tried p@ss/w0rd"],
    [
      "percent-encoded while the URL has it decoded",
      "postgresql://app:p ss w0rd@db.example.com/app",
      "tried p%20ss%20w0rd",
    ],
    ["with an @ that should have been encoded", "postgres://app:pa@ss@word@db.example.com/app", "tried pa@ss@word"],
    ["with a slash that should have been encoded", "postgres://app:pa/ss#word@db.example.com/app", "tried pa/ss#word"],
    ["in the query", "postgresql://db.example.com/app?user=app&password=s3cr3t%21", "tried s3cr3t!"],
    ["in a key=value string", String.raw`host=db.example.com user=app password='it\'s me' dbname=x`, "tried it's me"],
    ["after SQLAlchemy's driver", "postgresql+psycopg://app:s3cr3t-pass@db/app", "tried s3cr3t-pass"],
  ];
  it.each(cases)("%s", (_name, url, text) => {
    const vault = createVault({ randomKey: key });
    vault.seal("database-url", url);
    expect(vault.scrub(text)).toContain("(secret)");
    expect(vault.scrub(`url is ${url}.`)).toBe("url is (secret).");
  });

  it("does not hide the host of a URL without credentials", () => {
    const vault = createVault({ randomKey: key });
    vault.seal("database-url", "postgresql://db.example.com:5432/app?options=a@b");
    expect(vault.scrub("db.example.com does not resolve")).toBe("db.example.com does not resolve");
  });
});

describe("shapes of secrets that nobody sealed", () => {
  const vault = createVault({ randomKey: key });
  const jwt = `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;
  const hidden: readonly (readonly [string, string, string])[] = [
    [
      "a URL with a password",
      "connect to postgres://app:hunter2@db.example.com:5432/x failed",
      "connect to postgres://app:(secret)@db.example.com:5432/x failed",
    ],
    ["a URL whose password has a slash", "postgresql://app:a/b?c@db/x", "postgresql://app:(secret)@db/x"],
    [
      "a URL in hexadecimal",
      `dump ${Buffer.from("postgresql://app:hunter2@db/x").toString("hex")} end`,
      "dump (secret) end",
    ],
    [
      "a URL that is percent-encoded wholly",
      `u=${[...Buffer.from("postgres://app:hunter2@db")].map((byte) => `%${byte.toString(16).toUpperCase()}`).join("")}&x`,
      "u=(secret)&x",
    ],
    ["an encoded URL", "url=postgres%3A%2F%2Fapp%3Ahunter2%40db", "url=postgres%3A%2F%2Fapp%3A(secret)%40db"],
    [
      "an http URL",
      "index https://ci:tok3n@pypi.example.com/simple",
      "index https://ci:(secret)@pypi.example.com/simple",
    ],
    ["an AWS key", "key AKIAIOSFODNN7EXAMPLE used", "key (secret) used"],
    ["a PEM block", "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY----- b", "a (secret) b"],
    [
      "a PEM block with escaped breaks",
      String.raw`{"k":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}`,
      String.raw`{"k":"(secret)\n"}`,
    ],
    ["a PEM block that is cut off", "-----BEGIN PRIVATE KEY-----\nMIIEvQ", "(secret)"],
    ["an Authorization header", "authorization: Basic dXNlcjpwYXNz\r\nhost: x", "authorization: (secret)\r\nhost: x"],
    ["an Authorization header in JSON", '{"Authorization":"Bearer abcdefgh12345"}', '{"Authorization":"(secret)"}'],
    ["an X-Signature header", "X-Signature: 5d41402abc4b2a76b9719d911017c592", "X-Signature: (secret)"],
    ["a bearer token", "sent Bearer abcdef123456 to x", "sent Bearer (secret) to x"],
    ["a JWT", `token ${jwt} expired`, "token (secret) expired"],
    [
      "a presigned address",
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef0123&X-Amz-Security-Token=IQoJb3&x=1",
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=(secret)&X-Amz-Security-Token=(secret)&x=1",
    ],
    ["password=", "dsn host=x password=hunter2 user=y", "dsn host=x password=(secret) user=y"],
    ["PGPASSWORD=", "PGPASSWORD=hunter2 psql", "PGPASSWORD=(secret) psql"],
    ["a password in JSON", '{"password": "hunter2", "user": "x"}', '{"password": "(secret)", "user": "x"}'],
  ];
  it.each(hidden)("hides %s", (_name, text, clean) => {
    expect(vault.scrub(text)).toBe(clean);
    expect(vault.scrub(clean)).toBe(clean);
  });

  it.each([
    ['{"X-Signature":    "abcdef0123456789", "a": 1}', '{"X-Signature":    "(secret)", "a": 1}'],
    [`{'X-Signature': 'abcdef0123', 'X-Client': 'cli'}`, `{'X-Signature': '(secret)', 'X-Client': 'cli'}`],
    [String.raw`{\"X-Signature\":  \"abcdef\"}`, String.raw`{\"X-Signature\":  \"(secret)\"}`],
    ['{"X-Api-Key": ["0a1b2c3d4e5f"]}', '{"X-Api-Key": ["(secret)"]}'],
    [`{"X-Signature": "a'b"}`, '{"X-Signature": "(secret)"}'],
    [String.raw`{"X-Signature": "t=1,v1=\"abc\""}`, '{"X-Signature": "(secret)"}'],
  ])("leaves the quotes and brackets around a header's value: %s", (text, clean) => {
    expect(vault.scrub(text)).toBe(clean);
    expect(vault.scrub(clean)).toBe(clean);
  });

  const kept: readonly string[] = [
    'psql "$DATABASE_URL"',
    "postgresql://app:$PGPASSWORD@db.example.com/x",
    'curl -H "Authorization: $TOKEN" -H "X-Signature: sha256=$SIG"',
    "PGPASSWORD=$PGPASSWORD psql",
    'password authentication failed for user "app"',
    "fe_sendauth: no password supplied",
    "MasterUserPassword: !Ref Password",
    '"AuthorizationType": "NONE"',
    '"authorization": "AWS_IAM"',
    "https://example.com:8443/path?mail=a@b.example",
    "arn:aws:lambda:eu-west-1:111122223333:layer:common:7",
    "AllowHeaders: \"'Content-Type,X-Signature,X-Timestamp'\"",
    "password=None",
  ];
  it.each(kept)("leaves %s", (text) => {
    expect(vault.scrub(text)).toBe(text);
  });
});

describe("tokens", () => {
  it("have one fingerprint for one literal and give it back", () => {
    const vault = createVault({ randomKey: key });
    const first = vault.seal("key", "hunter2-hunter2");
    const again = vault.seal("value", "hunter2-hunter2");
    const other = vault.seal("key", "hunter3-hunter3");
    expect(again.$secret.fingerprint).toBe(first.$secret.fingerprint);
    expect(other.$secret.fingerprint).not.toBe(first.$secret.fingerprint);
    expect(first.$secret).toEqual({
      type: "key",
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      length: 15,
      blank: false,
    });
    expect(vault.reveal(first)).toBe("hunter2-hunter2");
    expect(vault.reveal(other.$secret.fingerprint)).toBe("hunter3-hunter3");
  });

  it("differ between runs, and are not revealed by another run's vault", () => {
    const token = createVault().seal("key", "hunter2-hunter2");
    const another = createVault();
    expect(another.seal("key", "hunter2-hunter2").$secret.fingerprint).not.toBe(token.$secret.fingerprint);
    expect(another.reveal(token)).toBeUndefined();
  });

  it("tell blank secrets", () => {
    expect(createVault().seal("key", " \n").$secret.blank).toBe(true);
  });

  it("scrub every string of a value and the names that are asked for", () => {
    const vault = vaultWith("hunter2-hunter2");
    const value = { list: ["a hunter2-hunter2 b"], "hunter2-hunter2": 1, deep: { x: "hunter2-hunter2" } };
    expect(vault.scrubAll(value)).toEqual({ list: ["a (secret) b"], "hunter2-hunter2": 1, deep: { x: "(secret)" } });
    expect(Object.keys(vault.scrubAll(value, () => true))).toEqual(["list", "(secret)", "deep"]);
  });
});

describe("a secret that is a word of what is shown anyway", () => {
  it("is hidden where it is said to be one, and where it is encoded, and nowhere else", () => {
    const vault = vaultWith("prod", "giraffe-42");
    vault.spare("https://api.example.com/prod/get_x?key=giraffe-42", "orders-prod");
    expect(vault.scrub("curl https://api.example.com/prod/get_x --stack orders-prod")).toBe(
      "curl https://api.example.com/prod/get_x --stack orders-prod",
    );
    expect(vault.scrub('HMAC_SECRET=prod and {"secret": "prod"}')).toBe(
      'HMAC_SECRET=(secret) and {"secret": "(secret)"}',
    );
    const hex = Buffer.from("prod").toString("hex");
    expect(vault.scrub(`signed with ${hex}`)).toBe("signed with (secret)");
    // What stands behind the question mark of a URL may be secret itself.
    expect(vault.scrub("it echoes giraffe-42")).toBe("it echoes (secret)");
    expect(vault.leaks("https://api.example.com/prod")).toBe(false);
  });

  it("breaks no sentence of the program's own", () => {
    const vault = vaultWith("postgres", "database");
    vault.seal("database-url", "postgresql://postgres:postgres@localhost/postgres");
    expect(vault.scrub("the database at postgresql://<USER>:<PASSWORD>@localhost/postgres, by postgres.js")).toBe(
      "the database at postgresql://<USER>:<PASSWORD>@localhost/postgres, by postgres.js",
    );
    expect(vault.scrub("dsn postgresql://postgres:postgres@localhost/postgres")).toBe("dsn (secret)");
    expect(vault.scrub("postgres://postgres:postgres@other/x password=postgres")).toBe(
      "postgres://postgres:(secret)@other/x password=(secret)",
    );
  });
});
