import { describe, expect, it } from "vitest";
import { compareVersions } from "../../src/postgres/driver-names.ts";
import { judgeUrl } from "../../src/postgres/drivers.ts";
import type { Judgement } from "../../src/postgres/judgement.ts";
import {
  measuredCell,
  measuredFault,
  measuredRow,
  measuredSpelling,
  nearestVersion,
} from "../../src/postgres/matrix.ts";
import { measuredRows, measuredServers, measuredTexts } from "../../src/postgres/matrix.gen.ts";
import { analyseDatabaseUrl } from "../../src/postgres/url.ts";

const neon = "ep-one-two-12.eu-central-1.aws.neon.tech";
const rds = "app.abcdefghijkl.eu-central-1.rds.amazonaws.com";
const plain = "db.example.com";
const about = (judgements: readonly Judgement[], parameter: string) =>
  judgements.find((one) => one.parameter === parameter);

describe("judgements and the matrix", () => {
  const hosts = { neon, rds, plain };
  const usages = { dsn: "dsn", "kwargs-forwarded": "kwargs-forwarded" } as const;

  it("agree wherever a single parameter was measured", () => {
    let compared = 0;
    for (const row of measuredRows) {
      if (
        !Object.hasOwn(usages, row.usage) ||
        row.with !== undefined ||
        (row.driver === "pg8000" && row.usage === "dsn")
      )
        continue;
      for (const query of Object.keys(row.cells)) {
        if (query === "" || query.includes("&") || query.startsWith("ssl")) continue;
        const [parameter = ""] = query.split("=");
        for (const host of Object.values(hosts)) {
          const shape = analyseDatabaseUrl(`postgresql://ann:pw@${host}/shop?${query}`);
          const server = shape.provider.authority === "public" ? "trusted" : "tls";
          const [result, base] = [measuredCell(row, query, server), measuredCell(row, "", server)];
          const usage = row.usage === "dsn" ? "dsn" : "kwargs-forwarded";
          const judgement = about(judgeUrl({ name: row.driver, version: row.version }, shape, usage), parameter);
          // Without TLS nothing else was tried there; and what names an endpoint is refused by any server but Neon's.
          if (base?.came === "error" || query.includes("endpoint")) continue;
          compared += 1;
          expect([row.driver, row.version, query, judgement?.outcome === "refused"]).toEqual([
            row.driver,
            row.version,
            query,
            result?.came === "error",
          ]);
          if (result?.came === "error") expect(judgement).toMatchObject({ message: result.text, basis: "measured" });
        }
      }
    }
    expect(compared).toBeGreaterThan(500);
  });

  it("agree for every sslmode against a server like the provider's", () => {
    let compared = 0;
    for (const row of measuredRows) {
      if (
        !Object.hasOwn(usages, row.usage) ||
        row.with !== undefined ||
        (row.driver === "pg8000" && row.usage === "dsn")
      )
        continue;
      for (const query of Object.keys(row.cells)) {
        if (!/^sslmode=[a-z-]+$/i.test(query)) continue;
        const usage = row.usage === "dsn" ? "dsn" : "kwargs-forwarded";
        for (const [host, server] of [
          [neon, "trusted"],
          [rds, "tls"],
        ] as const) {
          const shape = analyseDatabaseUrl(`postgresql://ann:pw@${host}/shop?${query}`);
          const judgement = about(judgeUrl({ name: row.driver, version: row.version }, shape, usage), "sslmode");
          const result = measuredCell(row, query, server);
          const refusedByNeon =
            host === neon && measuredCell(row, query, "tls-only")?.came === "error" && result?.came === "plain";
          compared += 1;
          const at = [row.driver, row.version, query, host];
          expect([...at, judgement?.outcome === "refused"]).toEqual([...at, result?.came === "error" || refusedByNeon]);
          if (judgement?.outcome === "plain-text") expect(result?.came).toBe("plain");
        }
      }
    }
    expect(compared).toBeGreaterThan(150);
  });

  it("hold no stray code, and nothing of the machine that measured", () => {
    for (const row of measuredRows) {
      for (const codes of [...Object.values(row.cells), row.faults ?? "", row.spellings ?? ""]) {
        for (const code of codes.split(" ").filter((one) => /^\d+$/.test(one)))
          expect(measuredTexts[Number(code)]).toBeDefined();
      }
      for (const codes of Object.values(row.cells)) expect(codes.split(" ")).toHaveLength(measuredServers.length);
    }
    for (const text of measuredTexts)
      expect(text).not.toMatch(/\/tmp\/|\/root\/|\/home\/(?!app)|measured[_-]|0x[1-9a-f]/);
  });

  it("choose the nearest measured version", () => {
    const entries = ["1.29.8", "1.30.5", "1.31.6"].map((version) => ({ version }));
    const nearest = (version: string) => nearestVersion(entries, version)?.version;
    expect(
      ["1.10.0", "1.29.8", "1.29.9", "1.30.0", "1.30.9", "1.31.0", "1.32.0", "2.0"].map((one) => nearest(one)),
    ).toEqual(["1.29.8", "1.29.8", "1.29.8", "1.30.5", "1.30.5", "1.31.6", "1.31.6", "1.31.6"]);
    expect(compareVersions("1.30.10", "1.30.9")).toBeGreaterThan(0);
    expect(compareVersions("^8.11.0", "8.11")).toBe(0);
  });

  it("hold the forms that libpq alone reads, and how each driver words a wrong password", () => {
    const row = measuredRow("psycopg2", "dsn", "2.9.13");
    expect(row && measuredSpelling(row, "key-value")).toEqual({ came: "encrypted" });
    for (const family of ["psycopg2", "psycopg", "asyncpg", "pg", "postgres.js", "sqlalchemy+pg8000"] as const) {
      const dsn = measuredRow(family, "dsn", undefined);
      expect(dsn && measuredFault(dsn, "wrong-password")).toMatchObject({
        text: expect.stringContaining("password authentication failed"),
      });
    }
  });
});
