import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InspectDocument } from "../../src/report/inspect.ts";
import { cscp, type CliResult } from "../lab/cli.ts";
import { makeElf } from "../packages/support/elf.ts";
import { makeZip, type ZipInput } from "../packages/support/zip.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-inspect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | Uint8Array>>;

function write(at: string, files: Files): void {
  for (const [name, data] of Object.entries(files)) {
    const file = path.join(folder, at, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
}
const under = (prefix: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, data]) => [`${prefix}/${name}`, data]));
const entries = (files: Files): ZipInput[] =>
  Object.entries(files).map(([name, data]) => ({ name, data, mode: 0o100644 }));

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\n`;
const handler: Files = {
  "app.py": "import os\nfrom shared import db\n\ndef handler(event, context):\n    return db.rows()\n",
  "shared/__init__.py": "",
  "shared/db.py": "import psycopg2\n",
};
const driver = (library: string, bytes: Uint8Array): Files => ({
  "psycopg2/__init__.py": "from psycopg2._psycopg import connect\n",
  [`psycopg2/${library}`]: bytes,
  "psycopg2_binary-2.9.9.dist-info/METADATA": metadata("psycopg2-binary", "2.9.9"),
  "psycopg2_binary-2.9.9.dist-info/top_level.txt": "psycopg2\n",
});
const machO = Buffer.concat([Buffer.from("cffaedfe0c000001", "hex"), Buffer.alloc(200)]);
const pure: Files = {
  "tickets/__init__.py": "from json import dumps\n",
  "tickets-1.0.dist-info/METADATA": metadata("tickets", "1.0"),
  "tickets-1.0.dist-info/top_level.txt": "tickets\n",
};
const needy: Files = {
  "pg8000/__init__.py": "from scramp import ScramClient\n",
  "pg8000-1.30.5.dist-info/METADATA": metadata("pg8000", "1.30.5"),
  "pg8000-1.30.5.dist-info/top_level.txt": "pg8000\n",
};
const template = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: python3.12, CodeUri: ../fn, Layers: [!Ref Common] }
Resources:
  Common: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: ../good } }
  Tickets: { Type: "AWS::Serverless::Function", Properties: { Handler: app.handler } }
  Usage: { Type: "AWS::Serverless::Function", Properties: { Handler: gone.handler } }
`;

beforeAll(() => {
  write("fn", handler);
  write("mac", under("python", driver("_psycopg.cpython-312-darwin.so", machO)));
  write("arm", under("python", driver("_psycopg.so", makeElf({ machine: 183, inits: ["_psycopg"] }))));
  write("good", under("python", driver("_psycopg.so", makeElf({ inits: ["_psycopg"], needed: ["libc.so.6"] }))));
  write("pure", pure);
  write("node", {
    "package.json": '{"dependencies": {"plain": "1", "sharp": "1"}}',
    "node_modules/plain/package.json": '{"exports": {"require": "./a.cjs", "import": "./a.mjs"}}',
    "node_modules/plain/a.cjs": "exports.a = 1;",
    "node_modules/sharp/package.json":
      '{"optionalDependencies": {"@img/sharp-linux-x64": "1", "@img/sharp-darwin-arm64": "1"}}',
    "node_modules/sharp/index.js": "exports.sharp = require('./is');",
    "node_modules/sharp/is.js": "",
    "node_modules/@img/sharp-darwin-arm64/sharp.node": machO,
    "node_modules/unasked/index.js": "",
  });
  write("needy", needy);
  write("project/infra", { "template.yaml": template });
  write("project/fn", handler);
  write("project/good", under("python", driver("_psycopg.so", makeElf({ inits: ["_psycopg"] }))));
  const zip = makeZip(entries(pure));
  write("", {
    "pure.zip": zip,
    "tickets-1.0-py3-none-any.whl": zip,
    "cut.zip": zip.subarray(0, zip.length - 40),
    "text.zip": "This is a text, and no archive.",
    "empty.zip": "",
    "locked.zip": makeZip(entries(pure).map((entry) => ({ ...entry, encrypted: true }))),
    "bzip2.zip": makeZip(entries(pure).map((entry) => ({ ...entry, method: 12 }))),
    "sizes.zip": makeZip(entries(pure).map((entry) => ({ ...entry, size: 10 }))),
    "bomb.zip": makeZip([{ name: "bomb.py", data: Buffer.alloc(200 * 1024 * 1024, 0x20), mode: 0o100644 }]),
  });
  // A link to the folder that it is in, which must not be followed for ever.
  symlinkSync(".", path.join(folder, "pure", "up"));
});

const runtime = ["--runtime", "python3.12"];
const inspect = (...args: readonly string[]): Promise<CliResult> => cscp(["inspect", ...args], {}, folder);

async function inspected(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await inspect(...args, "-o", "json");
  expect(stderr).not.toMatch(/unexpected|^\s+at /m);
  return { exitCode, targets: (JSON.parse(stdout) as InspectDocument).targets };
}

describe("cscp inspect", () => {
  it("proves a macOS library in a layer: the chain, the message, and the command that mends it", async () => {
    const { exitCode, stdout } = await inspect("fn", "--layer", "mac", ...runtime, "--handler", "app.handler");
    expect(stdout).toMatch(/^✗ will fail to import: psycopg2\._psycopg +wrong-platform-macos\n/);
    expect(stdout).toContain("app.py:2 → shared/db.py:1 → psycopg2/__init__.py:1 → psycopg2._psycopg\n");
    expect(stdout).toContain("psycopg2/_psycopg.cpython-312-darwin.so is a macOS (arm64) library");
    expect(stdout).toContain("Lambda will log:  Unable to import module 'app': No module named 'psycopg2._psycopg'\n");
    const command = stdout.slice(stdout.indexOf("  Fix  ")).replaceAll(/\s*\\\n\s*/g, " ");
    expect(command).toContain("pip install --upgrade --target mac/python --platform manylinux_2_28_x86_64");
    expect(command).toContain("--python-version 3.12 --implementation cp --only-binary=:all: psycopg2-binary==2.9.9");
    expect(exitCode).toBe(1);
  });

  it("takes what fits, and names the driver that it found", async () => {
    const { exitCode, stdout } = await inspect("fn", "--layer", "good", ...runtime, "--handler", "app.handler");
    expect(stdout).toMatch(
      /^✓ will import: app\.handler, psycopg2\n {2}Size: \d+(?: B|\.\d KB| KB) of 250 MB unpacked; most of it: psycopg2-binary 2\.9\.9 /,
    );
    expect(exitCode).toBe(0);
  });

  it("asks about one package of Node: as it is missing, as its compiled part is foreign, and as it is right", async () => {
    const node = ["--runtime", "nodejs20.x"];
    const missing = await inspect("node", ...node, "--module", "pg");
    expect(missing.stdout).toContain("Node will say:  Error: Cannot find module 'pg'\n");
    expect(missing.stdout).toContain("Fix  npm install --prefix node --os linux --cpu x64 pg\n");
    expect(missing.exitCode).toBe(1);
    const foreign = await inspect("node", ...node, "--module", "sharp");
    expect(foreign.stdout).toMatch(/^✗ will fail to import: sharp +wrong-platform-macos\n/);
    expect(foreign.stdout).toContain("npm install --prefix node --os linux --cpu x64 sharp\n");
    expect((await inspect("node", ...node, "--module", "plain")).stdout).toMatch(/^✓ will import: plain\n/);
    const all = await inspected("node", ...node);
    expect(all.targets[0]?.modules.map(({ module }) => module)).toEqual(["plain", "sharp"]);
  });

  it.each([
    ["x86_64", "arm", "wrong-arch"],
    ["arm64", "good", "wrong-arch"],
    ["arm64", "arm", null],
    ["x86_64", "good", null],
  ])("judges for %s the layer %s: %s", async (arch, layer, cause) => {
    const { exitCode, targets } = await inspected(layer, ...runtime, "--arch", arch, "--module", "psycopg2");
    const [module] = targets[0]?.modules ?? [];
    expect(module).toMatchObject({ module: "psycopg2", importable: cause === null, cause });
    expect(exitCode).toBe(cause === null ? 0 : 1);
  });

  it("asks a package without a handler about all that it brings", async () => {
    expect(await inspected("pure", ...runtime)).toMatchObject({
      exitCode: 0,
      targets: [{ path: "pure", runtime: "python3.12", architecture: "x86_64", verdict: "will-import", handler: null }],
    });
    const { exitCode, targets } = await inspected("needy", ...runtime);
    expect(targets[0]?.modules).toMatchObject([
      {
        module: "pg8000",
        importable: false,
        cause: "transitive-dependency-missing",
        message: "No module named 'scramp'",
        chain: [{ file: "/var/task/pg8000/__init__.py", line: 1, imports: "scramp" }],
      },
    ]);
    expect(targets[0]?.modules[0]?.fix?.commands[0]).toMatch(/--target needy .*pg8000==1\.30\.5/);
    expect(exitCode).toBe(1);
  });

  it("asks for single modules, several targets at once", async () => {
    const { exitCode, targets } = await inspected(
      "pure.zip",
      "tickets-1.0-py3-none-any.whl",
      ...runtime,
      "--module",
      "tickets",
      "--module",
      "json",
    );
    expect(targets.map(({ verdict }) => verdict)).toEqual(["will-import", "will-import"]);
    expect(targets[0]?.modules.map(({ module }) => module)).toEqual(["tickets", "json"]);
    expect(exitCode).toBe(0);
  });

  it("looks where the template's environment says", async () => {
    write("paths", {
      "template.yaml": `Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    { Runtime: python3.12, CodeUri: src, Layers: [!Ref Common], Environment: { Variables: { PYTHONPATH: /var/task/own } } }
Resources:
  Common: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: layer } }
  Lost: { Type: "AWS::Serverless::Function", Properties: { Handler: app.handler } }
  Found:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Environment: { Variables: { PYTHONPATH: "/var/task/own:/opt/python" } } }
`,
      "src/app.py": "import lib\nimport common\n\ndef handler(event, context):\n    pass\n",
      "src/own/lib.py": "",
      "layer/python/common.py": "",
    });
    const { exitCode, targets } = await inspected("paths/src", "--project", "paths");
    const [lost, found] = targets;
    expect([lost?.verdict, found?.verdict]).toEqual(["will-fail", "will-import"]);
    expect(lost?.modules[0]?.explanation).toBe(
      "common is in /opt/python, which is not searched because the function sets PYTHONPATH.",
    );
    expect(exitCode).toBe(1);
  });

  it("puts the paths of a template together, and leaves open what only a deployment knows", async () => {
    const withPath = (name: string, value: string) =>
      `  ${name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n      Environment: { Variables: { PYTHONPATH: ${value} } }\n`;
    write("subs", {
      "template.yaml": `Transform: AWS::Serverless-2016-10-31
Parameters:
  Folder: { Type: String, Default: own }
  Anywhere: { Type: String }
Globals: { Function: { Runtime: python3.12, CodeUri: src } }
Resources:
${withPath("Default", '!Sub "/var/task/${Folder}"')}${withPath("Mapped", '!Sub ["${Part}/own", { Part: /var/task }]')}${withPath("Joined", '!Join [":", [/opt/python, !Sub "/var/task/${Folder}"]]')}${withPath("Wrong", '!Sub "/var/task/${Folder}s"')}${withPath("Open", '!Sub "/var/task/${Anywhere}"')}${withPath("Got", "!GetAtt Some.Path")}`,
      "src/app.py": "import lib\n\ndef handler(event, context):\n    pass\n",
      "src/own/lib.py": "",
    });
    const { targets } = await inspected("subs/src", "--project", "subs");
    // Those that come to the same are judged once.
    expect(targets.map(({ verdict }) => verdict)).toEqual([
      "will-import",
      "will-import",
      "will-fail",
      "unknown",
      "unknown",
    ]);
  });

  it("takes from the template what is not given, for each function of the folder", async () => {
    const { exitCode, stdout, stderr } = await cscp(["inspect", "fn", "-o", "json"], {}, path.join(folder, "project"));
    const { targets } = JSON.parse(stdout) as InspectDocument;
    expect(targets).toMatchObject([
      { path: "fn (Tickets)", runtime: "python3.12", handler: "app.handler", layers: ["good"], verdict: "will-import" },
      {
        path: "fn (Usage)",
        handler: "gone.handler",
        verdict: "will-fail",
        modules: [{ cause: "handler-file-missing" }],
      },
    ]);
    expect(stderr).toContain("fn is the code of Tickets in infra/template.yaml");
    expect(exitCode).toBe(1);
  });
});

describe("a deployed function", () => {
  const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");
  const zips = {
    own: makeZip(entries(handler)),
    layer: makeZip(entries(under("python", driver("_psycopg.cpython-312-darwin.so", machO)))),
  };
  const layerArn = "arn:aws:lambda:eu-west-1:111122223333:layer:common:3";
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const origin = `http://${request.headers.host ?? ""}`;
    const content = (name: keyof typeof zips) => ({
      Location: `${origin}/${name}.zip`,
      CodeSize: zips[name].length,
      CodeSha256: sha(zips[name]),
    });
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (pathname === "/own.zip" || pathname === "/layer.zip") {
      response.end(zips[pathname === "/own.zip" ? "own" : "layer"]);
    } else if (pathname.endsWith("/functions/Tickets")) {
      json(200, {
        Configuration: {
          FunctionName: "Tickets",
          Runtime: "python3.12",
          Handler: "app.handler",
          Architectures: ["x86_64"],
          LastModified: "2026-11-20T10:00:00.000+0000",
          Layers: [{ Arn: layerArn, CodeSize: 1 }],
          ...content("own"),
        },
        Code: content("own"),
      });
    } else if (searchParams.get("Arn") === layerArn) {
      json(200, { LayerVersionArn: layerArn, CompatibleRuntimes: ["python3.12"], Content: content("layer") });
    } else {
      response.setHeader("x-amzn-errortype", "ResourceNotFoundException");
      json(404, { Message: "Function not found" });
    }
  });
  let flags: readonly string[] = [];
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The server has no port.");
    flags = ["--region", "eu-west-1", "--endpoint-url", `http://127.0.0.1:${address.port}`, "-o", "json"];
  });
  afterAll(() => server.close());
  const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" };

  it("is judged by its own configuration and layers", async () => {
    const { exitCode, stdout, stderr } = await cscp(["inspect", "Tickets", ...flags], env, folder);
    expect(stderr).toBe("");
    expect((JSON.parse(stdout) as InspectDocument).targets).toMatchObject([
      {
        path: "Tickets",
        runtime: "python3.12",
        handler: "app.handler",
        layers: [layerArn],
        verdict: "will-fail",
        modules: [{ module: "psycopg2._psycopg", cause: "wrong-platform-macos" }],
      },
    ]);
    expect(exitCode).toBe(1);
  });

  it("is judged with a layer that is not deployed yet, and a layer by itself", async () => {
    const mended = await cscp(["inspect", "Tickets", "--layer", "good", ...flags], env, folder);
    expect(mended.exitCode).toBe(0);
    const layer = await cscp(["inspect", layerArn, ...flags], env, folder);
    expect((JSON.parse(layer.stdout) as InspectDocument).targets).toMatchObject([
      { path: layerArn, runtime: "python3.12", modules: [{ module: "psycopg2", importable: false }] },
    ]);
    expect(layer.exitCode).toBe(1);
  });

  it("that is not there is an error of the call", async () => {
    const { exitCode, stderr } = await cscp(["inspect", "Tikets", ...flags], env, folder);
    expect(stderr).toMatch(/There is no file, folder or function Tikets\./);
    expect(exitCode).toBe(2);
  });
});

describe("damaged input is a finding or one clear sentence", () => {
  it.each([
    ["cut.zip", /not a zip file, or its end was cut off/],
    ["text.zip", /not a zip file/],
    ["empty.zip", /\S/],
    ["locked.zip", /encrypted; Lambda cannot unpack it/],
    ["bzip2.zip", /compressed with method 12; Lambda unpacks stored and deflated entries/],
    ["sizes.zip", /unpacks to .* it announces/],
  ])("%s", async (file, text) => {
    const { exitCode, targets } = await inspected(file, ...runtime);
    expect(targets[0]?.verdict).toBe("will-fail");
    expect(targets[0]?.problems.find(({ fatal }) => fatal)?.text).toMatch(text);
    expect(exitCode).toBe(1);
  });

  it("does not inflate a zip bomb", async () => {
    const { exitCode, targets } = await inspected("bomb.zip", ...runtime, "--handler", "bomb.handler");
    expect(targets[0]).toMatchObject({ verdict: "unknown" });
    expect(targets[0]?.problems).toMatchObject([{ kind: "entry-too-large", path: "bomb.py" }]);
    expect(exitCode).toBe(3);
  });

  it.each([
    ["no such file", ["none.zip", ...runtime], /There is no file or folder none\.zip\./],
    ["no such layer", ["fn", "--layer", "none", ...runtime], /There is no file or folder none to be a layer\./],
    ["a wheel as a layer", ["fn", "--layer", "tickets-1.0-py3-none-any.whl", ...runtime], /is no layer/],
    ["no runtime", ["pure"], /The runtime of pure is not known\.[\s\S]*--runtime python3\.12/],
    ["a runtime that is none", ["pure", "--runtime", "pyton3.12"], /no Lambda runtime pyton3\.12[\s\S]*python3\.12/],
    ["an architecture that is none", ["pure", ...runtime, "--arch", "mips"], /x86_64, arm64/],
    ["no target", [], /missing required argument/],
    ["a format that is none", ["pure", ...runtime, "-o", "junit"], /one of text, json/],
    ["a function without credentials", ["Tickets", "--region", "eu-west-1"], /No AWS credentials were found/],
  ])("%s", async (_name, args, message) => {
    const none = path.join(folder, "no-such-file");
    const env = { AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none, AWS_EC2_METADATA_DISABLED: "true" };
    const { exitCode, stdout, stderr } = await cscp(["inspect", ...args], env, folder);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});
