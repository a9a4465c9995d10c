import { describe, expect, it } from "vitest";
import { invokeEvent, type EventRequest } from "../../src/smoke/event.ts";

const request: EventRequest = {
  front: "http",
  method: "POST",
  host: "a1b2c3.execute-api.eu-north-1.amazonaws.com",
  rawPath: "/prod/usage/%C3%BC",
  path: "/usage/%C3%BC",
  stage: "prod",
  query: "a=1&a=2&b=x%20y&empty=",
  headers: { "Content-Type": "application/json", "X-Signature": "5f" },
  body: '{"customerId":"acme-001","ü":1}',
  requestId: "8d3f5c1e",
  now: Date.parse("2026-11-20T10:00:40.000Z"),
};

const eventOf = (change: Partial<EventRequest>) =>
  JSON.parse(invokeEvent({ ...request, ...change })) as Readonly<Record<string, unknown>> & {
    readonly requestContext: Readonly<Record<string, unknown>>;
  };

describe("the event of an HTTP API, in payload format 2.0", () => {
  it("has the request's names in lower case, its query whole and its body as text", () => {
    expect(eventOf({})).toMatchObject({
      version: "2.0",
      routeKey: "POST /usage/%C3%BC",
      rawPath: "/prod/usage/%C3%BC",
      rawQueryString: "a=1&a=2&b=x%20y&empty=",
      queryStringParameters: { a: "1,2", b: "x y", empty: "" },
      headers: { "content-type": "application/json", "x-signature": "5f", host: request.host },
      requestContext: {
        apiId: "a1b2c3",
        domainName: request.host,
        domainPrefix: "a1b2c3",
        stage: "prod",
        time: "20/Nov/2026:10:00:40 +0000",
        timeEpoch: request.now,
        http: { method: "POST", path: "/prod/usage/%C3%BC", protocol: "HTTP/1.1" },
      },
      body: request.body,
      isBase64Encoded: false,
    });
  });

  it("leaves out what the request has not", () => {
    const event = eventOf({ method: "GET", query: "", body: undefined, rawPath: "/usage", path: "/usage" });
    expect(event).toMatchObject({ rawQueryString: "", rawPath: "/usage" });
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).not.toHaveProperty("body");
  });

  it("has cookies apart from the headers", () => {
    const event = eventOf({ headers: { Cookie: "a=1; b=2" } });
    expect(event).toMatchObject({ cookies: ["a=1", "b=2"] });
    expect(event["headers"]).not.toHaveProperty("cookie");
  });
});

describe("the event of a function URL", () => {
  it("knows one route and one stage", () => {
    const host = "0a1b2c.lambda-url.us-east-2.on.aws";
    const event = eventOf({ front: "function-url", host, stage: "", rawPath: "/", path: "/" });
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/",
      headers: { host },
      requestContext: { routeKey: "$default", stage: "$default", apiId: "0a1b2c", accountId: "anonymous" },
    });
  });
});

describe("the event of a REST API, in payload format 1.0", () => {
  it("has the names as they were sent, the path without the stage, and the values of the query one by one", () => {
    expect(eventOf({ front: "rest" })).toMatchObject({
      path: "/usage/%C3%BC",
      httpMethod: "POST",
      headers: { "Content-Type": "application/json", "X-Signature": "5f" },
      multiValueHeaders: { "X-Signature": ["5f"] },
      queryStringParameters: { a: "2", b: "x y", empty: "" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: ["x y"], empty: [""] },
      requestContext: { path: "/prod/usage/%C3%BC", stage: "prod", httpMethod: "POST" },
      body: request.body,
    });
    expect(eventOf({ front: "rest", query: "", body: undefined })).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
    });
  });
});

it("is the body itself where a function is invoked with nothing before it", () => {
  expect(invokeEvent({ ...request, front: "invoke" })).toBe(request.body);
  expect(invokeEvent({ ...request, front: "invoke", body: undefined })).toBe("{}");
});
