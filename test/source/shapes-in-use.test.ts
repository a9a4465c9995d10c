import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault, marker } from "../../src/source/vault.ts";

const { scrub } = createVault();
const canary = "Kq7canaryHunter9x";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const awsKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY1";
const line = `${"MIIEcanary".repeat(6)}Ab12`;

/** Ways of writing a secret down; `s` is the secret. */
const ways: readonly (readonly [string, (s: string) => string])[] = [
  ["curl's option", (s) => `curl -u app:${s} https://api.example.com/x`],
  ["curl's long option", (s) => `curl -s --user=app:${s} https://api.example.com/x`],
  ["curl's option in quotes", (s) => `curl -u "app:${s}" https://api.example.com/x`],
  ["curl's option without a space", (s) => `curl -uapp:${s} https://api.example.com/x`],
  ["a proxy's user", (s) => `curl --proxy-user app:${s} https://api.example.com/x`],
  ["httpie's option", (s) => `http -a app:${s} GET https://api.example.com/x`],
  ["mysql's option", (s) => `mysql -u app -p${s} orders`],
  ["docker login", (s) => `docker login -u app -p ${s} registry.example.com`],
  ["put-parameter", (s) => `aws ssm put-parameter --name /app/key --value ${s} --type SecureString`],
  ["psql's environment", (s) => `PGPASSWORD='${s}' psql -h db.example.com`],
  ["a connection string of pairs", (s) => `host=db.example.com user=app password=${s} dbname=app`],
  ["prose", (s) => `the password is ${s}`],
  ["prose, in quotes", (s) => `the password was '${s}', which the server refused`],
  ["a statement", (s) => `ALTER ROLE app WITH PASSWORD '${s}'`],
  ["another statement", (s) => `CREATE USER app ENCRYPTED PASSWORD '${s}';`],
  ["netrc", (s) => `machine db.example.com login app password ${s}`],
  ["pgpass", (s) => `db.example.com:5432:app:app:${s}`],
  ["markup", (s) => `<dbPassword>${s}</dbPassword>`],
  ["a no-break space", (s) => `password:\u00a0${s}`],
  ["a wide colon", (s) => `password\uff1a${s}`],
  ["name and value", (s) => `{"name":"DB_PASSWORD","value":"${s}"}`],
  ["CloudFormation's parameter", (s) => `{"ParameterKey":"DbPassword","ParameterValue":"${s}"}`],
  ["CloudFormation's shorthand", (s) => `ParameterKey=DbPassword,ParameterValue=${s}`],
  ["a parameter's answer", (s) => `{"Parameter": {"Name": "/app/key", "Type": "SecureString", "Value": "${s}"}}`],
  ["Slack's address", (s) => `POST https://hooks.slack.com/services/T000/B000/${s}`],
  ["Discord's address", (s) => `POST https://discord.com/api/webhooks/1234567/${s}`],
  ["Supabase's key", (s) => `apikey sb_secret_${s}`],
  ["digest authentication", (s) => `Authorization: Digest username="app", realm="x", response="${s}"`],
  ["a cookie", (s) => `Cookie: theme=dark; sid=${s}`],
  ["Prisma's address", (s) => `prisma+postgres://accelerate.prisma-data.net/?api_key=${s}`],
  ["Redis", (s) => `rediss://default:${s}@cache.example.com:6379`],
  [
    "a signature of Azure",
    (s) => `https://a.blob.core.windows.net/c/f?sv=2022-11-02&sr=b&sig=${s}%3D%3D&se=2026-12-01`,
  ],
  ["a shared access signature", (s) => `SharedAccessSignature sr=x&sig=${s}&se=1&skn=k`],
  ["a header in a list", (s) => `["authorization", "Token ${s}"]`],
  ["a header of bytes in a tuple", (s) => `(b'x-api-key', b'${s}')`],
  ["a quoted password with a blank", (s) => `host=db user=app password='first ${s}' dbname=x`],
  ["a password with a blank between semicolons", (s) => `Server=db;User Id=app;Password=first ${s};Database=x`],
  ["an encrypted web token", (s) => `got eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..${s}.${s}.${s} here`],
  ["a web token behind an underscore", (s) => `state_eyJhbGciOiJIUzI1NiJ9.${s}.${s}`],
  ["MongoDB", (s) => `mongodb+srv://app:${s}@c0.mongodb.net/app`],
];

describe("a secret in use", () => {
  it.each(ways)("is masked in %s", (_, write) => {
    expect(scrub(write(canary))).not.toContain(canary);
    expect(scrub(write(canary))).toContain(marker);
  });

  it.each([
    ["a passphrase", "passphrase: blue canary horse staple", ["canary", "staple"]],
    ["a passphrase before other lines", "passphrase: blue canary horse staple\nnext", ["canary", "staple"]],
    ["a key beside its id", `AKIAQWERTYUIOPASDFGH wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEYS`, ["wJalr"]],
    ["a session's token", `got IQoJb3JpZ2luX2VjE${"abCD12/+".repeat(20)}`, ["abCD12"]],
    [
      "a key with prefixes",
      `[I] -----BEGIN PRIVATE KEY-----\n[I] ${line}\n[I] ${line}\n[I] -----END PRIVATE KEY-----`,
      [line],
    ],
    ["a key that is cut off", `[I] -----BEGIN PRIVATE KEY-----\n[I] ${line}\n[I] ${line}`, [line]],
    ["one line of a key", `${line.slice(0, 62)}9z`, [line.slice(0, 62)]],
    ["a verifier", `SCRAM-SHA-256$4096:${base64("salt")}$${base64(canary)}:${base64(canary)}`, [base64(canary)]],
    ["base64 of a URL", base64(`postgresql://app:${canary}@db.example.com/app`), ["cG9zdGdyZXNxbDov"]],
    ["base64 of a URL behind a colon", `blob:${base64(`postgresql://app:${canary}@db.example.com/app`)}`, ["cG9zdGdy"]],
    ["base64 of a URL in a path", `/x/${base64(`postgresql://app:${canary}@db.example.com/app1`)}`, ["cG9zdGdy"]],
    ["a password with a blank at the end", `Server=db;User Id=app;Pwd=first ${canary}`, [canary]],
    ["HTTP's basic scheme", `Authorization: Basic ${base64(`app:${canary}`)}`, [base64(`app:${canary}`)]],
    ...["secret", "SecretAccessKey", "the secret access key:", "secret key", "aws_secret_access_key", '"Secret" ='].map(
      (word): [string, string, string[]] => [`a key of AWS after ${word}`, `using ${word} ${awsKey} now`, ["wJalr"]],
    ),
    ["base64 of JSON", `data=${base64(JSON.stringify({ password: canary, host: "db" }))}`, ["eyJwYXNzd29yZCI6"]],
  ])("is masked as %s", (_, text, parts) => {
    for (const part of parts) expect(scrub(text)).not.toContain(part);
    expect(scrub(scrub(text))).toBe(scrub(text));
  });

  it.each([
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 deployed",
    "secret 9fceb02d0ae598e95dc970b74767f19372d61af8 is the commit of it",
    "the secret ProductionDatabaseCredentialsForOrdersService was read",
    "no secret found for path/to/some/deeply/nested/parameter/name/here",
    "secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf rotated",
    "START RequestId: 7c1e0a2b-1111-4222-8333-000000000001 Version: $LATEST",
    `eventId 3${"0123456789".repeat(5)}12345`,
    "x-amzn-requestid: 7c1e0a2b-1111-4222-8333-000000000001 apigw-id: d2FybQ1tIAMFYxA=",
    "x-amz-id-2 8sQ2p9YQvO5s0kZ6Kc2m8hVq3yXK7h1Jm9r5ZtY6uW8x0z1A2b3C4d5E6f7G8h9I0j",
    "node_modules/@aws-sdk/client-secrets-manager/dist-cjs/index.js:123:45",
    "sig=SIGTERM received, then sig=15",
    "def f(a, sig=None): design=unchangedsince2019andlater",
    '["authorization", "none"]',
    "basic authentication is required",
    "docker run -p 8080:80 -u 1000:1000 app",
    "curl -u app:$TOKEN https://api.example.com/x",
    "curl -o out https://api.example.com/x",
    "the password is required",
    "the token is expired",
    "password: must be a string",
    "passphrase: not given",
    "CodeSha256: 2Xk0rZz2bM0+4U1Yz8j1Vq8p3p1b5m8m3lq3c0m7Zk4=",
    `sha256 ${"ab12".repeat(16)}`,
    '{"name":"TokensUsed","value":"1200"}',
    '{"name":"region","value":"eu-west-1"}',
    "SELECT password FROM users WHERE name = 'app'",
    "https://discord.com/api/webhooks/docs",
    base64("a plain sentence that holds nothing which anybody would want to hide"),
    "arn:aws:lambda:eu-west-1:111122223333:function:GetCustomerUsage",
    "at Client._handleErrorWhileConnecting (/var/task/node_modules/pg/lib/client.js:305:19)",
  ])("leaves %j alone", (text) => {
    expect(scrub(text)).toBe(text);
  });

  it("stays masked whatever stands around it, in JSON and in JSON within JSON", () => {
    const around = fc.constantFrom(
      "",
      "2026-03-02T10:00:00.000Z [ERROR] ",
      "\n",
      " | ",
      "é ",
      "x\t",
      "[pod/web-1/app] ",
    );
    const letters = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{6,24}[0-9]$/);
    fc.assert(
      fc.property(
        fc.constantFrom(...ways),
        letters,
        around,
        around,
        fc.integer({ min: 0, max: 2 }),
        (way, secret, before, after, depth) => {
          // A password file has nothing else in its lines.
          let text = way[0] === "pgpass" ? way[1](`Q${secret}`) : `${before}${way[1](`Q${secret}`)}${after}`;
          if (way[0] !== "pgpass") for (let each = 0; each < depth; each += 1) text = JSON.stringify({ message: text });
          expect(scrub(text)).not.toContain(`Q${secret}`);
        },
      ),
      { numRuns: 600 },
    );
  });

  it("takes no longer on a text that is made to delay it", () => {
    for (const part of [
      "curl -u a:",
      "-----BEGIN PRIVATE KEY-----\n",
      "password: a ",
      '"name":"',
      "login a password ",
      "<password>",
      "A".repeat(64) + " ",
      "-eyJabcde",
      "sig=",
      "secret ",
      "a=b;password=",
      '"authorization","',
      `/${"Ab1".repeat(14)}`,
      `secret ${awsKey}`,
    ]) {
      const text = part.repeat(Math.ceil(100_000 / part.length));
      const started = performance.now();
      scrub(text);
      expect(performance.now() - started, part).toBeLessThan(3_000);
    }
  });
});
