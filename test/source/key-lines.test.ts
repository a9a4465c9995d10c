import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyLines } from "../../src/source/key-lines.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  privateKeyEncoding: { type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "x" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const lines = privateKey.trimEnd().split("\n");

describe("a private key that is logged a line at a time", () => {
  it.each([
    ["as it is", ""],
    ["behind a logger's prefix", "[INFO]\t2026-03-02T10:00:00.123Z\t6f1c2d1e-77a0-4000-8000-5a5a13579bdf\t"],
  ])("is hidden %s, between lines of other streams", (_, prefix) => {
    expect(lines.length).toBeGreaterThan(10);
    const keys = createKeyLines();
    const shown = lines.flatMap((line) => [
      keys.hide("a", `${prefix}${line}\n`),
      keys.hide("b", "REPORTofsomethinglongwithoutblanks\n"),
    ]);
    // The short line at its end is no longer than a word, and cannot be told from one behind a prefix.
    const parts = lines.filter((line) => /^[A-Za-z0-9+/=]+$/.test(line) && (prefix === "" || line.length > 16));
    expect(parts.length).toBeGreaterThan(8);
    for (const part of parts) expect(shown.join("")).not.toContain(part);
    expect(shown.filter((text) => text.startsWith("REPORTof"))).toHaveLength(lines.length);
    expect(keys.mayHide("anything")).toBe(false);
  });

  it("ends with what is no line of it, and a whole one in one event hides nothing else", () => {
    const keys = createKeyLines();
    keys.hide("a", `${lines[0]}\n`);
    expect(keys.hide("a", "request 17 is over, with a cache of 3 entries")).toContain("request 17");
    expect(keys.hide("a", "abcdefghijklmnopqrstuvwxyz")).toBe("abcdefghijklmnopqrstuvwxyz");
    keys.hide("a", privateKey);
    expect(keys.mayHide("anything")).toBe(false);
  });
});
