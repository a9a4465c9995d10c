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
    ]) {
      const text = part.repeat(Math.ceil(400_000 / part.length));
      const started = performance.now();
      scrub(text);
      expect(performance.now() - started, part).toBeLessThan(5_000);
    }
  });
});
