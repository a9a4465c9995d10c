import { describe, expect, it } from "vitest";
import { smokeSchema } from "../../src/smoke/config.ts";
import { planSmoke, toolName, type Route } from "../../src/smoke/plan.ts";

const config = (values: object = {}) => smokeSchema.parse(values);
const post = (path: string): Route => ({ method: "POST", path, function: `Fn${path}` });

describe("planSmoke", () => {
  it("calls every tool with the seeded customer, and usage with its period", () => {
    const { requests, skipped } = planSmoke(config(), [
      post("/get_customer_usage"),
      post("/calculate_health"),
      post("/generate_email"),
    ]);
    expect(skipped).toEqual([]);
    expect(requests.map((r) => [r.tool, r.method, r.path, r.function, r.body])).toEqual([
      [
        "get_customer_usage",
        "POST",
        "/get_customer_usage",
        "Fn/get_customer_usage",
        '{"customerId":"acme-001","params":{"ownerUserId":"public","periodDays":30}}',
      ],
      [
        "calculate_health",
        "POST",
        "/calculate_health",
        "Fn/calculate_health",
        '{"customerId":"acme-001","params":{"ownerUserId":"public"}}',
      ],
      [
        "generate_email",
        "POST",
        "/generate_email",
        "Fn/generate_email",
        '{"customerId":"acme-001","params":{"ownerUserId":"public"}}',
      ],
    ]);
    expect(requests[0]).toMatchObject({
      case: "default",
      headers: { "Content-Type": "application/json" },
      forbid: ["$.data.missingData == true"],
      expect: { status: 200, envelope: "ok-data-error", where: [] },
      timeoutMs: 35_000,
    });
  });

  it("takes customer, owner and period from the configuration", () => {
    const { requests } = planSmoke(config({ customerId: "c1", ownerUserId: "o1", periodDays: 7 }), [
      post("/v1/getUsage"),
    ]);
    expect(requests[0]?.body).toBe('{"customerId":"c1","params":{"ownerUserId":"o1","periodDays":7}}');
  });

  it.each([
    ["POST", "/seed", /"seed"/],
    ["POST", "/admin/get_users", /"admin"/],
    ["GET", "/tickets/reset", /"reset"/],
    ["POST", "/updateTicket", /"update"/],
    ["POST", "/tickets", /Nothing in its name/],
    ["DELETE", "/get_usage", /DELETE may write/],
    ["PUT", "/get_usage", /PUT may write/],
    ["PATCH", "/get_usage", /PATCH may write/],
    ["GET", "/tickets/{id}", /parameter/],
    ["ANY", "/get_usage", /any request/],
    ["POST", "/{proxy+}", /any request/],
    ["PURGE", "/get_usage", /PURGE/],
  ])("lists %s %s and does not call it", (method, path, reason) => {
    const plan = planSmoke(config(), [{ method, path }]);
    expect(plan.requests).toEqual([]);
    expect(plan.skipped).toHaveLength(1);
    expect(plan.skipped[0]).toMatchObject({ method, path });
    expect(plan.skipped[0]?.reason).toMatch(reason);
    expect(plan.skipped[0]?.reason).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    ["GET", "/tickets"],
    ["get", "/health"],
    ["POST", "/get_open_tickets"],
    ["POST", "/tools/lookupOrder"],
  ])("calls %s %s", (method, path) => {
    expect(planSmoke(config(), [{ method, path }]).requests).toMatchObject([{ method: method.toUpperCase(), path }]);
  });

  it("says nothing of CORS preflights", () => {
    expect(planSmoke(config(), [{ method: "OPTIONS", path: "/get_usage" }])).toEqual({
      requests: [],
      skipped: [],
      names: [],
    });
  });

  it("lets configured tools stand for their routes and keeps the order", () => {
    const tools = [
      {
        name: "create_ticket",
        safe: true,
        body: { dryRun: true },
        headers: { "X-Mode": "test" },
        usesDatabase: false,
        latencyMs: 900,
        timeoutMs: 5000,
      },
      { name: "health", method: "GET", path: "/status/health?deep=1", expect: { envelope: "none" } },
      { name: "get_usage", body: "raw text" },
      { name: "forbidden_one", safe: false },
      { name: "delete_one" },
    ];
    const routes = [
      post("/get_usage"),
      post("/create_ticket"),
      { method: "ANY", path: "/status/health" },
      post("/get_more"),
    ];
    const { requests, skipped } = planSmoke(config({ tools, skip: ["get_more"] }), routes);
    expect(requests.map((r) => [r.tool, r.method, r.path, r.body, r.function])).toEqual([
      ["create_ticket", "POST", "/create_ticket", '{"dryRun":true}', "Fn/create_ticket"],
      ["health", "GET", "/status/health?deep=1", undefined, undefined],
      ["get_usage", "POST", "/get_usage", "raw text", "Fn/get_usage"],
    ]);
    expect(requests[0]).toMatchObject({
      headers: { "X-Mode": "test" },
      usesDatabase: false,
      latencyMs: 900,
      timeoutMs: 5000,
    });
    expect(skipped.map((s) => s.tool)).toEqual(["forbidden_one", "delete_one", "get_more"]);
  });

  it("refuses unknown keys and conditions that cannot be read", () => {
    expect(smokeSchema.safeParse({ tols: [] }).success).toBe(false);
    expect(smokeSchema.safeParse({ tools: [{ name: "a", forbid: ["data.x"] }] }).success).toBe(false);
    expect(smokeSchema.safeParse({ tools: [{ name: "a", path: "no-slash" }] }).success).toBe(false);
  });
});

it("names tools after the last segment that is no parameter", () => {
  expect(["/prod/get_usage", "/tickets/{id}", "/{proxy+}", "/", "/a?x=/b"].map((path) => toolName(path))).toEqual([
    "get_usage",
    "tickets",
    "",
    "",
    "a",
  ]);
});
