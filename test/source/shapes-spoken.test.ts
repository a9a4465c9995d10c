import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { scrubShapes } from "../../src/source/shapes.ts";

/** A word of letters alone, as people choose them, and one with digits. */
const word = "Zyqvortex";
const mixed = "Zyq9vort3x";
const url = (password: string): string => `postgres://app:${password}@db/x`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const lines: readonly string[] = [
  // What a sentence says of a password.
  ...[word, word.toLowerCase(), mixed].flatMap((value) => [
    `password is ${value}`,
    `the password is ${value}.`,
    `my db password is ${value}, please keep it`,
    `Password for app is ${value}`,
    `pwd was ${value}`,
    `set password to ${value}`,
    `password changed to "${value}"`,
    `connecting as app with password ${value} to db`,
    `username app password ${value}`,
    `password ${value} was rejected`,
    `using password "${value}"`,
  ]),
  `using password ${mixed}`,
  `temporary password ${mixed}`,
  `passwd ${mixed}`,
  `api key is ${mixed}`,
  // In other languages.
  ...[word, mixed].flatMap((value) =>
    ["hasło: ", "HASŁO=", "Hasło: '", '"hasło": "', "jelszó: ", "şifre=", "adgangskode: ", "passord: "].map(
      (head) => head + value,
    ),
  ),
  String.raw`{"has\u0142o": "${word}"}`,
  String.raw`{"contrase\u00f1a": "${word}"}`,
  `das Passwort lautet ${mixed}`,
  `le mot de passe est ${mixed}`,
  `la contraseña es "${word}"`,
  `hasło to ${mixed}`,
  // In commands.
  `setx PGPASSWORD ${word}`,
  `redis-cli -h cache -a ${word} ping`,
  `mongosh -u app -p ${word} host`,
  `sqlcmd -S h -U sa -P ${word}`,
  `["mysql", "-u", "root", "-p${word}"]`,
  `["sshpass", "-p", "${word}", "ssh"]`,
  `aws configure set aws_secret_access_key ${word}`,
  `echo ${word} | docker login -u a --password-stdin`,
  // Quotes inside of quotes.
  String.raw`{"db":{"password":"x\\\"${word}\\"}}`,
  String.raw`{"password":"x\"${word}\"}`,
  `password='ab''${word}'`,
  `password: "ab""${word}"`,
  // Addresses.
  url(`\n  ${word}`),
  url(`ab\n${word}`),
  url(`a'${word}`),
  url(`a"${word}`),
  url(`a<${word}`),
  `postgres:app:${word}@db/x`,
  `postgres//app:${word}@db/x`,
  `postgres:/app:${word}@db/x`,
  `DATABASE_URL: ${base64(url(word))}`,
  `x=${base64(`postgresql://app:${word}@db/x`)}`,
  // Lines of a password file.
  `[::1]:5432:x:app:${word}`,
  `/var/run/postgresql:5432:x:app:${word}`,
  String.raw`\:\:1:5432:x:app:${word}`,
  `WARN db:5439:x:app:${word}`,
  // Verifiers.
  `scram-sha-256$4096:c2FsdA==$${mixed}c3RvcmVk:c2VydmVy`,
  String.raw`SCRAM-SHA-256\$4096:c2FsdA==\$${mixed}c3RvcmVk:c2VydmVy`,
  `SCRAM-SHA-256%244096%3Ac2FsdA%3D%3D%24${mixed}c3RvcmVk%3Ac2VydmVy`,
  `$2b$12$${mixed}${"a".repeat(43)}`,
  `$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$${mixed}RdescudvJCsgt3ub`,
  `pbkdf2_sha256$600000$abc$${mixed}RdescudvJCsgt3ub=`,
  `$6$rounds=5000$salt$${mixed}${"a".repeat(40)}`,
  `{SSHA}${mixed}${"a".repeat(20)}=`,
];

describe("a secret that is told in words, commands and files", () => {
  it.each(lines)("is not shown: %s", (line) => {
    const clean = scrubShapes(line);
    expect(clean).toContain("(secret)");
    expect(clean).not.toMatch(/zyq/i);
    expect(scrubShapes(clean)).toBe(clean);
  });

  it.each([
    "password is required",
    "the password is wrong.",
    "The password is stored in SSM",
    "password is not set",
    "Your password is too weak, choose another",
    "password is the same as before",
    "password was reset",
    "password is missing: set PGPASSWORD",
    "password is in the file ~/.pgpass",
    "password is encrypted.",
    "password is case-sensitive",
    "password set to expire in 30 days",
    "password changed to comply with the policy",
    "with password authentication",
    "using password grant",
    "user app password expired",
    "user app password authentication failed",
    "password hash was rejected",
    "password authentication is rejected",
    "password sha256 digest",
    "password_encryption is scram-sha-256",
    "password md5 refused",
    "Passwort ist falsch",
    "le mot de passe est incorrect",
    "la contraseña es incorrecta",
    "compatible with password2 module",
    '["pg_dump", "-p", "5432"]',
    "redis-cli ping -a",
    "postgres:16-alpine",
    "image postgres:16@sha256:0123",
    '["postgres://localhost:5432/x","me@example.com"]',
    "<url>postgres://localhost:5432/x</url><mail>me@example.com</mail>",
    "db:5432:x:app",
    "chown app /has/x",
    "it has loaded",
    "echo done | docker load",
    "in check_password handler.py:33",
    "checked password2fa.py",
    "see ticket 12 for the password reset2.",
    "password='' user='x'",
    `{"password":"","user":"x"}`,
    "cG9zdGdyZXM=",
    "$2b or not $2b",
    "costs $6$ or more",
  ])("stays where it is none: %s", (line) => expect(scrubShapes(line)).toBe(line));
});
