import { describe, expect, it } from "vitest";
import { pitfallTexts, recogniseProvider, type Provider } from "../../src/postgres/providers.ts";

const cases: readonly (readonly [string, number, Partial<Provider>])[] = [
  [
    "ep-cool-sun-123456.eu-central-1.aws.neon.tech",
    5432,
    {
      kind: "neon",
      access: "direct",
      endpoint: "ep-cool-sun-123456",
      region: "eu-central-1",
      plainText: "refused",
      needsServerName: true,
    },
  ],
  [
    "ep-cool-sun-123456-pooler.eu-central-1.aws.neon.tech",
    5432,
    { kind: "neon", access: "transaction-pooler", endpoint: "ep-cool-sun-123456" },
  ],
  [
    "ep-cool-sun-123456-pooler.c-2.us-east-1.aws.neon.tech",
    5432,
    { kind: "neon", region: "us-east-1", access: "transaction-pooler" },
  ],
  ["EP-COOL-SUN-123456.EASTUS2.AZURE.NEON.TECH.", 5432, { kind: "neon", region: "eastus2" }],
  ["old-name-12.cloud.neon.tech", 5432, { kind: "neon", needsServerName: true }],
  [
    "db.abcdefghijklmnopqrst.supabase.co",
    5432,
    { kind: "supabase", access: "direct", ipv6Only: true, endpoint: "abcdefghijklmnopqrst" },
  ],
  ["db.abcdefghijklmnopqrst.supabase.co", 6543, { kind: "supabase", access: "transaction-pooler" }],
  [
    "aws-0-eu-central-1.pooler.supabase.com",
    5432,
    { kind: "supabase", access: "session-pooler", region: "eu-central-1", ipv6Only: false },
  ],
  [
    "aws-1-eu-central-1.pooler.supabase.com",
    6543,
    { kind: "supabase", access: "transaction-pooler", region: "eu-central-1" },
  ],
  [
    "app.abcdefghijkl.eu-west-1.rds.amazonaws.com",
    5432,
    { kind: "rds", region: "eu-west-1", endpoint: "app", reach: "vpc", plainText: "depends", authority: "provider" },
  ],
  ["app.abcdefghijkl.cn-north-1.rds.amazonaws.com.cn", 5432, { kind: "rds", region: "cn-north-1" }],
  [
    "app.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com",
    5432,
    { kind: "rds-proxy", endpoint: "app", access: "proxy", authority: "public" },
  ],
  ["reader.endpoint.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com", 5432, { kind: "rds-proxy", endpoint: "reader" }],
  ["app.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com", 5432, { kind: "aurora", endpoint: "app" }],
  [
    "app.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com",
    5432,
    { kind: "aurora", title: "Aurora's reader endpoint" },
  ],
  ["abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws", 5432, { kind: "aurora-dsql", plainText: "refused" }],
  ["wg.111122223333.eu-west-1.redshift-serverless.amazonaws.com", 5439, { kind: "redshift" }],
  ["free-tier.gcp-us-central1.cockroachlabs.cloud", 26257, { kind: "cockroach", plainText: "refused" }],
  ["app.postgres.database.azure.com", 5432, { kind: "azure" }],
  ["dpg-abc-a.frankfurt-postgres.render.com", 5432, { kind: "other-cloud" }],
  ["localhost", 5432, { kind: "local", reach: "never" }],
  ["127.0.0.1", 5432, { kind: "local" }],
  ["::1", 5432, { kind: "local" }],
  ["/var/run/postgresql", 5432, { kind: "local" }],
  ["", 5432, { kind: "local" }],
  ["10.0.3.4", 5432, { kind: "private", reach: "vpc" }],
  ["172.20.0.9", 5432, { kind: "private" }],
  ["fd00::12", 5432, { kind: "private" }],
  ["postgres", 5432, { kind: "private" }],
  ["db.app.internal", 5432, { kind: "private" }],
  ["172.32.0.9", 5432, { kind: "unknown" }],
  ["db.example.com", 5432, { kind: "unknown", plainText: "unknown", reach: "unknown" }],
  ["neon.tech.example.com", 5432, { kind: "unknown" }],
  ["notrds.amazonaws.com", 5432, { kind: "unknown" }],
];

describe("recogniseProvider", () => {
  it.each(cases)("%s:%i", (host, port, expected) => {
    expect(recogniseProvider(host, port)).toMatchObject(expected);
  });

  it("names the pitfalls of poolers, IPv6 and tenants", () => {
    const of = (host: string, port = 5432) => recogniseProvider(host, port).pitfalls;
    expect(of("ep-cool-sun-123456-pooler.eu-central-1.aws.neon.tech")).toContain("startup-options-refused");
    expect(of("ep-cool-sun-123456.eu-central-1.aws.neon.tech")).not.toContain("startup-options-refused");
    expect(of("db.abcdefghijklmnopqrst.supabase.co")).toEqual(["ipv6-only"]);
    expect(of("aws-0-eu-central-1.pooler.supabase.com", 6543)).toEqual([
      "tenant-in-user",
      "prepared-statements",
      "session-state",
    ]);
    expect(of("app.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com")).toContain("reader-endpoint");
    expect(of("localhost")).toEqual(["function-itself"]);
    for (const text of Object.values(pitfallTexts)) expect(text).toMatch(/^[A-Z].*\.$/);
  });
});
