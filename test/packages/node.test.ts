// Node's own loader against the prediction: each case is laid out in a folder and really loaded.
import { builtinKind } from "../../src/packages/node/builtins.ts";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { predictHandler } from "../../src/packages/predict.ts";
import { makeElf } from "./support/elf.ts";
import { viewOf, type Files } from "./support/view.ts";

const handler = "exports.handler = async () => 1;\n";
const pg: Files = {
  "node_modules/pg/package.json": '{"name": "pg", "version": "8.13.1", "main": "./lib"}',
  "node_modules/pg/lib/index.js": "const types = require('pg-types');\nexports.Pool = class {};\n",
};
const types: Files = {
  "node_modules/pg-types/package.json": '{"name": "pg-types", "version": "2.2.0"}',
  "node_modules/pg-types/index.js": "exports.x = 1;\n",
};

type Case = { files: Files; cause?: CauseId; runtime?: string };

const cases: Record<string, Case> = {
  "a client with all that it needs": {
    files: { "index.js": `const { Pool } = require("pg");\n${handler}`, ...pg, ...types },
  },
  "no client": { files: { "index.js": `const { Pool } = require("pg");\n${handler}` }, cause: "module-missing" },
  "a client without what it needs": {
    files: { "index.js": `require("./db");\n${handler}`, "db.js": "module.exports = require('pg');\n", ...pg },
    cause: "transitive-dependency-missing",
  },
  "a file that is missing": { files: { "index.js": `require("./lib/db");\n${handler}` }, cause: "module-missing" },
  "a handler among the names that are handed on": {
    files: { "index.mjs": 'export * from "./a.mjs";\n', "a.mjs": "export const handler = async () => 1;\n" },
  },
  "an awaited import of what is there": {
    files: { "index.mjs": 'await import("./a.mjs");\nexport const handler = async () => 1;\n', "a.mjs": "" },
  },
  "a folder with an index": { files: { "index.js": `require("./lib");\n${handler}`, "lib/index.js": "" } },
  "a client in an ES module": {
    files: { "index.mjs": 'import { Pool } from "pg";\nexport const handler = async () => 1;\n', ...pg, ...types },
  },
  "no client for an ES module": {
    files: { "index.mjs": 'import { Pool } from "pg";\nexport const handler = async () => 1;\n' },
    cause: "module-missing",
  },
  "an ES module without an extension in its import": {
    files: {
      "index.mjs": 'import { rows } from "./db";\nexport const handler = rows;\n',
      "db.mjs": "export const rows = 1;\n",
    },
    cause: "module-missing",
  },
  "an ES module by its package's type": {
    files: {
      "package.json": '{"type": "module"}',
      "index.js": 'import "./db.js";\nexport const handler = async () => 1;\n',
      "db.js": "export {};\n",
    },
  },
  "an optional client": { files: { "index.js": `try { require("pg-native"); } catch {}\n${handler}` } },
  "a client that is asked for later": { files: { "index.js": 'exports.handler = async () => require("pg");\n' } },
  "exports of a package": {
    files: {
      "index.js": `require("q/sub/x");\n${handler}`,
      "node_modules/q/package.json":
        '{"exports": {".": "./main.js", "./sub/*": {"import": "./no.mjs", "require": "./lib/*.js"}}}',
      "node_modules/q/lib/x.js": "",
    },
  },
  "a path that a package does not export": {
    files: {
      "index.js": `require("q/inner");\n${handler}`,
      "node_modules/q/package.json": '{"exports": {".": "./main.js"}}',
      "node_modules/q/main.js": "",
    },
    cause: "dependency-conflict",
  },
  "a package whose main file is missing": {
    files: { "index.js": `require("q");\n${handler}`, "node_modules/q/package.json": '{"main": "lib/none.js"}' },
    cause: "corrupt-artifact",
  },
  "a nested copy": {
    files: {
      "index.js": `require("pg");\n${handler}`,
      ...pg,
      "node_modules/pg/node_modules/pg-types/index.js": "exports.x = 2;\n",
    },
  },
  "a native part of macOS": {
    files: {
      "index.js": `require("./addon.node");\n${handler}`,
      "addon.node": Buffer.concat([Buffer.from("cffaedfe0c000001", "hex"), Buffer.alloc(200)]),
    },
    cause: "wrong-platform-macos",
  },
  "a native part for another processor": {
    files: {
      "index.js": `require("./addon.node");\n${handler}`,
      "addon.node": makeElf({ machine: process.arch === "x64" ? 183 : 62 }),
    },
    cause: "wrong-arch",
  },
  "JSON that is none": {
    files: { "index.js": `require("./settings");\n${handler}`, "settings.json": '{"a": 1,}' },
    cause: "syntax-error",
  },
  "JSON that is none, by import": {
    files: {
      "index.mjs": 'import c from "./c.json" with { type: "json" };\nexport const handler = async () => c;\n',
      "c.json": "",
    },
    cause: "syntax-error",
  },
  "JSON that is none, within try": {
    files: { "index.js": `try { require("./c.json"); } catch {}\n${handler}`, "c.json": "{" },
  },
  "JSON behind a mark of its byte order": {
    files: { "index.js": `require("./c.json");\n${handler}`, "c.json": '\ufeff{"a": 1}' },
  },
  "a target that may be none": {
    files: {
      "index.js": `require("p");\n${handler}`,
      "node_modules/p/package.json": '{"exports": {".": "main.js"}}',
      "node_modules/p/main.js": "",
    },
    cause: "corrupt-artifact",
  },
  "a target outside of its package, by import": {
    files: {
      "index.mjs": 'import "p/sub";\nexport const handler = async () => 1;\n',
      "node_modules/p/package.json": '{"exports": {"./sub": "../q/main.js"}}',
      "node_modules/q/main.js": "",
    },
    cause: "corrupt-artifact",
  },
  "a target in a folder that none may lead into": {
    files: {
      "index.js": `require("p");\n${handler}`,
      "node_modules/p/package.json": '{"exports": "./node_modules/q/main.js"}',
      "node_modules/p/node_modules/q/main.js": "",
    },
    cause: "corrupt-artifact",
  },
  "the first target of a list that may be one": {
    files: {
      "index.js": `require("p");\n${handler}`,
      "node_modules/p/package.json": '{"exports": {".": ["main.js", "./main.js"]}}',
      "node_modules/p/main.js": "",
    },
  },
  "a package's name with a slash behind it": {
    files: {
      "index.js": `require("p/");\n${handler}`,
      "node_modules/p/package.json": '{"exports": "./main.js"}',
      "node_modules/p/main.js": "",
    },
    cause: "dependency-conflict",
  },
  "a package's name with a slash behind it, where nothing is mapped": {
    files: { "index.js": `require("p/");\n${handler}`, "node_modules/p/index.js": "" },
  },
  "modules that Node brings": {
    files: { "index.js": `require("fs"); require("node:path"); require("fs/promises");\n${handler}` },
  },
};

let root = "";
beforeAll(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "node-imports-")));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const loader = `
const [entry] = process.argv.slice(2);
const say = (error) => console.log(JSON.stringify(error ? { message: error.message } : {}));
(entry.endsWith(".mjs") || process.argv[3] === "module" ? import(entry) : Promise.resolve().then(() => require(entry))).then(() => say(), say);
`;

/** What Node says of the files, with the folder's path as Lambda has it and its own loader left out of the stack. */
function really(name: string, files: Files): { entry: string; message: string | undefined } {
  const folder = path.join(root, name.replaceAll(/\W+/g, "-"));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(
      path.join(folder, file),
      typeof content === "string" || content instanceof Uint8Array ? content : content.data,
    );
  }
  const script = path.join(root, "loader.cjs");
  writeFileSync(script, loader);
  const entry = "index.mjs" in files ? "index.mjs" : "index.js";
  const kind = "package.json" in files ? "module" : "script";
  const env = { PATH: process.env["PATH"] ?? "" };
  const output = execFileSync(process.execPath, [script, path.join(folder, entry), kind], { encoding: "utf8", env });
  const { message } = JSON.parse(output) as { message?: string };
  return { entry, message: message?.replaceAll(folder, "/var/task").replace(`\n- ${script}`, "") };
}

describe("what Node says", () => {
  for (const [name, { files, cause }] of Object.entries(cases)) {
    test(name, async () => {
      const real = really(name, files);
      const found = predictHandler(await viewOf(files), {
        runtime: "nodejs20.x",
        architecture: process.arch === "x64" ? "x86_64" : "arm64",
        handler: "index.handler",
      });
      const predicted = found.failure?.message
        .replace(/^(?:Syntax)?Error: /, "")
        .replace("\n- /var/runtime/index.mjs", "");
      expect(predicted).toBe(real.message);
      expect(found.verdict).toBe(real.message === undefined ? "will-import" : "will-fail");
      expect(found.failure?.cause).toBe(cause);
    });
  }
});

describe("what Lambda says besides", () => {
  const predict = async (files: Files, options: { handler?: string; runtime?: string; layers?: Files[] } = {}) =>
    predictHandler(await viewOf(files, options.layers), {
      runtime: options.runtime ?? "nodejs20.x",
      architecture: "x86_64",
      handler: options.handler ?? "index.handler",
    });

  test("a handler without a file", async () => {
    const { failure } = await predict({ "main.js": handler });
    expect(failure).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      message: "Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/index.mjs",
      cause: "handler-file-missing",
    });
  });

  test.each([
    ["require", "index.js", `require("./c");\n${handler}`, /^Pack the file that \.\/c means, or correct the path; /],
    ["import", "index.mjs", 'import "./c";\nexport const handler = 1;\n', /correct the path, its ending included; /],
  ])(
    "a file of its own that is missing is named by its path, and is no package to install: %s",
    async (_, file, text, mending) => {
      const { failure } = await predict({ [file]: text });
      expect(failure).toMatchObject({
        cause: "module-missing",
        module: "./c",
        mending: expect.stringMatching(mending),
      });
    },
  );

  test("a handler without an export", async () => {
    const { failure } = await predict({ "index.js": "exports.main = 1;\n" });
    expect(failure).toMatchObject({
      errorType: "Runtime.HandlerNotFound",
      message: "index.handler is undefined or not exported",
    });
  });

  test("what a bundler exports counts as exported", async () => {
    const bundled =
      'var src_exports = {};\n__export(src_exports, { handler: () => handler });\nmodule.exports = __toCommonJS(src_exports);\nvar import_pg = require("pg");\n';
    const found = await predict({ "index.js": bundled, ...pg, ...types });
    expect(found.verdict).toBe("will-import");
    expect(found.drivers).toMatchObject([
      { name: "pg", version: "8.13.1", imported: true, origin: { kind: "package" } },
    ]);
  });

  test("a layer serves require and not import", async () => {
    const layer = Object.fromEntries(
      Object.entries({ ...pg, ...types }).map(([file, content]) => [`nodejs/${file}`, content]),
    );
    expect((await predict({ "index.js": `require("pg");\n${handler}` }, { layers: [layer] })).verdict).toBe(
      "will-import",
    );
    const { failure } = await predict(
      { "index.mjs": 'import "pg";\nexport const handler = 1;\n' },
      { layers: [layer] },
    );
    expect(failure).toMatchObject({
      message:
        "Cannot find package 'pg' imported from /var/task/index.mjs\nDid you mean to import \"pg/lib/index.js\"?",
      errorType: "Error",
    });
    expect(failure?.explanation).toMatch(/only `require` follows NODE_PATH/);
  });

  test("import in a file that is loaded as CommonJS, which only Node 24 takes for a module there", async () => {
    const files = { "index.js": 'import fs from "fs";\nexport const handler = 1;\n' };
    expect((await predict(files)).failure).toMatchObject({
      cause: "esm-cjs-mismatch",
      errorType: "Runtime.UserCodeSyntaxError",
    });
    expect((await predict(files, { runtime: "nodejs24.x" })).verdict).toBe("will-import");
  });

  const compiled = (name: string): Files => ({
    [`node_modules/@img/sharp-${name}/package.json`]: "{}",
    [`node_modules/@img/sharp-${name}/lib/sharp.node`]: "x",
  });
  const sharp: Files = {
    "index.js": 'require("sharp");\nexports.handler = async () => 1;\n',
    "node_modules/sharp/package.json":
      '{"main": "sharp.js", "optionalDependencies": {"@img/sharp-linux-x64": "1", "@img/sharp-linuxmusl-x64": "1", "@img/sharp-darwin-arm64": "1"}}',
    "node_modules/sharp/sharp.js": "for (const path of paths) try { require(path) } catch {}\n",
  };

  test.each([
    ["darwin-arm64", "wrong-platform-macos"],
    ["linuxmusl-x64", "wrong-libc-musl"],
    ["linux-x64", undefined],
  ])("a compiled part that is a package of its own, for %s: %s", async (name, cause) => {
    const { verdict, failure } = await predict({ ...sharp, ...compiled(name) });
    expect(failure?.cause).toBe(cause);
    expect(verdict).toBe(cause === undefined ? "will-import" : "will-fail");
  });

  const bcrypt: Files = {
    "index.js": 'require("bcrypt");\nexports.handler = async () => 1;\n',
    "node_modules/bcrypt/package.json":
      '{"main": "bcrypt.js", "binary": {"module_name": "lib", "module_path": "./binding/napi-v{napi_build_version}", "napi_versions": [3]}}',
    "node_modules/bcrypt/bcrypt.js": "const find = require('node-pre-gyp'); require(find.find('package.json'));\n",
    "node_modules/node-pre-gyp/index.js": "",
  };

  test("a compiled part that the package's own package.json places: absent, and for another processor", async () => {
    expect((await predict(bcrypt)).failure).toMatchObject({
      cause: "native-extension-missing",
      message: expect.stringContaining("Cannot find module '/var/task/node_modules/bcrypt/binding/napi-v3/lib.node'"),
    });
    const arm = { "node_modules/bcrypt/binding/napi-v3/lib.node": makeElf({ machine: 183 }) };
    expect((await predict({ ...bcrypt, ...arm })).failure).toMatchObject({ cause: "wrong-arch" });
    const good = { "node_modules/bcrypt/binding/napi-v3/lib.node": makeElf({}) };
    expect((await predict({ ...bcrypt, ...good })).verdict).toBe("will-import");
  });

  test("Prisma's engine for another system fails at the first query", async () => {
    const prisma = (engine: string): Files => ({
      "index.js": 'const { PrismaClient } = require("@prisma/client");\nexports.handler = async () => 1;\n',
      "node_modules/@prisma/client/package.json": '{"name": "@prisma/client", "version": "6.3.1", "main": "index.js"}',
      "node_modules/@prisma/client/index.js": "module.exports = require('.prisma/client/index');\n",
      "node_modules/.prisma/client/index.js": "exports.PrismaClient = class {};\n",
      [`node_modules/.prisma/client/libquery_engine-${engine}.so.node`]: "x",
    });
    const { verdict, lateFailures } = await predict(prisma("darwin-arm64"));
    expect(verdict).toBe("will-import");
    expect(lateFailures).toMatchObject([
      {
        cause: "driver-backend-missing",
        message: 'Prisma Client could not locate the Query Engine for runtime "rhel-openssl-3.0.x".',
      },
    ]);
    expect(lateFailures[0]).toHaveProperty("mending", expect.stringContaining('["native", "rhel-openssl-3.0.x"]'));
    expect((await predict(prisma("rhel-openssl-3.0.x"))).lateFailures).toEqual([]);
  });

  test("Prisma's client that was never generated is mended by generating it", async () => {
    const { failure } = await predict({
      "index.js": 'const { PrismaClient } = require("@prisma/client");\nexports.handler = async () => 1;\n',
      "node_modules/@prisma/client/package.json": '{"name": "@prisma/client", "version": "6.3.1", "main": "index.js"}',
      "node_modules/@prisma/client/index.js": "module.exports = require('.prisma/client/index');\n",
    });
    expect(failure?.message).toMatch(/^Error: Cannot find module '\.prisma\/client\/index'\n/);
    expect(failure).toHaveProperty("mending", expect.stringMatching(/binaryTargets = .*run npx prisma generate/));
  });
});

test("a module of Node's own is there from its version on", () => {
  expect([18, 20, 22, 24].map((version) => builtinKind("node:sqlite", version))).toEqual([
    "unknown",
    "unknown",
    "builtin",
    "builtin",
  ]);
  expect([18, 20].map((version) => builtinKind("node:test", version))).toEqual(["builtin", "builtin"]);
});

test("an awaited import that fails leaves the verdict open", async () => {
  const view = await viewOf({ "index.mjs": 'await import("./nope.mjs");\nexport const handler = async () => 1;\n' });
  const options = { runtime: "nodejs20.x", handler: "index.handler", architecture: "x86_64" as const };
  const { verdict, notes } = predictHandler(view, options);
  expect([verdict, notes.join(" ")]).toEqual([
    "unknown",
    expect.stringMatching(/line 1, awaits \.\/nope\.mjs, and that fails/),
  ]);
});

test("a module that hands on another one's names has those and no others", async () => {
  const view = await viewOf({
    "index.mjs": 'export * from "./a.mjs";\n',
    "a.mjs": "export const other = 1;\n",
  });
  const options = { runtime: "nodejs20.x", architecture: "x86_64" as const };
  const found = predictHandler(view, { ...options, handler: "index.handler" });
  expect([found.failure?.cause, found.failure?.message]).toEqual([
    "handler-not-found",
    "index.handler is undefined or not exported",
  ]);
  expect(predictHandler(view, { ...options, handler: "index.other" }).verdict).toBe("will-import");
});
