import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecret, type SecretType } from "../../src/core/secret.ts";
import { classifyValue, normaliseName, sealValue, toValue } from "../../src/source/classify-value.ts";
import { createVault } from "../../src/source/vault.ts";

const typeOf = (name: string, text: string): SecretType | "plain" => {
  const judged = classifyValue(name, text);
  return judged.secret ? judged.type : "plain";
};

/** Values like those that real stacks have, none of them real. */
const cases: readonly (readonly [string, string, SecretType | "plain"])[] = [
  // By name.
  ["DATABASE_URL", "postgresql://app:pw@db.example.com/app", "database-url"],
  ["DATABASE_URL", "not a url at all", "database-url"],
  ["DATABASE_URL", " ", "database-url"],
  ["DatabaseUrl", "x", "database-url"],
  ["/cs-copilot/prod/database-url", "x", "database-url"],
  ["POSTGRES_PRISMA_URL", "x", "database-url"],
  ["DB_CONNECTION_STRING", "host=db", "database-url"],
  ["DATABASE_URL_UNPOOLED", "x", "database-url"],
  ["PGPASSWORD", "postgres", "password"],
  ["DB_PASSWORD", "1234", "password"],
  ["MasterUserPassword", "true", "password"],
  ["DB_PASS", "x", "password"],
  ["HMAC_SECRET", "dev", "key"],
  ["HmacSecret", "dev", "key"],
  ["CLIENT_SECRETS", "a,b", "key"],
  ["API_KEY", "abc", "key"],
  ["APIKEY", "abc", "key"],
  ["STRIPE_SECRET_KEY", "x", "key"],
  ["SLACK_TOKEN", "x", "token"],
  ["AUTHTOKEN", "x", "token"],
  ["BASIC_AUTH", "me:you", "value"],
  // Names that say where a secret is, or what it is for.
  ["DATABASE_URL_PARAM_NAME", "/cs-copilot/database-url", "plain"],
  ["DATABASE_URL_PARAM_VERSION", "3", "plain"],
  ["HMAC_PARAM_NAME", "/cs-copilot/hmac-secret", "plain"],
  ["HMAC_PARAM", "/cs-copilot/hmac-secret", "plain"],
  ["DB_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbC123", "plain"],
  ["SECRET_NAME", "prod/db", "plain"],
  ["KMS_KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab", "plain"],
  ["TOKEN_TTL", "3600", "plain"],
  ["SESSION_DURATION", "3600", "plain"],
  ["AUTH_STRICT", "true", "plain"],
  ["TOKEN_ROTATION", "30d", "plain"],
  ["SESSION_COOKIE_PEPPERED", "kq3Zt9", "value"],
  ["API_KEY_HEADER", "X-Api-Key", "plain"],
  // Names that must be readable.
  ["PYTHONPATH", "/opt/python:/var/task/lib", "plain"],
  ["LOG_LEVEL", "INFO", "plain"],
  ["ALLOWED_ORIGIN", "https://copilot.example.com", "plain"],
  ["PGHOST", "ep-cool-darkness-a1b2c3d4-pooler.ap-southeast-1.aws.neon.tech", "plain"],
  ["PGPORT", "6543", "plain"],
  ["PGDATABASE", "neondb", "plain"],
  ["PGSSLMODE", "require", "plain"],
  ["PGUSER", "postgres.abcdefghijklmnopqrst", "plain"],
  // By shape, whatever the name says.
  ["BACKEND", "postgres://app:pw@db/app", "database-url"],
  ["BACKEND", "  'postgresql+psycopg://db/app'", "database-url"],
  ["BACKEND", "DATABASE_URL=postgres://app:pw@db/app", "database-url"],
  ["DSN_TEXT", "host=db user=app password=pw dbname=app", "database-url"],
  ["ALLOWED_ORIGIN", "https://me:pw@example.com", "value"],
  ["LOG_LEVEL", "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----", "key"],
  ["SECRET_NAME", "AKIAIOSFODNN7EXAMPLE", "key"],
  ["X", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "token"],
  ["X", "ghp_0123456789abcdefghijABCDEFGHIJ", "token"],
  ["X", "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc", "presigned-url"],
  ["X", "https://hooks.example.com/x?token=abcd1234", "value"],
  ["X", "Bearer abcdefghijk", "token"],
  // By entropy.
  ["SETTING", "5d41402abc4b2a76b9719d911017c592", "value"],
  ["SETTING", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "value"],
  ["SETTING", "kq3Zt9vXr2LmN8pW", "value"],
  ["SETTING", `{"region":"eu-west-1","secret":"x"}`, "value"],
  // Ordinary values.
  ["STAGE", "prod", "plain"],
  ["HANDLER_FILE", "tools/getCustomerUsage/handlerV2", "plain"],
  ["TABLE_NAME", "customer-usage-summaries-production", "plain"],
  ["FEATURES", "billing,usage,tickets,health-score,qbr-outline-generator", "plain"],
  ["ENDPOINT", "https://abc123.execute-api.eu-west-1.amazonaws.com/Prod", "plain"],
  ["TEAM", "customer-success-platform-engineering-team-emea", "plain"],
  ["OWNER", "owner@example.com", "plain"],
  ["TENANT", "1234abcd-12ab-34cd-56ef-1234567890ab", "plain"],
  ["START", "2026-11-23T10:00:00.000Z", "plain"],
  ["LIMITS", `{"usage":30,"region":"eu-west-1"}`, "plain"],
  ["QUEUE", "arn:aws:sqs:eu-west-1:111122223333:cs-copilot-backend-Q-1A2B3C4D5E6F7G8H", "plain"],
  // What CloudFormation hides, and what is resolved elsewhere.
  ["DatabaseUrl", "****", "plain"],
  ["HMAC_SECRET", "{{resolve:ssm-secure:/cs-copilot/hmac:1}}", "plain"],
  ["DATABASE_URL", "{{resolve:secretsmanager:prod/db:SecretString:url}}", "plain"],
  ["DATABASE_URL", "", "plain"],
  ["HMAC_SECRET", "", "plain"],
];

describe("classifyValue", () => {
  it.each(cases)("%s = %s is %s", (name, text, expected) => {
    expect(typeOf(name, text)).toBe(expected);
  });

  it("keeps the variables that a diagnosis reads, whatever ordinary text they hold", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
    const readable = [
      "DATABASE_URL_PARAM_NAME",
      "HMAC_PARAM_NAME",
      "PYTHONPATH",
      "LOG_LEVEL",
      "PGHOST",
      "PGDATABASE",
      "PGSSLMODE",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...readable),
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.constantFrom("/", "-", ":", "."),
        (name, words, glue) => {
          expect(typeOf(name, words.join(glue))).toBe("plain");
        },
      ),
    );
  });

  it("takes every text that is not empty for a secret where the name says so", () => {
    const name = fc.constantFrom(
      "HMAC_SECRET",
      "API_KEY",
      "PGPASSWORD",
      "DB_PASSWORD",
      "SLACK_TOKEN",
      "DATABASE_URL",
      "SigningSecret",
    );
    const text = fc.string({ minLength: 1 }).filter((value) => !/^\*+$/.test(value) && !value.includes("{{resolve"));
    fc.assert(fc.property(name, text, (key, value) => void expect(typeOf(key, value)).not.toBe("plain")));
  });

  it("takes random text of 24 characters or more for a secret under any name", () => {
    const alphabets = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"];
    const random = fc
      .array(fc.constantFrom(...alphabets), { minLength: 24, maxLength: 48 })
      .map((chars) => chars.join(""))
      // As random generators give it: without long repeats, and with a digit.
      .filter((text) => /\d/.test(text) && /[a-z]/i.test(text) && new Set(text).size >= 14);
    fc.assert(
      fc.property(random, (text) => void expect(typeOf("SETTING", text)).not.toBe("plain")),
      { numRuns: 300 },
    );
  });

  it("takes a URL with a password for a secret under any name", () => {
    const part = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("postgres", "postgresql", "https", "redis", "mysql"),
        part,
        part,
        part,
        (name, scheme, user, password, host) => {
          expect(typeOf(name, `${scheme}://${user}:${password}@${host}/x`)).not.toBe("plain");
        },
      ),
    );
  });
});

describe("normaliseName", () => {
  it.each([
    ["DatabaseUrl", "DATABASE_URL"],
    ["database-url", "DATABASE_URL"],
    ["HMACSecret", "HMAC_SECRET"],
    ["/a/b/hmac.secret/", "HMAC_SECRET"],
    ["PGPASSWORD", "PGPASSWORD"],
  ])("%s is %s", (name, normal) => {
    expect(normaliseName(name)).toBe(normal);
  });
});

describe("toValue", () => {
  it("makes a token of a database URL with its shape and none of its secrets", () => {
    const vault = createVault();
    const url = "postgresql://app-user:s3cr3t-pass@db.example.com:6543/app?sslmode=require";
    const value = toValue(vault, "DATABASE_URL", url);
    expect(value).toMatchObject({
      $secret: {
        type: "database-url",
        length: url.length,
        shape: { database: "app", sslmode: "require", hosts: [{ host: "db.example.com", port: 6543 }] },
      },
    });
    expect(JSON.stringify(value)).not.toMatch(/s3cr3t|app-user/);
    expect(isSecret(value) && vault.reveal(value)).toBe(url);
  });

  it("leaves readable text and the empty text as they are", () => {
    const vault = createVault();
    expect(toValue(vault, "LOG_LEVEL", "INFO")).toBe("INFO");
    expect(toValue(vault, "DATABASE_URL", "")).toBe("");
    expect(sealValue(vault, "key", "")).toBe("");
  });
});
