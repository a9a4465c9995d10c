import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceSigning, signingSchema } from "../../src/smoke/config.ts";
import { describeSigning, sign, type SignableRequest } from "../../src/smoke/signing.ts";

const request: SignableRequest = {
  method: "POST",
  host: "abc.execute-api.eu-west-1.amazonaws.com",
  path: "/prod/get_customer_usage",
  query: "",
  body: '{"customerId":"acme-001"}',
};
const inputs = { now: 1_700_000_000_123, secret: "test-key", nonce: "n-1" };

describe("sign", () => {
  it("signs timestamp, client and body as the reference does", () => {
    // Computed with: printf '%s' '1700000000123.copilot-frontend.{"customerId":"acme-001"}' | openssl dgst -sha256 -hmac test-key
    expect(sign(referenceSigning, request, inputs)).toEqual({
      "X-Timestamp": "1700000000123",
      "X-Client": "copilot-frontend",
      "X-Signature": "daea9f55d66252fd125380b78c90e52a043e193a321648055771dad44faf9de9",
    });
  });

  it("follows message, headers, prefixes and time stamps of a scheme", () => {
    const scheme = signingSchema.parse({
      scheme: "hmac",
      algorithm: "sha512",
      encoding: "base64",
      timestamp: "s",
      client: "ci",
      message: "{method}\n{host}{path}?{query}\n{bodyHash}\n{nonce}\n{timestamp}\n{timestampMs}",
      headers: { "X-Sig": "t={timestamp},v1={signature}", "X-Nonce": "{nonce}", "X-Fixed": "{}{unknown-name}" },
    });
    const headers = sign(scheme, { ...request, query: "a=1" }, inputs);
    expect(headers["X-Nonce"]).toBe("n-1");
    expect(headers["X-Fixed"]).toBe("{}{unknown-name}");
    expect(headers["X-Sig"]).toMatch(/^t=1700000000,v1=[A-Za-z0-9+/]{86}==$/);
    expect(sign(signingSchema.parse({ scheme: "hmac", timestamp: "iso" }), request, inputs)["X-Timestamp"]).toBe(
      "2023-11-14T22:13:20.123Z",
    );
  });

  it("does not fill in placeholders that a value brings along", () => {
    const scheme = signingSchema.parse({ scheme: "hmac", headers: { "X-Body": "{body}" } });
    expect(sign(scheme, { ...request, body: "{client}" }, inputs)).toEqual({ "X-Body": "{client}" });
  });

  it("sends a key as it is, and nothing where there is no key or no scheme", () => {
    expect(sign(signingSchema.parse({ scheme: "api-key" }), request, inputs)).toEqual({ "X-Api-Key": "test-key" });
    expect(
      sign(signingSchema.parse({ scheme: "api-key", header: "Authorization", prefix: "Bearer " }), request, inputs),
    ).toEqual({
      Authorization: "Bearer test-key",
    });
    expect(sign(signingSchema.parse({ scheme: "none" }), request, inputs)).toEqual({});
    expect(sign(referenceSigning, request, { ...inputs, secret: undefined })).toEqual({});
  });

  it("names the scheme", () => {
    expect(describeSigning(referenceSigning)).toBe("HMAC-SHA256 in X-Signature");
    expect(describeSigning(signingSchema.parse({ scheme: "api-key" }))).toBe("a key in X-Api-Key");
    expect(describeSigning(signingSchema.parse({ scheme: "none" }))).toBe("no signature");
  });
});

describe("the schema of a signing scheme", () => {
  it.each([
    [{ scheme: "hmac", message: "{timestmap}" }],
    [{ scheme: "hmac", message: "{signature}" }],
    [{ scheme: "hmac", headers: { "X Sig": "{signature}" } }],
    [{ scheme: "hmac", algorithm: "md5" }],
    [{ scheme: "hmac", secret: "never here" }],
    [{ scheme: "basic" }],
  ])("refuses %j", (scheme) => {
    expect(signingSchema.safeParse(scheme).success).toBe(false);
  });
});

const python = spawnSync("python3", ["-c", ""]).status === 0;

describe.skipIf(!python)("Python's hmac (skipped without python3)", () => {
  it("gets the same signatures", () => {
    const algorithm = fc.constantFrom("sha1", "sha256", "sha384", "sha512");
    const encoding = fc.constantFrom("hex", "base64", "base64url");
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const key = fc.oneof(
      fc.record({ keyEncoding: fc.constant("utf8"), key: fc.string({ unit: "binary", minLength: 1 }) }),
      fc.record({
        keyEncoding: fc.constant("hex"),
        key: fc.uint8Array({ minLength: 1 }).map((b) => Buffer.from(b).toString("hex")),
      }),
      fc.record({
        keyEncoding: fc.constant("base64"),
        key: fc.uint8Array({ minLength: 1 }).map((b) => Buffer.from(b).toString("base64")),
      }),
    );
    const cases = fc
      .sample(fc.tuple(algorithm, encoding, key, text, fc.nat()), 300)
      .map(([hash, enc, secret, body, now]) => ({
        algorithm: hash,
        encoding: enc,
        ...secret,
        body,
        now,
        message: `${now}.copilot-frontend.${body}`,
      }));
    const script = fileURLToPath(new URL("signatures.py", import.meta.url));
    const run = spawnSync("python3", [script], { input: JSON.stringify(cases), encoding: "utf8" });
    expect(run.stderr).toBe("");
    const ours = cases.map(({ algorithm: hash, encoding: enc, keyEncoding, key: secret, body, now }) => {
      const scheme = signingSchema.parse({ scheme: "hmac", algorithm: hash, encoding: enc, keyEncoding });
      return sign(scheme, { ...request, body }, { now, secret, nonce: "" })["X-Signature"];
    });
    expect(ours).toEqual(JSON.parse(run.stdout));
  });
});
