import { describe, expect, it } from "vitest";
import { createVault } from "../../src/source/vault.ts";

const { scrub } = createVault();

describe("what stands behind a word for a secret", () => {
  it.each([
    "parameter /cs-copilot/hmac-secret:1 set",
    "parameter /cs-copilot/db-password:3 set",
    '"of": "/cs-copilot/hmac-secret:12"',
    "hmac-secret:1 not found",
    "ValidationError: Parameters: [ssm:/app/prod/hmac:1] cannot be found.",
    "{{resolve:ssm-secure:/cs-copilot/hmac:1}}",
    "secret: prod/db/url does not exist",
    "KeyError: 'SecretString' in get_secret:42",
    "app.auth.check_password:42 INFO started",
    "token: expected ','",
    "Authorization: header missing",
    "Authorization: the header is missing",
    "authorization: failed for role app",
    "cookie: parse error at 12",
    "pass: 3 fail: 2",
    "auth token: 3 attempts left",
    "Passwort: falsch",
    "contraseña: incorrecta",
    "secrets: what is missing",
    "readonly authorization: string;",
  ])("stays where it is a version, a place, a count or a sentence: %j", (line) => {
    expect(scrub(line)).toBe(line);
  });

  it.each([
    ["hmac-secret:Abc12345 not found", "Abc12345"],
    ["secret: 1a2b3c4d is not valid", "1a2b3c4d"],
    ["secret: hunter", "hunter"],
    ["secret: aQbWcE is invalid", "aQbWcE"],
    ["token: 7c1e0a2b-1111-4222-8333-000000000001 not found", "7c1e0a2b"],
    ["token: 123456", "123456"],
    ['secret: "prod" is wrong', "prod"],
    ["password: hunter is wrong", "hunter"],
    ["password: 123", "123"],
    ["password=42 is wrong", "42"],
    ["db-password:12345", "12345"],
    ["pass=123", "123"],
    ["Authorization: hunter2 is invalid", "hunter2"],
    ["Authorization: Token abcdefgh is invalid", "abcdefgh"],
    ["Authorization: missing, got Zx9yW8vU7", "Zx9yW8vU7"],
    ["cookie: sid=abc is invalid", "abc"],
    ['"Authorization": "the key is here"', "the key"],
  ])("is masked where it looks like a value: %j", (line, value) => {
    expect(scrub(line)).not.toContain(value);
  });
});
