import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { requestAgents } from "../../src/source/agents.ts";
import { openPackage } from "../../src/source/live/range-reader.ts";
import { writeZip } from "../lab/zip.ts";
import { fakeAws, liveAgainst, type Answer, type Call } from "./fake-aws.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/** Serves ranges as S3 does. */
function serveRange(bytes: Uint8Array, { headers }: Call): Answer {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "");
  if (match === null) return { bytes };
  const [, first = "", last = ""] = match;
  const from = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const to = first === "" || last === "" ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  return {
    status: 206,
    bytes: bytes.subarray(from, to + 1),
    headers: { "content-range": `bytes ${from}-${to}/${bytes.length}` },
  };
}

async function opened(handler: (call: Call) => Answer, expected: { size: number; codeSha256: string }) {
  const store = await fakeAws(handler);
  open.push(store);
  let count = 0;
  const reading = openPackage(
    { url: `${store.endpoint}/key?X-Amz-Signature=abc`, ...expected },
    { agents: await requestAgents({}), signal: AbortSignal.timeout(10_000), count: () => (count += 1) },
  );
  return { store, reading, requests: () => count };
}

const archive = randomBytes(400_000);
const about = { size: archive.length, codeSha256: sha(archive) };

describe("a package over ranges", () => {
  it("is read where it is asked for, its tail with the first request", async () => {
    const { store, reading } = await opened((call) => serveRange(archive, call), about);
    const reader = await reading;
    expect(reader.size).toBe(archive.length);
    expect(
      Buffer.from(await reader.read(archive.length - 100, 500)).equals(archive.subarray(archive.length - 100)),
    ).toBe(true);
    expect(store.calls.length).toBe(1);
    expect(Buffer.from(await reader.read(1_000, 2_000)).equals(archive.subarray(1_000, 3_000))).toBe(true);
    expect(Buffer.from(await reader.read(0, 1)).equals(archive.subarray(0, 1))).toBe(true);
    expect((await reader.read(archive.length, 10)).length).toBe(0);
    expect(store.calls.map(({ headers }) => headers.range)).toEqual(["bytes=-65633", "bytes=1000-2999", "bytes=0-0"]);
    await reader.close();
  });

  it("smaller than its tail needs one request", async () => {
    const small = archive.subarray(0, 5_000);
    const { store, reading } = await opened((call) => serveRange(small, call), { size: 5_000, codeSha256: sha(small) });
    const reader = await reading;
    expect(Buffer.from(await reader.read(0, 5_000)).equals(small)).toBe(true);
    expect(store.calls.length).toBe(1);
  });

  it("asks again for a range that broke off or stayed short", async () => {
    const { reading, requests } = await opened((call) => {
      const whole = serveRange(archive, call);
      if (call.earlier === 1) return { ...whole, breakAfter: 100 };
      if (call.earlier === 2) return { ...whole, breakAfter: 0 };
      return whole;
    }, about);
    const reader = await reading;
    expect(Buffer.from(await reader.read(10, 5_000)).equals(archive.subarray(10, 5_010))).toBe(true);
    expect(requests()).toBe(4);
  });

  it("gives up on a range that never comes whole", async () => {
    const { reading } = await opened(
      (call) => (call.earlier === 0 ? serveRange(archive, call) : { ...serveRange(archive, call), breakAfter: 10 }),
      about,
    );
    await expect((await reading).read(10, 5_000)).rejects.toThrow();
  });

  it("stops when the package is another one in the middle of reading", async () => {
    const { reading } = await opened(
      (call) => serveRange(call.earlier === 0 ? archive : archive.subarray(1), call),
      about,
    );
    await expect((await reading).read(10, 500)).rejects.toMatchObject({ code: "PACKAGE_CHANGED" });
  });
});

describe("a package whose store serves no ranges", () => {
  it("is downloaded once, and its hash compared", async () => {
    const { store, reading } = await opened(() => ({ bytes: archive }), about);
    const reader = await reading;
    expect(Buffer.from(await reader.read(7, 3_000)).equals(archive.subarray(7, 3_007))).toBe(true);
    await reader.read(50_000, 10);
    expect(store.calls.map(({ headers }) => headers.range)).toEqual(["bytes=-65633", undefined]);
  });

  it("of unknown size goes to a temporary file, which is gone afterwards", async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith("cscp-"));
    const { reading } = await opened(() => ({ bytes: archive, chunked: true }), {
      size: 0,
      codeSha256: about.codeSha256,
    });
    const reader = await reading;
    expect(reader.size).toBe(archive.length);
    expect(Buffer.from(await reader.read(399_990, 100)).equals(archive.subarray(399_990))).toBe(true);
    await reader.close();
    expect((await readdir(tmpdir())).filter((name) => name.startsWith("cscp-"))).toEqual(before);
  });

  it("is refused when it is not what the function runs", async () => {
    const { reading } = await opened(() => ({ bytes: archive.subarray(1) }), about);
    await expect(reading).rejects.toMatchObject({ code: "PACKAGE_CHANGED" });
  });

  it("with a range of another size is downloaded whole", async () => {
    const { reading, requests } = await opened(
      (call) => (call.headers.range === undefined ? { bytes: archive } : serveRange(archive.subarray(5), call)),
      about,
    );
    expect((await reading).size).toBe(archive.length);
    expect(requests()).toBe(2);
  });

  it.each([
    [403, "URL_EXPIRED"],
    [404, "HTTP_404"],
    [503, "HTTP_503"],
  ])("and answers %d fails with %s", async (status, code) => {
    const { reading } = await opened(() => ({ status, json: {} }), about);
    await expect(reading).rejects.toMatchObject({ code });
  });

  it("follows a store that has moved", async () => {
    const { reading } = await opened(
      (call) =>
        call.url.pathname === "/key"
          ? { status: 307, json: {}, headers: { location: "/moved" } }
          : serveRange(archive, call),
      about,
    );
    expect((await reading).size).toBe(archive.length);
  });
});

describe("package.inventory", () => {
  const zip = writeZip([
    {
      name: "handler.py",
      mode: 0o644,
      data: Buffer.from("import pg8000\nKEY = 'x'\nPASSWORD = connect(password='giraffe-42')\n"),
    },
    { name: "pg8000/__init__.py", mode: 0o644, data: Buffer.from("") },
  ]);
  const codeSha256 = sha(zip);
  const of = { kind: "function", name: "f" };
  const configuration = (over: object = {}) => ({
    FunctionName: "f",
    CodeSha256: codeSha256,
    CodeSize: zip.length,
    LastModified: "2026-11-23T10:02:11.000+0000",
    ...over,
  });

  async function against(handler: (call: Call) => Answer, cache?: string) {
    let endpoint = "";
    const aws = await fakeAws((call) =>
      call.operation === "GetFunction"
        ? {
            json: {
              Configuration: configuration(),
              Code: { Location: `${endpoint}/store?n=${call.earlier}&X-Amz-Signature=abc` },
            },
          }
        : handler(call),
    );
    ({ endpoint } = aws);
    const live = liveAgainst(endpoint, { inventoryCache: cache });
    open.push(aws, live);
    return { aws, live, ask: () => live.source.ask({ kind: "package.inventory", params: { codeSha256, of } }) };
  }

  it("lists a function's package, and once for all functions that share it", async () => {
    const { ask, live, aws } = await against((call) => serveRange(zip, call));
    const [first, second] = await Promise.all([
      ask(),
      live.source.ask({ kind: "package.inventory", params: { codeSha256, of: { kind: "function", name: "g" } } }),
    ]);
    expect(first).toMatchObject({ status: "ok", body: { files: 2, folders: { "": [["handler.py", 66]] } } });
    expect(second).toEqual(first);
    expect(aws.calls.map(({ operation }) => operation.split("?")[0])).toEqual(["GetFunction", "GET /store"]);
  });

  it("asks for a new address when the first has expired", async () => {
    const { ask, aws } = await against((call) =>
      call.url.searchParams.get("n") === "0" ? { status: 403, json: {} } : serveRange(zip, call),
    );
    expect(await ask()).toMatchObject({ status: "ok", body: { files: 2 } });
    expect(aws.calls.filter(({ operation }) => operation === "GetFunction").length).toBe(2);
  });

  it("fails with the store's word when that is refused too", async () => {
    const { ask, aws } = await against(() => ({ status: 403, json: {} }));
    expect(await ask()).toMatchObject({ status: "failed", code: "URL_EXPIRED" });
    expect(aws.calls.filter(({ operation }) => operation === "GetFunction").length).toBe(2);
  });

  it("says that the code was changed in the meantime", async () => {
    const { live } = await against((call) => serveRange(zip, call));
    expect(
      await live.source.ask({ kind: "package.inventory", params: { codeSha256: sha(archive), of } }),
    ).toMatchObject({ status: "failed", code: "PACKAGE_CHANGED" });
  });

  it("says what is wrong with an archive that is none", async () => {
    const { ask } = await against((call) => serveRange(Buffer.alloc(zip.length, "x"), call));
    expect(await ask()).toMatchObject({ status: "failed", code: "NOT_A_ZIP" });
  });

  it("keeps inventories for later runs, readable by the user alone, and takes no damaged one", async () => {
    const cache = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
    try {
      const first = await (await against((call) => serveRange(zip, call), path.join(cache, "inventory-v1"))).ask();
      const [name] = await readdir(path.join(cache, "inventory-v1"));
      expect(name).toBe(`${Buffer.from(codeSha256, "base64").toString("hex")}.json`);
      const file = path.join(cache, "inventory-v1", name ?? "");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).not.toContain("giraffe");
      const later = await against(() => ({ status: 500, json: {} }), path.join(cache, "inventory-v1"));
      expect(await later.ask()).toEqual(first);
      expect(later.aws.calls).toEqual([]);
      for (const damaged of ["{", '{"version":0}', JSON.stringify({ version: 1, codeSha256, inventory: {} })]) {
        await writeFile(file, damaged);
        const again = await against((call) => serveRange(zip, call), path.join(cache, "inventory-v1"));
        expect(await again.ask()).toEqual(first);
      }
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it("reads packages and layers of an endpoint that gives no hash, each for itself, and keeps none of them", async () => {
    const cache = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
    try {
      let endpoint = "";
      const arn = "arn:aws:lambda:eu-west-1:1:layer:l:1";
      const other = writeZip([{ name: "other.py", mode: 0o644, data: Buffer.from("") }]);
      const aws = await fakeAws((call) => {
        const name = call.url.pathname.split("/").at(-1) ?? "";
        if (call.operation === "GetFunction") {
          const fn = `arn:aws:lambda:eu-west-1:1:function:${name}`;
          const Location = `${endpoint}/store/${name}`;
          return {
            json: { Configuration: configuration({ CodeSha256: undefined, FunctionArn: fn }), Code: { Location } },
          };
        }
        if (call.operation === "GetLayerVersionByArn")
          return { json: { Content: { Location: `${endpoint}/store/l` } } };
        return serveRange(name === "f" ? zip : other, call);
      });
      ({ endpoint } = aws);
      const live = liveAgainst(endpoint, { inventoryCache: cache });
      open.push(aws, live);
      const bodyOf = async (kind: string, params: Record<string, unknown>) => {
        const reply = await live.source.ask({ kind, params });
        if (reply.status !== "ok") throw new Error(`The reply to ${kind} is ${JSON.stringify(reply)}.`);
        return reply.body as { readonly codeSha256: string; readonly files: number };
      };
      const filesOf = async (package_: { codeSha256: string }, owner: object) =>
        (await bodyOf("package.inventory", { codeSha256: package_.codeSha256, of: owner })).files;
      const f = await bodyOf("lambda.function", { name: "f" });
      const g = await bodyOf("lambda.function", { name: "g" });
      const layer = await bodyOf("lambda.layer-version", { arn });
      expect(await filesOf(f, of)).toBe(2);
      expect(await filesOf(g, { kind: "function", name: "g" })).toBe(1);
      expect(await filesOf(layer, { kind: "layer", arn })).toBe(1);
      expect(await readdir(cache)).toEqual([]);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it("reads drivers of a layer while it is still found out what is imported from it, unless a run before has looked into it", async () => {
    const cache = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
    try {
      const arn = "arn:aws:lambda:eu-west-1:1:layer:l:1";
      const big = writeZip([
        { name: "python/pg8000/__init__.py", mode: 0o644, data: Buffer.from("import socket\n") },
        { name: "python/data.bin", mode: 0o644, data: randomBytes(200_000) },
      ]);
      const layerSha = sha(big);
      let endpoint = "";
      const aws = await fakeAws((call) =>
        call.operation === "GetLayerVersionByArn"
          ? { json: { Content: { Location: `${endpoint}/l`, CodeSha256: layerSha, CodeSize: big.length } } }
          : serveRange(big, call),
      );
      ({ endpoint } = aws);
      const ranges = () => aws.calls.flatMap(({ headers }) => headers.range ?? []);
      const look = async (until: (asking: Promise<unknown>) => Promise<unknown>) => {
        const live = liveAgainst(endpoint, { inventoryCache: cache });
        open.push(live);
        await live.source.ask({ kind: "lambda.layer-version", params: { arn } });
        let know: (modules: readonly string[]) => void = () => {};
        const modules = new Promise<readonly string[]>((resolve) => (know = resolve));
        const asking = live.source.ask({
          kind: "package.inventory",
          params: { codeSha256: layerSha, of: { kind: "layer", arn } },
          how: { modules },
        });
        await until(asking);
        know(["pg8000"]);
        expect(await asking).toMatchObject({ status: "ok", body: { files: 2 } });
      };
      open.push(aws);
      await look(() => expect.poll(ranges).toEqual(["bytes=-65633", "bytes=0-70"]));
      expect(ranges()).toHaveLength(2);
      const before = ranges().length;
      await look((asking) => Promise.race([asking, new Promise((resolve) => setTimeout(resolve, 200))]));
      expect(ranges()).toHaveLength(before);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it("works where the cache cannot be written", async () => {
    const { ask } = await against((call) => serveRange(zip, call), path.join(import.meta.filename, "inventory-v1"));
    expect(await ask()).toMatchObject({ status: "ok" });
  });
});
