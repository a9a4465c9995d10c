// The printed commands, run by a real shell: with sed, make and python3 as they are, and small stand-ins for aws and sam.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Diagnosis } from "../../src/core/report.ts";
import { literalUrl } from "../../src/checks/support/examples.ts";
import { analyseDatabaseUrl } from "../../src/postgres/url.ts";
import { removeOverride } from "../../src/causes/support/deploy.ts";
import { joinPath, quote, relativeTo, words } from "../../src/causes/support/shell.ts";
import { editFilter } from "../../src/causes/support/url-parameters.ts";
import { loadCauses } from "./all.ts";
import {
  databaseNames,
  distribution,
  driverImport,
  emptyUrl,
  fromLayer,
  keyToken,
  layer,
  layerWith,
  logged,
  projectFolder,
  toolFailure,
  willImport,
} from "./builders.ts";
import { diagnosed, each, type World } from "./world.ts";

const causes = await loadCauses();
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cscp-commands-"));
  mkdirSync(path.join(folder, "bin"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script as a POSIX shell reads it, in the test's folder, with its stand-ins before everything else. */
function sh(script: string, options: { readonly input?: string; readonly env?: Record<string, string> } = {}) {
  const { stdout, stderr, status } = spawnSync("bash", ["--posix", "-c", script], {
    cwd: folder,
    encoding: "utf8",
    input: options.input ?? "",
    env: { ...process.env, PATH: `${path.join(folder, "bin")}:${process.env["PATH"]}`, ...options.env },
  });
  return { stdout, stderr, status };
}

/** A stand-in for a program: a shell script. */
function standIn(name: string, script: string): void {
  const file = path.join(folder, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

async function remediesOf(world: World, cause: string, kind: string): Promise<readonly string[]> {
  const { diagnoses } = await diagnosed(causes, world);
  const found: Diagnosis | undefined = diagnoses.find((one) => one.cause === cause);
  return found?.remedies.filter((remedy) => remedy.kind === kind).flatMap(({ commands }) => commands) ?? [];
}

describe("words of the shell", () => {
  test("read as the text that they stand for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        const plain = text.replaceAll("\0", "");
        expect(sh(`printf '%s' ${quote(plain)}`).stdout).toBe(plain);
      }),
      { numRuns: 60 },
    );
  });

  test("keep their number", () => {
    const list = ["a b", "", "$HOME", "it's", "`id`", "*", "--option=1", "<PLACEHOLDER>", "a\nb"];
    expect(sh(`for word in ${words(...list)}; do printf '[%s]' "$word"; done`).stdout).toBe(
      list.map((word) => `[${word}]`).join(""),
    );
  });

  test("paths are joined and told relative to a folder", () => {
    expect(joinPath("infra", "../backend", "requirements.txt")).toBe("backend/requirements.txt");
    expect(joinPath(".", "./layers/common")).toBe("layers/common");
    expect(joinPath("..", "../x")).toBe("../../x");
    expect(relativeTo("infra", "infra/sam-template.yaml")).toBe("sam-template.yaml");
    expect(relativeTo("infra", "template.yaml")).toBe("../template.yaml");
    expect(relativeTo(".", "infra/t.yaml")).toBe("infra/t.yaml");
  });
});

describe("an empty override", () => {
  test.each([
    [
      String.raw`parameter_overrides = "AllowedOrigin=\"*\" DatabaseUrl=\"\" Stage=\"prod\""`,
      `AllowedOrigin="*"  Stage="prod"`,
    ],
    [String.raw`parameter_overrides = "AllowedOrigin=\"*\" DatabaseUrl=\"\""`, `AllowedOrigin="*" `],
    [String.raw`parameter_overrides = "DatabaseUrl=\"\""`, ""],
    [`parameter_overrides = "DatabaseUrl= AllowedOrigin=*"`, " AllowedOrigin=*"],
    [
      `parameter_overrides = 'OldDatabaseUrl="x" DatabaseUrl="" AllowedOrigin="*"'`,
      `OldDatabaseUrl="x"  AllowedOrigin="*"`,
    ],
    [`parameter_overrides = ["AllowedOrigin=*", "DatabaseUrl="]`, ["AllowedOrigin=*"]],
    [`parameter_overrides = ["DatabaseUrl=", "AllowedOrigin=*"]`, ["AllowedOrigin=*"]],
    [String.raw`parameter_overrides = ["A=1", "DatabaseUrl=\"\"", "B=2"]`, ["A=1", "B=2"]],
  ])("is taken out of %s", (line, expected) => {
    const file = path.join(folder, "samconfig.toml");
    writeFileSync(file, `version = 0.1\n[default.deploy.parameters]\n${line}\nstack_name = "DatabaseUrl="\n`);
    expect(sh(removeOverride("samconfig.toml", 3, "DatabaseUrl")).stderr).toBe("");
    const read = parse(readFileSync(file, "utf8")) as { default: { deploy: { parameters: Record<string, unknown> } } };
    expect(read.default.deploy.parameters["parameter_overrides"]).toEqual(expected);
    expect(read.default.deploy.parameters["stack_name"]).toBe("DatabaseUrl=");
    expect(existsSync(`${file}.bak`)).toBe(true);
  });
});

describe("a change of one parameter of the URL", () => {
  const head = "postgresql://u:p%40x@db.example.com:5432/copilot";
  test.each([
    [`${head}?channel_binding=require`, head],
    [`${head}?sslmode=require&channel_binding=require`, `${head}?sslmode=require`],
    [`${head}?channel_binding=require&sslmode=require`, `${head}?sslmode=require`],
    [`${head}?a=1&channel_binding=require&b=2`, `${head}?a=1&b=2`],
    [`${head}?my_channel_binding=1`, `${head}?my_channel_binding=1`],
    ["host=db user=u channel_binding=require dbname=c", "host=db user=u dbname=c"],
    ["channel_binding='require' host=db", "host=db"],
  ])("takes channel_binding out of %s", (url, expected) => {
    const filter = editFilter(analyseDatabaseUrl(url), { without: "channel_binding" });
    expect(sh(filter ?? "false", { input: `${url}\n` }).stdout).toBe(`${expected}\n`);
  });

  test.each([
    [head, `${head}?sslmode=require`],
    [`${head}?connect_timeout=5`, `${head}?connect_timeout=5&sslmode=require`],
    [`${head}?sslmode=disable`, `${head}?sslmode=require`],
    [`${head}?sslmode=prefer&connect_timeout=5`, `${head}?connect_timeout=5&sslmode=require`],
    ["host=db user=u", "host=db user=u sslmode=require"],
  ])("asks for TLS in %s", (url, expected) => {
    const filter = editFilter(analyseDatabaseUrl(url), { set: { name: "sslmode", value: "require" } });
    expect(sh(filter ?? "false", { input: `${url}\n` }).stdout).toBe(`${expected}\n`);
  });

  test("is not tried with a name that is not shown, nor with what is no URL", () => {
    expect(editFilter(analyseDatabaseUrl(head), { without: "***" })).toBeUndefined();
    expect(editFilter(analyseDatabaseUrl("undefined"), { without: "sslmode" })).toBeUndefined();
  });
});

describe("a change of a function's environment", () => {
  const url = "postgresql://u:p@db.example.com/copilot?sslmode=require&x='a'";
  const environment = { LOG_LEVEL: "INFO", DATABASE_URL: "", QUOTED: `it's "so"` };
  const world: World = { functions: each(databaseNames, { url: emptyUrl, answer: toolFailure("RuntimeError") }) };

  /** A stand-in that hands out the environment and keeps what it is given, by function. */
  function awsOfEnvironment(): void {
    const get = `printf '%s' '${JSON.stringify(environment).replaceAll("'", String.raw`'\''`)}'`;
    const keep = `while [ $# -gt 0 ]; do [ "$1" = --function-name ] && fn=$2; shift; done`;
    standIn("aws", `case "$2" in wait) ;; get-function-configuration) ${get};; *) ${keep}; cat > "$fn.json";; esac`);
  }

  test("sets the one variable and leaves the others alone", async () => {
    awsOfEnvironment();
    const commands = await remediesOf(world, "database-url-empty", "now");
    expect(sh(commands.join("\n"), { env: { DATABASE_URL: url } }).status).toBe(0);
    for (const name of databaseNames) {
      const written = readFileSync(path.join(folder, `cs-copilot-backend-${name}-1A2B3C4D.json`), "utf8");
      expect(JSON.parse(written)).toEqual({ Variables: { ...environment, DATABASE_URL: url } });
    }
    expect(existsSync(path.join(folder, "cs-copilot-backend-GenerateEmail-1A2B3C4D.json"))).toBe(false);
  });

  test("writes nothing where Lambda leaves the variables out, unless the function was seen to have none", async () => {
    const keep = `while [ $# -gt 0 ]; do [ "$1" = --function-name ] && fn=$2; shift; done`;
    standIn("aws", `case "$2" in wait) ;; get-function-configuration) echo null;; *) ${keep}; cat > "$fn.json";; esac`);
    const broken = { url: emptyUrl, answer: toolFailure("RuntimeError") };
    const having = { ...broken, configuration: { environment: { LOG_LEVEL: "INFO" } } };
    const commands = await remediesOf(
      {
        functions: {
          GetCustomerUsage: having,
          GetRecentTickets: { ...broken, configuration: { environment: {} } },
          GetContractInfo: { ...broken, qualifier: "live" },
        },
      },
      "database-url-empty",
      "now",
    );
    const written = (name: string): string => path.join(folder, `cs-copilot-backend-${name}-1A2B3C4D.json`);
    for (const name of databaseNames) rmSync(written(name), { force: true });
    const { stderr } = sh(commands.join("\n"), { env: { DATABASE_URL: url } });
    // What aws is given is empty, which it refuses as no JSON.
    expect(readFileSync(written("GetCustomerUsage"), "utf8")).toBe("");
    expect(stderr).toContain("nothing changed: the variables did not come back");
    // What the alias is not pointed at yet may have variables that nobody looked at.
    expect(readFileSync(written("GetContractInfo"), "utf8")).toBe("");
    expect(JSON.parse(readFileSync(written("GetRecentTickets"), "utf8"))).toEqual({ Variables: { DATABASE_URL: url } });
  });

  test("writes nothing while the shell variable is not set", async () => {
    awsOfEnvironment();
    rmSync(path.join(folder, "cs-copilot-backend-CalculateHealth-1A2B3C4D.json"), { force: true });
    const commands = await remediesOf(world, "database-url-empty", "now");
    expect(sh(commands.join("\n"), { env: { DATABASE_URL: "" } }).stderr).toMatch(/DATABASE_URL: parameter .*not set/);
    const file = path.join(folder, "cs-copilot-backend-CalculateHealth-1A2B3C4D.json");
    // What aws is given is empty, which it refuses as no JSON.
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
  });

  test("unwraps a URL that was pasted with quotation marks, without a hand on it", async () => {
    const plain = "postgresql://u:p@db.example.com/copilot?sslmode=require";
    const pasted = `export DATABASE_URL="${plain}"\r\n`;
    standIn(
      "aws",
      `case "$*" in *Environment.Variables.DATABASE_URL*) cat pasted.txt;; *get-function*) echo '{"DATABASE_URL": ""}';; *wait*) ;; *) cat > written.json;; esac`,
    );
    writeFileSync(path.join(folder, "pasted.txt"), pasted);
    const commands = await remediesOf(
      { functions: { GetCustomerUsage: { url: literalUrl(pasted.trim()), answer: toolFailure("ValueError") } } },
      "database-url-malformed",
      "now",
    );
    expect(sh(commands.join("\n")).status).toBe(0);
    expect(JSON.parse(readFileSync(path.join(folder, "written.json"), "utf8"))).toEqual({
      Variables: { DATABASE_URL: plain },
    });
  });
});

describe("a deploy with the project's own targets", () => {
  const overrides = [
    { name: "AllowedOrigin", value: "*", line: 3 },
    { name: "Greeting", value: `say "hi" to $USER`, line: 3 },
    { name: "DatabaseUrl", value: "", line: 3 },
    { name: "HmacSecret", value: keyToken("dddddddddddd"), line: 3 },
    { name: "Blank", value: "", line: 3 },
  ];
  const secrets = { DATABASE_URL: "postgresql://u:p$1@db/c?a=1&b=2", HMAC_SECRET: "k e'y" };
  const expected = [
    "AllowedOrigin=*",
    String.raw`Greeting="say \"hi\" to $USER"`,
    `HmacSecret=${secrets.HMAC_SECRET}`,
    'Blank=""',
    `DatabaseUrl=${secrets.DATABASE_URL}`,
  ];
  const given = (): readonly string[] => readFileSync(path.join(folder, "sam.txt"), "utf8").split("\0").slice(0, -1);

  test("gives sam the whole list, every value as it is, through make", async () => {
    standIn("sam", `printf '%s\\0' "$@" > ${folder}/sam.txt`);
    mkdirSync(path.join(folder, "infra"), { recursive: true });
    writeFileSync(path.join(folder, "infra/samconfig.toml"), "a\nb\nc\n");
    const recipe = "\tsam deploy --parameter-overrides $(PARAMETER_OVERRIDES)\n";
    writeFileSync(path.join(folder, "infra/Makefile"), `build:\n\tsam build\ndeploy:\n${recipe}`);
    const world: World = { functions: each(databaseNames, { url: emptyUrl }), project: projectFolder(overrides) };
    const commands = await remediesOf(world, "database-url-empty", "for-good");
    const { stdout, stderr, status } = sh(commands.join("\n"), { env: secrets });
    expect([stderr, status]).toEqual(["", 0]);
    expect(given()).toEqual(["deploy", "--parameter-overrides", ...expected]);
    // make echoes its recipes: no secret may be in them.
    expect(stdout).not.toContain(secrets.DATABASE_URL);
    expect(stdout).not.toContain(secrets.HMAC_SECRET);
  });

  test("gives sam the same without a Makefile", async () => {
    standIn("sam", `printf '%s\\0' "$@" > ${folder}/sam.txt`);
    const { makefile: _none, ...project } = projectFolder(overrides);
    const world: World = { functions: each(databaseNames, { url: emptyUrl }), project };
    const commands = await remediesOf(world, "database-url-empty", "for-good");
    expect(sh(commands.join("\n"), { env: secrets }).status).toBe(0);
    const list = given();
    expect(list.slice(list.indexOf("--parameter-overrides") + 1, list.indexOf("--region"))).toEqual(expected);
  });
});

describe("a layer into which a package is put again", () => {
  const stale = { ...distribution("scramp", "1.5.0"), path: "python/scramp-1.5.0.dist-info" };
  const world = (project: World["project"]): World => ({
    functions: each(databaseNames, {
      prediction: willImport(driverImport("pg8000", fromLayer(8), "1.30.5")),
      answer: toolFailure("AttributeError"),
    }),
    layerContents: { [layer(8).label]: layerWith(distribution("pg8000", "1.30.5"), stale) },
    ...(project === undefined ? {} : { project }),
  });

  test("loses the metadata of the version before, which pip would leave there", async () => {
    const metadata = path.join(folder, "infra/layers/common/python/scramp-1.5.0.dist-info");
    mkdirSync(metadata, { recursive: true });
    const commands = await remediesOf(world(projectFolder()), "dependency-conflict", "now");
    expect(sh(commands[0] ?? "false").status).toBe(0);
    expect(existsSync(metadata)).toBe(false);
    expect(commands[1]).toContain("scramp<1.5");
  });

  test.each([
    ["pg8000==1.30.5 scramp==1.4.5", true],
    ["pg8000==1.30.5 'scramp<1.5'", true],
    ["pg8000==1.30.5 scramp", false],
    ["pg8000==1.30.5 scramp==1.5.1", false],
    ["pg8000==1.30.4 scramp==1.4.5", false],
    ["pg8000==1.30.5", false],
  ])("is filled by the project's own target where that installs %s: %s", async (words, used) => {
    const project = projectFolder();
    const recipe = [`python3 -m pip install -t layers/common/python ${words}`];
    const makefile = {
      path: "infra/Makefile",
      folder: "infra",
      targets: [{ name: "layer-pydeps", variables: [], recipe }],
    };
    const commands = await remediesOf(world({ ...project, makefile }), "dependency-conflict", "now");
    expect(commands.some((command) => command.startsWith("python3 -m pip"))).toBe(!used);
    expect(commands.includes("make -C infra layer-pydeps")).toBe(used);
  });

  test("loses it where the deployed layer is built upon as well", async () => {
    const commands = await remediesOf(world(null), "dependency-conflict", "now");
    expect(commands).toContain('rm -r "$work/code"/python/scramp-1.5.0.dist-info');
  });
});

describe("a cursor that is closed by contextlib", () => {
  test("still is the same code to Python, and closes", async () => {
    const source = [
      '"""Reads."""',
      "from __future__ import annotations",
      "import os",
      "",
      "class Cursor:",
      "    closed = False",
      "    def close(self):",
      "        self.closed = True",
      "    def execute(self, sql):",
      "        return [os.sep, sql]",
      "",
      "class Connection:",
      "    def __init__(self):",
      "        self.made = Cursor()",
      "    def __enter__(self):",
      "        return self",
      "    def __exit__(self, *error):",
      "        return None",
      "    def cursor(self):",
      "        return self.made",
      "",
      "def read(conn):",
      "    with conn as c, c.cursor() as cur:",
      "        return cur.execute('select 1')",
      "",
    ].join("\n");
    mkdirSync(path.join(folder, "backend/_shared"), { recursive: true });
    const file = path.join(folder, "backend/_shared/db.py");
    writeFileSync(file, source);
    const driver = { ...driverImport("pg8000", fromLayer(8), "1.30.5"), module: "pg8000.dbapi" };
    const fact = {
      kind: "cursor-in-with" as const,
      file: "/var/task/_shared/db.py",
      line: 23,
      text: "with c.cursor() as cur:",
      name: "c.cursor",
    };
    const world: World = {
      functions: {
        GetCustomerUsage: {
          prediction: { ...willImport(driver), sourceFacts: [fact] },
          errors: [logged(["driver-api-mismatch"], "TypeError")],
        },
      },
    };
    const commands = await remediesOf(world, "driver-api-mismatch", "for-good");
    const edits = commands.filter((command) => !command.startsWith("make "));
    expect(edits).toHaveLength(3);
    expect(sh(edits.join("\n")).stderr).toBe("");
    expect(existsSync(`${file}.bak`)).toBe(false);
    const use = `import sys; sys.path.insert(0, "backend/_shared"); import db; c = db.Connection(); print(db.read(c)[1], c.made.closed)`;
    expect(sh(`python3 -c '${use}'`)).toMatchObject({ stdout: "select 1 True\n", status: 0 });
  });
});
