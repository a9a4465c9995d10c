import { describe, expect, it } from "vitest";
import { classifyValue } from "../../src/source/classify-value.ts";
import { secretWords } from "../../src/source/secret-words.ts";
import { scrubShapes } from "../../src/source/shapes.ts";

const canary = "hunter2CANARYf6";
/** Joined where they are used, so that no scanner of repositories takes these for real keys. */
const key = (start: string, rest = "0123456789abcdefABCDEF0123456789abcd"): string => start + rest;

describe("a line of a log", () => {
  it.each([
    `password: ${canary}`,
    `Password is set, password=${canary}`,
    `secret=${canary}`,
    `secret: ${canary}`,
    `HMAC_SECRET=${canary}`,
    `hmac=${canary}`,
    `token=${canary}`,
    `token:${canary}`,
    `access_token=${canary}&x=1`,
    `refresh_token: '${canary}'`,
    `accessToken: "${canary}"`,
    `{"token":"${canary}"}`,
    `{"secret":"${canary}"}`,
    `{"SecretString":"${canary}"}`,
    String.raw`{"SecretString":"{\"password\":\"${canary}\"}"}`,
    `{"password":"a\\"b${canary}"}`,
    `{"password":"","secret":"${canary}"}`,
    `api-key: ${canary}`,
    `x-api-key: ${canary}`,
    `apiKey=${canary}`,
    `passphrase=${canary}`,
    `passphrase: "${canary} and more"`,
    `private_key=${canary}`,
    `--password ${canary}`,
    `--db-password ${canary} --user x`,
    `--password=${canary}`,
    `password='two ${canary}'`,
    `password="two ${canary}"`,
    `pwd=${canary}`,
    `client_secret=${canary}`,
    `aws_secret_access_key = ${canary}`,
    `SecretAccessKey: ${canary}`,
    String.raw`\"secret\": \"${canary}\"`,
    String.raw`\\\"secret\\\": \\\"${canary}\\\"`,
    `{'secret': '${canary}', 'x': 1}`,
    `'password' => '${canary}'`,
    `password%3D${canary}%26x`,
    `DBPASS=${canary}`,
    `db_pass: ${canary}`,
    `password=a,${canary}`,
    `hmac.new(secret=b'${canary}')`,
    `{'signing_key': b"${canary}"}`,
    `password=a(${canary}`,
    `password=$ecret${canary}`,
    `token: Bearer ${canary}`,
    `https://${canary}@github.com/x/y.git`,
    `https://ci:${canary}@github.com/x/y.git`,
    `connect(host='x', password='${canary}', user='y')`,
  ])("does not show what %s shows", (line) => {
    const clean = scrubShapes(line);
    expect(clean).not.toContain(canary);
    expect(clean).toContain("(secret)");
    expect(scrubShapes(clean)).toBe(clean);
    const deep = scrubShapes(JSON.stringify({ line: JSON.stringify({ line }) }));
    expect(deep).not.toContain(canary);
  });

  it.each([
    key("AIza"),
    `${key("SG.", "0123456789abcdefABCDEF")}.${key("", "0123456789abcdefABCDEF")}`,
    key("glpat-", "0123456789abcdefABCD"),
    key("sk_test_"),
    key("sk_live_"),
    key("rk_live_"),
    key("xoxb-", "0123456789-abcdefABCDEF"),
    key("xoxa-", "0123456789-abcdefABCDEF"),
    key("xoxp-", "0123456789-abcdefABCDEF"),
    key("ghp_"),
    key("gho_"),
    key("github_pat_", "0123456789abcdef_ABCDEF0123456789"),
    key("npm_"),
    key("hf_"),
    key("npg_"),
    key("whsec_"),
    key("sk-"),
  ])("does not show a provider's key, and a setting of it is a secret: %s", (text) => {
    expect(scrubShapes(`sent ${text} to x`)).toBe("sent (secret) to x");
    expect(classifyValue("SETTING", text)).toMatchObject({ secret: true });
  });

  it("does not show what follows Basic where it is user and password", () => {
    const value = Buffer.from("user:pass word").toString("base64");
    expect(scrubShapes(`sent Basic ${value} to x`)).toBe("sent Basic (secret) to x");
  });

  it("loses the value alone", () => {
    expect(scrubShapes(`{"a":1,"secret":"x y","b":"z"}`)).toBe(`{"a":1,"secret":"(secret)","b":"z"}`);
    expect(scrubShapes(`{'token': 'x', 'b': 2}`)).toBe(`{'token': '(secret)', 'b': 2}`);
    expect(scrubShapes("connect(password=x, user=y)")).toBe("connect(password=(secret), user=y)");
    expect(scrubShapes("connect(password=x,user=y)")).toBe("connect(password=(secret),user=y)");
    expect(scrubShapes(String.raw`{\"secret\": \"x\", \"b\": \"z\"}`)).toBe(
      String.raw`{\"secret\": \"(secret)\", \"b\": \"z\"}`,
    );
  });

  it.each([
    `"token": null`,
    `{"secret":null,"password":""}`,
    `{"password":"","user":"x"}`,
    "secret: missing",
    "secret=None",
    "https://secretsmanager.eu-west-1.amazonaws.com",
    "not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbC123",
    'password authentication failed for user "app"',
    "fe_sendauth: no password supplied",
    "token expired",
    "The security token included in the request is expired",
    "Failed to read the secret: AccessDeniedException: not allowed",
    "Could not fetch token: Connection refused",
    "SyntaxError: Unexpected token: in",
    "SyntaxError: Unexpected token = in JSON at position 4",
    `SyntaxError: Unexpected token ':', "a: b" is not valid JSON`,
    `"SecretId": "/app/prod/hmac"`,
    "HMAC_PARAM_NAME=/app/prod/hmac",
    "PASSWORD=",
    "PASSWORD=\nUSER=x",
    "max_tokens: 4096",
    "bypass: true",
    "compass: north",
    "Basic authentication failed",
    "basic understanding",
    "if token == expected",
    "npm_config_registry npm_lifecycle_event hf_hub_download_to_cache",
    `password=os.environ["DB_PASSWORD"]`,
    "HmacSecret:\n  Type: String",
    "Password: !Ref DatabasePassword",
    "HMAC_SECRET: '{{resolve:ssm:/app/hmac}}'",
    "DATABASE_SECRET: arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
    "AWS::SecretsManager::Secret",
    "def connect(password: str, token: bytes)",
    "https://git@github.com/x/y.git",
    // What a reader or a shell fills in.
    "postgresql://USER:$PASSWORD@HOST/DATABASE?sslmode=require",
    "postgresql://USER:${PASSWORD}@HOST/DATABASE",
    "postgresql://USER:<PASSWORD>@HOST/DATABASE",
    "password=$PASSWORD secret=${SECRET} token=<TOKEN>",
    `password="<your password>" --password "$PASSWORD"`,
    "password=***",
    "HMAC_SECRET=$(aws ssm get-parameter --name /app/hmac-secret --with-decryption)",
    "the SSM parameter /app/hmac-secret: fingerprint 0a1b2c3d4e5f, 48 characters",
  ])("keeps %s", (line) => {
    expect(scrubShapes(line)).toBe(line);
  });

  it("is read in time that grows with its length alone", () => {
    const lines = [
      "2026-11-23T10:00:00Z INFO password checked, token: expired, secret-secret-secret-secret\n",
      `${"secret".repeat(20)} ${"token-".repeat(20)}\n`,
      "password: \"\\\\\\ 'x --a-b-c-d-e-f https:// basic \n",
    ];
    for (const line of lines) {
      const text = line.repeat(Math.ceil(1_000_000 / line.length));
      const from = performance.now();
      scrubShapes(text);
      expect(performance.now() - from).toBeLessThan(1_500);
    }
  });
});

describe("every word of the list", () => {
  it.each(secretWords.map(({ word, text }) => [word, text] as const))("%s (%s)", (word, text) => {
    expect(classifyValue(`APP_${word.toUpperCase()}`, "x").secret).toBe(true);
    for (const name of [word, word.replaceAll("_", "-"), `my_${word}`, word.toUpperCase()]) {
      const line = `${name}=${canary} ${name}: ${canary} "${name}": "${canary}"`;
      expect(scrubShapes(line).includes(canary)).toBe(text === "never");
    }
  });
});

describe("a setting that is shown", () => {
  it.each([
    ["DBPASS", "abc"],
    ["ADMIN_PASS", "abc"],
    ["SIGNING", "mykey2024!"],
    ["ADMIN", "letmein1"],
    ["GREETING", canary],
    ["GREETING", "Xk29Lmq83jaz"],
    ["GREETING", `https://x.example/?refresh_token=${canary}`],
  ])("%s=%s is a secret", (name, text) => {
    expect(classifyValue(name, text).secret).toBe(true);
  });

  it.each([
    ["LOG_LEVEL", "INFO"],
    ["ALLOWED_ORIGIN", "https://x"],
    ["STAGE", "prod"],
    ["TABLE", "usage_summaries"],
    ["TABLE", "customersof24"],
    ["HANDLER", "getCustomerV2"],
    ["POWERTOOLS_SERVICE_NAME", "tools-backend"],
    ["REPLICA", "ap-southeast-1"],
    ["ADMIN", "eu-west-1"],
    ["ADMIN", "someone"],
    ["TOPIC", "arn:aws:sns:eu-west-1:111122223333:orders2Customers7x"],
    ["LIMIT_ROWS", "123456789012"],
    ["STRICT", "true"],
    ["RELEASE", "v1.24.3"],
    ["SIGNING", "2024.1"],
    ["BYPASS", "prod"],
    ["ROOT_FOLDER", "/var/task/lib2/site3"],
    ["PYTHONPATH", "/opt/python:/var/task/lib3x"],
    ["HMAC_PARAM_NAME", "/app/prod2026/hmac7x"],
  ])("%s=%s stays readable", (name, text) => {
    expect(classifyValue(name, text).secret).toBe(false);
  });
});
