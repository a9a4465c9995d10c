import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { apiTarget, parseCall } from "./calls.ts";
import { matchResource } from "./gateway.ts";
import { presignedReply } from "./links.ts";
import { cachedFolder } from "./python.ts";
import { codeSha256, folderEntries, unpackZip, writeZip } from "./zip.ts";

const scoped = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261123/ap-southeast-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

const call = (method: string, url: string, headers: Record<string, string>, body = "") => {
  const parsed = parseCall({ method, path: url, headers, body: Buffer.from(body) });
  return [parsed.service, parsed.action, parsed.protocol];
};

describe("which call a request is", () => {
  test.each([
    ["GET", "/2015-03-31/functions/abc?Qualifier=live", "lambda", "GetFunction", "rest-json"],
    [
      "GET",
      "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax/configuration",
      "lambda",
      "GetFunctionConfiguration",
      "rest-json",
    ],
    ["POST", "/2015-03-31/functions/abc/invocations", "lambda", "Invoke", "rest-json"],
    ["GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", "lambda", "GetLayerVersionByArn", "rest-json"],
    ["GET", "/2018-10-31/layers/common/versions", "lambda", "ListLayerVersions", "rest-json"],
    ["GET", "/restapis/a1/resources?embed=methods", "apigateway", "GetResources", "rest-json"],
    ["GET", "/restapis/a1/resources/r/methods/POST/integration", "apigateway", "GetIntegration", "rest-json"],
    ["DELETE", "/restapis/a1", "apigateway", "unknown", "rest-json"],
  ])("%s %s", (method, url, service, action, protocol) => {
    expect(call(method, url, scoped(service))).toEqual([service, action, protocol]);
  });

  test("by target header, by form, by path of an API and of a package", () => {
    const target = { ...scoped("logs"), "x-amz-target": "Logs_20140328.FilterLogEvents" };
    expect(call("POST", "/", target)).toEqual(["logs", "FilterLogEvents", "json"]);
    const form = { ...scoped("cloudformation"), "content-type": "application/x-www-form-urlencoded" };
    expect(call("POST", "/", form, "Action=DescribeStacks&Version=1")).toEqual([
      "cloudformation",
      "DescribeStacks",
      "query-xml",
    ]);
    expect(call("POST", "/_aws/execute-api/a1/Prod/tool", {})).toEqual(["execute-api", "POST /tool", "gateway"]);
    expect(call("GET", "/_ministack/lambda-code/1/r/f", {})).toEqual(["presigned", "lambda-code", "rest-xml"]);
  });

  test("an API is named by path or by host", () => {
    const wanted = { api: "a1", stage: "Prod", path: "/tool" };
    expect(apiTarget("/_aws/execute-api/a1/Prod/tool?x=1", "127.0.0.1")).toEqual(wanted);
    expect(apiTarget("/restapis/a1/Prod/_user_request_/tool", "127.0.0.1")).toEqual(wanted);
    expect(apiTarget("/Prod/tool", "a1.execute-api.ap-southeast-1.amazonaws.com")).toEqual(wanted);
    expect(apiTarget("/restapis/a1/resources", "127.0.0.1")).toBeUndefined();
  });
});

test("a resource's pattern gives its parameters", () => {
  expect(matchResource("/a/{id}", "/a/x%20y")).toEqual({ id: "x y" });
  expect(matchResource("/{proxy+}", "/a/b")).toEqual({ proxy: "a/b" });
  expect(matchResource("/a.b", "/axb")).toBeUndefined();
  expect(matchResource("/a/{id}", "/a")).toBeUndefined();
});

test("ranges of a package", () => {
  const content = Buffer.from("0123456789");
  const shown = (range: string, method = "GET") => {
    const reply = presignedReply(method, range, content);
    return [reply.status, reply.headers["content-range"], reply.status < 300 ? reply.body.toString() : ""];
  };
  expect(shown("")).toEqual([200, undefined, "0123456789"]);
  expect(shown("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(shown("bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
  expect(shown("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(shown("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(shown("bytes=-99")).toEqual([206, "bytes 0-9/10", "0123456789"]);
  expect(shown("bytes=10-12")).toEqual([416, "bytes */10", ""]);
  expect(shown("bytes=0-1,3-4")).toEqual([200, undefined, "0123456789"]);
  expect(shown("", "HEAD")[0]).toBe(403);
});

describe("in a folder of its own", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cscp-parts-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("a zip keeps contents and permissions, and is the same for the same files", async () => {
    const entries = [
      { name: "a/b.py", data: Buffer.from("print(1)\n"), mode: 0o600 },
      { name: "c.so", data: Buffer.alloc(70_000, 7), mode: 0o755 },
    ];
    const archive = writeZip(entries);
    expect(codeSha256(writeZip(entries))).toBe(codeSha256(archive));
    const target = path.join(folder, "unpacked");
    await unpackZip(archive, target);
    expect(await folderEntries(target)).toEqual(entries);
    expect((await stat(path.join(target, "a/b.py"))).mode & 0o777).toBe(0o600);
  });

  test("a cached folder is filled once by two askers, and again after a failure", async () => {
    process.env["CSCP_LAB_CACHE"] = folder;
    try {
      let fills = 0;
      const fill = async (target: string) => {
        fills += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        await writeFile(path.join(target, "file"), "done");
      };
      const broken = cachedFolder("once", async (target) => {
        await writeFile(path.join(target, "half"), "");
        throw new Error("The network is gone.");
      });
      await expect(broken).rejects.toThrow("The network is gone.");
      const [first, second] = await Promise.all([cachedFolder("once", fill), cachedFolder("once", fill)]);
      expect(second).toBe(first);
      expect(fills).toBe(1);
      expect((await readdir(first)).sort()).toEqual([".complete", "file"]);
      expect(await readFile(path.join(first, "file"), "utf8")).toBe("done");
      expect(await readdir(folder)).toEqual(["once"]);
    } finally {
      delete process.env["CSCP_LAB_CACHE"];
    }
  });
});
