import { describe, expect, it } from "vitest";
import { createVault } from "../../src/source/vault.ts";

const { scrub } = createVault();
const canary = "Kq7canaryHunter9x";

describe("a secret that a statement or an answer repeats", () => {
  it.each([
    String.raw`{"url":"postgresql:\/\/app:${canary}@h\/x"}`,
    String.raw`{"url":"postgresql:\\\/\\\/app:${canary}@h\\\/x"}`,
    String.raw`{"url":"https:\/\/app:${canary}@h\/x"}`,
    String.raw`password=first\ ${canary} host=h`,
    `ALTER USER app WITH ENCRYPTED PASSWORD $$${canary}$$`,
    `ALTER USER app PASSWORD $tag$${canary}$tag$`,
    `INSERT INTO users(name,password) VALUES ('bob','${canary}')`,
    `INSERT INTO "users" ("name", "password", "at") VALUES ('bob', '${canary}', now())`,
    `insert into app.users (at, pwd) values (now(), crypt('${canary}', gen_salt('bf')))`,
    `INSERT INTO users (name, api_token) VALUES ('a (b', 'x'), ('it''s', '${canary}')`,
    `INSERT INTO users (name, api_key) VALUES ('bob', '${canary}`,
    `DETAIL:  Key (email, password_hash)=(a@b.c, ${canary}) already exists.`,
    `DETAIL:  Key (api_token)=(${canary}) already exists.`,
    `Invalid API key: ${canary}`,
    `Incorrect API key provided: ${canary}. Look for yours`,
    `token "${canary}" expired`,
    `access token '${canary}' is invalid`,
    `the secret key is ${canary}`,
    `mysql -u app -p'${canary}' shop`,
    `('x-hub-signature-256', 'sha256=${canary}')`,
    `X-Hub-Signature-256: sha256=${canary}`,
  ])("does not leave: %s", (text) => {
    const clean = scrub(text);
    expect(clean).not.toContain(canary);
    expect(scrub(clean)).toBe(clean);
  });

  it.each([
    "DETAIL:  Key (email, user_id)=(a@b.c, 12) already exists.",
    'DETAIL:  Key (reset_id)=(12) is not present in table "password_resets".',
    "INSERT INTO users(name, mail) VALUES ('bob', 'x')",
    "INSERT INTO users (name, password) VALUES ($1, $2) RETURNING id",
    "INSERT INTO users (name, password) VALUES (%s, %s)",
    'DETAIL:  Token "nope" is invalid.',
    'Unexpected token "a1b2c3d4" is not valid JSON',
    "Invalid API key: not found",
    "the secret key is missing",
    String.raw`C:\/work\/app:12`,
  ])("leaves what is none: %s", (text) => {
    expect(scrub(text)).toBe(text);
  });

  it("leaves the error that stands behind a statement", () => {
    const error = 'relation "users" does not exist (SQLSTATE 42P01)';
    expect(scrub(`INSERT INTO users (name, password) VALUES ('bob', '${canary}'): ${error}`)).toContain(error);
  });

  it("takes no time on long texts", () => {
    for (const part of [
      "insert into a (password, ",
      "values ('",
      "Key (a, ",
      "mysql -p ",
      ":\\/",
      "password=a\\ ",
      "x-a-",
    ]) {
      const started = performance.now();
      scrub(`insert into a (password) values (${part.repeat(65_536 / part.length)}`);
      expect(performance.now() - started, part).toBeLessThan(1_000);
    }
  });
});
