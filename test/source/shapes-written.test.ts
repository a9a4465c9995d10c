import { describe, expect, it } from "vitest";
import { createVault, marker } from "../../src/source/vault.ts";

const { scrub } = createVault();
const canary = "Kq7canaryHunter9x";
const key = "mF3kq9ZpX2cVb7NsRt5Yw8Lh1Dj4Gz6Ua0Ei+Oq/Kx8=";

describe("a secret, however it is written,", () => {
  it.each([
    `{'pw':'${canary}'}`,
    `{"pw": "${canary}"}`,
    `PW=${canary}`,
    `db_pw: ${canary}`,
    `password is: "${canary}"`,
    `password is: ${canary}`,
    `password -> ${canary}`,
    `PASSWORD := ${canary}`,
    `password:=${canary}`,
    `password: |\n  ${canary}\nx: 1`,
    `  password: >-\n    first\n    ${canary}\n  user: x`,
    `password: |\\n  ${canary}\\nx: 1`,
    `["--db-password","${canary}"]`,
    `['psql', '--password', '${canary}']`,
    `\\u0022password\\u0022:\\u0022${canary}\\u0022`,
    `\\x22password\\x22: \\x22two ${canary}\\x22`,
    `&quot;password&quot;:&quot;${canary}&quot;`,
    `&#34;password&#34;: &#34;${canary}&#34;`,
    `%22password%22%3A%22${canary}%22`,
    `%22password%22%3A+%22two+${canary}%22%7D`,
    `{"authorization":{"S":"${canary}"}}`,
    `{"password": {"S": "${canary}"}}`,
    `{"x-api-key":{"DataType":"String","StringValue":"${canary}"}}`,
    `{'cookies': ['sid=${canary}; Path=/']}`,
    `{"cookies":["theme=dark","sid=${canary}"],"x":1}`,
    `sessionid=${canary}; theme=dark`,
    `PHPSESSID=${canary}`,
    `Password={odbc;Brace}}${canary}}`,
    `Driver=x;Pwd={a}}b;${canary}};Server=x`,
    `GET /cb?code=4/0AX4${canary}&state=xyz`,
    `GET /cb?state=xyz&code=${canary}`,
    `{"code":"4/0AX4${canary}"}`,
    `GET https://maps.example.com/x?key=${canary}&x=1`,
    `POST https://api.telegram.org/bot123456789:${canary}/sendMessage`,
    `bot token was 123456789:AA${canary}${canary}`,
    `Passwort: ${canary}`,
    `Kennwort=${canary}`,
    `contraseña: ${canary}`,
    `CONTRASEÑA=${canary}`,
    `contrasena=${canary}`,
    `mot_de_passe=${canary}`,
    `Mot de passe : ${canary}`,
    `senha=${canary}`,
    `parola: ${canary}`,
    `wachtwoord: ${canary}`,
    `lösenord=${canary}`,
    `Пароль: ${canary}`,
    `密码：${canary}`,
    `パスワード=${canary}`,
    `비밀번호: ${canary}`,
    `clave=${canary}`,
    `La clave: ${canary}`,
    `invalid sid=${canary}`,
    `sid="${canary}"`,
    `the password for app is ${canary} and was refused`,
    `password for user "app" was '${canary}'`,
    `Password of role app is ${canary}`,
    `the app password was set to ${canary} yesterday`,
    `the password was changed to "${canary}"`,
    `secret is "${canary}" but another was expected`,
    `user 'app' identified by '${canary}' failed`,
    `CREATE USER app IDENTIFIED BY "${canary}"`,
    `using pwd ${canary} for app`,
    `HMAC_SECRET "${canary}" mismatch`,
    `DB_PASSWORD '${canary}' refused`,
    `password authentication failed for user "app" (tried '${canary}')`,
  ])("is masked in %j", (line) => {
    const clean = scrub(line);
    expect(clean).not.toContain(canary);
    expect(clean).toContain(marker);
    expect(scrub(clean)).toBe(clean);
  });

  it.each([`signing key ${key}`, `the encryption key is ${key}`, `HMAC key  ${key}`])("is masked in %j", (line) => {
    expect(scrub(line)).not.toContain("mF3kq9");
  });

  it("loses the value alone", () => {
    expect(scrub(`PASSWORD := ${canary} and more`)).toBe("PASSWORD := (secret) and more");
    expect(scrub(`{"password":{"S":"x1"},"b":{"S":"y"}}`)).toBe(`{"password":{"S":"(secret)"},"b":{"S":"y"}}`);
    expect(scrub(`%22password%22%3A%22${canary}%22%2C%22b%22%3A1`)).toBe(
      "%22password%22%3A%22(secret)%22%2C%22b%22%3A1",
    );
    expect(scrub("password: |\n  a1\n  b2\nuser: x")).toBe("password: |\n  (secret)\nuser: x");
    expect(scrub(`{"cookies":["a=b1","c=d2"],"x":1}`)).toBe(`{"cookies":["(secret)"],"x":1}`);
  });

  it.each([
    "GET /usage?key=customer-42&x=1",
    "GET /usage?key=usage/2026/01.json",
    "GET /usage?key=customer_id",
    "GET /x?code=200&y=1",
    "error code=42P01",
    "status code=ECONNREFUSED",
    "signing key is missing",
    "signing key /app/prod/hmac not found",
    "sessionid=none",
    "[7] sid=65f2a1b3.4d2 db=app LOG: connection authorized",
    "(DESCRIPTION=(CONNECT_DATA=(SID=ORCL)))",
    "sid=ORCL12c refused",
    "la clave duplicada no existe",
    "the password for app is required",
    "password for user app was not set",
    "the password was set to an empty string",
    'the secret is "missing"',
    'HMAC_SECRET "is not set"',
    'DB_PASSWORD "undefined"',
    'DB_SECRET "prod/db-1"',
    "DB_PASSWORD 'PGPASSWORD_2'",
    "identified by the name 'app'",
    "using pwd /var/task1/app",
    "pwd is not set",
    "password was refused, tried 'md5' first",
    "pw is not set",
    "%22user%22%3A%22ann%22",
    "&quot;user&quot;:&quot;ann&quot;",
    '{"user":{"S":"ann"}}',
    '["--region","eu-west-1"]',
    "password -> `Invalid URL`",
    "10:00:00:AAAA",
  ])("leaves %j alone", (line) => {
    expect(scrub(line)).toBe(line);
  });

  it("takes no longer on a text that is made to delay it", () => {
    for (const part of [
      "password is: ",
      "password%22%3A%22",
      "password&quot;:&quot;",
      '--a-b-c-password","',
      'password":{"S":"',
      'cookies":["',
      'cookies": ["a',
      "password: |\n  a\n",
      "Pwd={",
      "Pwd={a}}",
      "signing key Ab1",
      "123456:AA",
      "?code=a1",
      "?key=a1b2c3d4",
      "mot de passe",
      "password for a is ",
      "password for ",
      "password tried ",
      "A_PASSWORD ",
      "A_A_A_",
      "identified by '",
      "sid=a1",
    ]) {
      const text = part.repeat(Math.ceil(400_000 / part.length));
      const started = performance.now();
      scrub(text);
      expect(performance.now() - started, part).toBeLessThan(5_000);
    }
  });
});
