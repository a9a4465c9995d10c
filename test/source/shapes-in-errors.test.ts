import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createVault, marker } from "../../src/source/vault.ts";

const { scrub } = createVault();

/** What is logged, and the piece of a password in it. */
const pieces: readonly (readonly [line: string, piece: string])[] = [
  // Before the `@`, as a part of the host.
  ['could not translate host name "rd1Tail99@db.example.com" to address: Name or service not known', "rd1Tail99"],
  ['could not translate host name "w/o@rd9@db.example.com" to address', "o@rd9"],
  ["Error: getaddrinfo ENOTFOUND pw99@db.example.com", "pw99"],
  ["getaddrinfo EAI_AGAIN Tail@db.example.com", "Tail"],
  ['{"errno":-3008,"code":"ENOTFOUND","syscall":"getaddrinfo","hostname":"pw99@db.example.com"}', "pw99"],
  ["  hostname: 'pw99@db.example.com',", "pw99"],
  ["failed to resolve host 'pw99@db.example.com': [Errno -2] Name or service not known", "pw99"],
  ["Can't create a connection to host pw99@db.example.com and port 5432 (timeout is None)", "pw99"],
  ["Can't reach database server at `pw99@db.example.com:5432`", "pw99"],
  ["dial tcp: lookup pw99@db.example.com: no such host", "pw99"],
  ['FATAL: database "w9rd@db.example.com/app" does not exist', "w9rd"],
  ["netloc 'app:pw99@db.example.com' contains invalid characters under NFKC normalization", "pw99"],
  ["Could not parse rfc1738 URL from string 'postgresql//app:pw99@db.example.com/app'", "pw99"],
  ['could not translate host name "p w$9!@db.example.com" to address: x', "w$9!"],
  ["failed to resolve host 'a!b9$@db.example.com': [Errno -2]", "a!b9$"],
  ["Can't create a connection to host p w9@db.example.com and port 5432 (timeout is None)", "p w9"],
  ["ArgumentError: Could not parse SQLAlchemy URL from string 'app:p w9@db.example.com/x'", "w9"],
  ["Error -2 connecting to pw99@cache.example.com:6379.", "pw99"],
  ["connect ECONNREFUSED pw99@db.example.com:5432", "pw99"],
  ["[Errno -2] Name or service not known: 'pw99@db.example.com'", "pw99"],
  ['FATAL: password authentication failed for user "app:Pw99x"', "Pw99x"],
  // Behind the colon, as the port.
  ["invalid literal for int() with base 10: 'intPortPw1@db.example.com:5432'", "intPortPw1"],
  ["ValueError: invalid literal for int() with base 10: 'Pa55w0rd'", "Pa55w0rd"],
  ["ValueError: Port could not be cast to integer value as 'Pa55w0rdPort'", "Pa55w0rdPort"],
  ["ValueError: Port could not be cast to integer value as 'onlyletters'", "onlyletters"],
  ["http.client.InvalidURL: nonnumeric port: 'portpiece'", "portpiece"],
  ['invalid integer value "portPw22" for connection option "port"', "portPw22"],
  ['invalid port number: "portPw22"', "portPw22"],
  ['parse "postgres://app": invalid port ":portPw22" after host', "portPw22"],
  ["RangeError: Port should be >= 0 and < 65536. Received type string ('portPw22').", "portPw22"],
  ["org.postgresql.util.PSQLException: JDBC URL port: portPw22 not valid (1:65535)", "portPw22"],
  ["ValueError: 'brPw99' does not appear to be an IPv4 or IPv6 address", "brPw99"],
  // Elsewhere.
  ['missing "=" after "missEqPw1" in connection info string', "missEqPw1"],
  ['invalid dsn: missing "=" after "postgresql//app:missEqPw1@db/x" in connection info string', "missEqPw1"],
  ['missing key/value separator "=" in URI query parameter: "pwq9"', "pwq9"],
  ['extra key/value separator "=" in URI query parameter: "pwq9=x"', "pwq9"],
  ['forbidden value %00 in percent-encoded value: "pw%009"', "pw%009"],
  ["ValueError: bad query field: 'pw9x@localhost:5432/app'", "pw9x"],
  ['unexpected spaces found in "pwonly", use percent-encoded spaces (%20) instead', "pwonly"],
  ['invalid connection option "pwpart9"', "pwpart9"],
  // URLs that no reader takes.
  ["postgresql://app:has space pw9@db/x", "space"],
  ["postgresql://app:has space pw9@db/x", "pw9"],
  ["postgresql://app:p@ss word9@db.example.com/x", "word9"],
  ["postgresql://app:my p@ss/w#rd9@127.0.0.1/x", "ss/w#rd9"],
  ['url: "postgres://app:one two three@db.example.com:5432/x"', "two"],
  ["connecting to //app:PWx9@db.example.com/x", "PWx9"],
  ["connecting to app:PWx9@db.example.com:5432/x", "PWx9"],
  ["connecting to app:9PWx@db.example.com/x", "9PWx"],
  ["DATABASE app:PWx9@localhost:5432/x", "PWx9"],
  ["sqlplus app/PWx9@orcl", "PWx9"],
  ["CONNECT app/PWx9@orcl", "PWx9"],
  // Password files.
  ["host:5432:app:app:PW", ":PW"],
  ["ERROR bad line db.example.com:5432:app:app:PWx9", "PWx9"],
  [String.raw`2026-03-02T10:00:00Z *:5432:*:app:a\:b/c9`, "b/c9"],
];

describe("a piece of a password that was not encoded", () => {
  it.each(pieces)("is masked in %s", (line, piece) => {
    for (const text of [line, JSON.stringify({ message: line })]) {
      const clean = scrub(text);
      expect(clean).not.toContain(piece);
      expect(clean).toContain(marker);
      expect(scrub(clean)).toBe(clean);
    }
  });

  it("is masked in what each driver was measured to say", () => {
    const told = readFileSync(new URL("../../src/postgres/matrix.gen.ts", import.meta.url), "utf8");
    const place = /\((?:beginning of the |end of the )?password\)/g;
    const messages = [...told.matchAll(/(["'])((?:(?!\1)[^\\\n]|\\.)*)\1/g)].flatMap(([, , text = ""]) =>
      place.test(text) ? [text.replaceAll(/\\(["'])/g, "$1")] : [],
    );
    expect(messages.length).toBeGreaterThan(10);
    for (const password of ["Kq7xHunter9z", "p w9Xd", "aB3$x!9q", "rd9@xQ7"]) {
      for (const message of messages) expect(scrub(message.replaceAll(place, () => password))).not.toContain(password);
    }
  });

  it("leaves the host, the scheme and the driver's words", () => {
    expect(scrub('could not translate host name "rd1@db.example.com" to address: x')).toBe(
      'could not translate host name "(secret)@db.example.com" to address: x',
    );
    expect(scrub("int() with base 10: 'Pw1x2@db.example.com:5432'")).toBe(
      "int() with base 10: '(secret)@db.example.com:5432'",
    );
    expect(scrub('missing "=" after "postgresql//app:Pw1@db/x" in connection info string')).toBe(
      'missing "=" after "postgresql//(secret)@db/x" in connection info string',
    );
    expect(scrub("postgresql://app:a b c@db.example.com/x")).toBe("postgresql://app:(secret)@db.example.com/x");
  });

  it.each([
    `File "url.py", line 9\n    components["port"] = int(components["port"])\nValueError: invalid literal for int() with base 10: 'canary'`,
    `{"errorMessage":"invalid literal for int() with base 10: 'canary'","stackTrace":["  File \\"x\\", in make_url\\n"]}`,
    `  File "asyncpg/connect_utils.py", line 9, in _parse_hostlist\nValueError: invalid literal for int() with base 10: 'Canary'`,
  ])("masks a word where a port is read in %j", (text) => {
    expect(scrub(text)).not.toMatch(/canary/i);
    expect(scrub(text.replace(/canary/i, "None"))).toContain("'None'");
  });

  it.each([
    'could not translate host name "db.example.com" to address: Name or service not known',
    "in export_report\n  n = int(report)\nValueError: invalid literal for int() with base 10: 'abc'",
    "getaddrinfo ENOTFOUND db.example.com",
    "invalid literal for int() with base 10: 'abc'",
    "invalid literal for int() with base 10: 'customer_id'",
    "invalid literal for int() with base 10: '12.50'",
    "invalid literal for int() with base 10: '10GB'",
    "invalid literal for int() with base 10: '2026-03-02'",
    "Port could not be cast to integer value as '<PORT>'",
    "Port could not be cast to integer value as 'PORT'",
    "Port could not be cast to integer value as 'None'",
    "Port could not be cast to integer value as '(beginning of the password)'",
    "failed to resolve host '(end of the password)@localhost': [Errno -2]",
    "bad query field: '(end of the password)@localhost:5432/appdb'",
    'invalid port number: "70000"',
    'invalid port number: "5432x"',
    'invalid integer value "70000" for connection option "port"',
    'invalid integer value "10s" for connection option "connect_timeout"',
    'invalid URI query parameter: "pgbouncer"',
    'invalid connection option "connection_limit"',
    'missing "=" after "psql" in connection info string',
    'missing "=" after "db.example.com" in connection info string',
    'missing "=" after "postgres//app@db/app" in connection info string',
    "'db.example.com' does not appear to be an IPv4 or IPv6 address",
    "'10.0.0.300' does not appear to be an IPv4 or IPv6 address",
    "postgresql://db.example.com:5432/x failed for someone@example.com",
    "postgresql://app@db.example.com:5432/x and mail to someone@example.com/x",
    "mail to someone@example.com failed",
    "written by [Vyacheslav Egorov (@mraleph)](https://example.com/x)",
    "Can't create a connection to host db.example.com and port 5432",
    "bad query field: 'sslmode'",
    'password authentication failed for user "app@server"',
    "mailto:someone@example.com:25",
    '{"email":"someone@example.com","host":"db.example.com"}',
    "git@github.com:owner/name.git",
    "ssh app@db.example.com:22",
    "node_modules/pg@8.11.3/lib/client.js:305:19",
    "import npm:react@18.2.0/index.js",
    "docker.io/library/postgres:15@sha256:abcd",
    "uses: actions/checkout@v4",
    "http://localhost:3000/@vite/client",
    "at Object.<anonymous> (file:///var/task/node_modules/@aws-sdk/client-ssm/index.js:12:3)",
    "connect to pool/main@primary refused",
    "handler.py:5432: get_user: failed",
  ])("leaves %j alone", (line) => {
    expect(scrub(line)).toBe(line);
  });

  it("takes no longer on a text that is made to delay it", () => {
    for (const part of [
      "a:",
      "a:b@",
      "@",
      "host=",
      "x:y@db.example.com ",
      'host name "',
      "//a:b@ ",
      "postgresql://app:a b ",
      "postgresql://app:a@b ",
      "connect a/",
      "a:5432:b:c:d ",
      "*:*:*:*:",
      "@a.b.c.",
      "int() with base 10: '",
      "port Received type string (",
    ]) {
      const text = `x@ :// host ${part.repeat(Math.ceil(400_000 / part.length))}`;
      const started = performance.now();
      scrub(text);
      expect(performance.now() - started, part).toBeLessThan(5_000);
    }
  });
});
