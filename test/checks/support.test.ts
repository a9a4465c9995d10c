import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { SmokeResult } from "../../src/facts/smoke.ts";
import { createVault } from "../../src/source/vault.ts";
import { exampleTool } from "../../src/checks/support/examples.ts";
import { ranEvidence } from "../../src/checks/support/tool-evidence.ts";
import { daysBetween } from "../../src/checks/support/days.ts";
import {
  clause,
  codeAndMessage,
  continued,
  counted,
  listed,
  oneLine,
  roleName,
} from "../../src/checks/support/text.ts";

test("daysBetween counts as the calendar does", () => {
  const noon = fc.date({ min: new Date("1990-01-01"), max: new Date("2110-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(noon, noon, (a, b) => {
      const [from, to] = [a.toISOString(), b.toISOString()];
      const milliseconds = Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10));
      expect(daysBetween(from, to.slice(0, 10))).toBe(milliseconds / 86_400_000);
    }),
  );
  expect(daysBetween("2028-02-28", "2028-03-01")).toBe(2);
});

test("oneLine makes visible what cannot be seen, and keeps within its length", () => {
  expect(oneLine("no pq wrapper available.\r\nAttempts made:\n- \u001b[31mx\u202e")).toBe(
    String.raw`no pq wrapper available. Attempts made: - \x1b[31mx\u202e`,
  );
  expect(oneLine("abcdefgh", 5)).toBe("abcd…");
  expect(oneLine("abcde", 5)).toBe("abcde");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 40 }), (text, most) => {
      const line = oneLine(text, most);
      expect(line.length).toBeLessThanOrEqual(most);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("clause ends where a sentence's full stop is put", () => {
  expect(clause("The role may not.\n")).toBe("The role may not");
  expect(clause("wait...")).toBe("wait");
});

test("a code that names a secret is none to the scrubber", () => {
  const said = codeAndMessage("HPE_INVALID_HEADER_TOKEN", "127.0.0.1:1 answers with something that is no HTTP.");
  expect(createVault().scrub(said)).toBe(
    "127.0.0.1:1 answers with something that is no HTTP (HPE_INVALID_HEADER_TOKEN)",
  );
});

test("lists and counts read as prose", () => {
  expect(listed([])).toBe("");
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b"], "or")).toBe("a or b");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect(counted(1, "file")).toBe("1 file");
  expect(counted(0, "file")).toBe("0 files");
  expect(counted(2, "entry", "entries")).toBe("2 entries");
});

test("a role is called by its name, whatever its path", () => {
  expect(roleName("arn:aws:iam::111122223333:role/service-role/usage-role")).toBe("usage-role");
  expect(roleName("arn:aws:iam::111122223333:role/usage-role")).toBe("usage-role");
});

test("a code is put before a message that does not name it", () => {
  expect(codeAndMessage("28P01", "password authentication failed")).toBe("28P01: password authentication failed");
  expect(codeAndMessage("ENOTFOUND", "getaddrinfo ENOTFOUND db")).toBe("getaddrinfo ENOTFOUND db");
  expect(codeAndMessage("ENOTFOUND", undefined)).toBe("ENOTFOUND");
  expect(codeAndMessage(undefined, undefined)).toBe("");
});

test("a sentence goes on after a colon in lower case, a name does not", () => {
  expect(continued("The driver connects without TLS.")).toBe("the driver connects without TLS");
  expect(continued("TypeError: connect() got an argument")).toBe("TypeError: connect() got an argument");
  expect(continued("Neon refuses that.")).toBe("Neon refuses that");
});

describe("Lambda's report of a run", () => {
  const said = (result: Partial<SmokeResult>): string | undefined =>
    ranEvidence(exampleTool(), {
      outcome: "gateway-error",
      status: 502,
      shown: "502",
      detail: "",
      latencyMs: 1,
      attempts: 1,
      signedWith: "",
      errors: [],
      ran: { durationMs: 304 },
      ...result,
    })[0]?.says;
  const error = { headline: "x" } as unknown as SmokeResult["errors"][number];

  it("is proof where it shows that nothing was logged, or that it took long", () => {
    expect(said({})).toBe("ran for 304 ms, and logged no error");
    expect(said({ errors: [error] })).toBeUndefined();
    expect(said({ outcome: "masked-failure", status: 200 })).toBeUndefined();
    expect(said({ outcome: "timeout", errors: [error] })).toBe("ran for 304 ms");
    expect(said({ errors: [error], ran: { initMs: 2500, durationMs: 700 } })).toBe(
      "started in 2500 ms, ran for 700 ms",
    );
  });
});
