import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inventoryCacheFolder, readTextFile, writeTextFile } from "../../src/source/files.ts";
import { parseMakefile } from "../../src/source/makefile.ts";
import { profileRegion } from "../../src/source/profile-region.ts";
import { looksLikeProject, readProject, requirementLines } from "../../src/source/project-folder.ts";
import { readSamconfig, splitOverrides, type Samconfig } from "../../src/source/samconfig.ts";
import { createVault, type Vault } from "../../src/source/vault.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cscp-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}

async function readable(text: string, file: string, vault: Vault): Promise<Samconfig> {
  const read = await readSamconfig(text, file, vault);
  if ("unreadable" in read) throw new Error(read.unreadable);
  return read;
}

describe("samconfig", () => {
  const toml = `version = 0.1

[default.global.parameters]
region = "ap-southeast-1"
profile = "dev"

[default.deploy.parameters]
stack_name = "cs-copilot-backend"
capabilities = "CAPABILITY_IAM"
# DatabaseUrl=commented
parameter_overrides = "AllowedOrigin=\\"*\\" DatabaseUrl=\\"\\" HmacSecret=giraffe-42"

[prod.deploy.parameters]
stack_name = "cs-copilot-prod"
region = "eu-west-1"
parameter_overrides = [
  "AllowedOrigin=https://copilot.example.com",
  "DatabaseUrl=postgres://app:zebra@db/app",
  "ParameterKey=StageName,ParameterValue=Prod",
]

[prod.build.parameters]
template_file = "sam-template.yaml"
`;

  it("gives each environment its stack, region, profile and overrides, with the line of each", async () => {
    const vault = createVault();
    const config = await readable(toml, "samconfig.toml", vault);
    expect(config?.environments).toEqual([
      {
        name: "default",
        stackName: "cs-copilot-backend",
        region: "ap-southeast-1",
        profile: "dev",
        overrides: [
          { name: "AllowedOrigin", value: "*", line: 11 },
          { name: "DatabaseUrl", value: "", line: 11 },
          { name: "HmacSecret", value: { $secret: expect.objectContaining({ type: "key", length: 10 }) }, line: 11 },
        ],
      },
      {
        name: "prod",
        stackName: "cs-copilot-prod",
        region: "eu-west-1",
        overrides: [
          { name: "AllowedOrigin", value: "https://copilot.example.com", line: 17 },
          { name: "DatabaseUrl", value: { $secret: expect.objectContaining({ type: "database-url" }) }, line: 18 },
          { name: "StageName", value: "Prod", line: 19 },
        ],
      },
    ]);
    expect(config?.templates).toEqual(["sam-template.yaml"]);
    expect(JSON.stringify(config)).not.toMatch(/giraffe|zebra/);
  });

  it("reads YAML, with overrides as a list or a table", async () => {
    const yaml = `version: 0.1
default:
  deploy:
    parameters:
      stack_name: demo
      parameter_overrides:
        - StageName=Prod
        - DatabaseUrl=""
staging:
  deploy:
    parameters:
      parameter_overrides:
        StageName: Staging
        Ports: [1, 2]
`;
    const config = await readable(yaml, "samconfig.yaml", createVault());
    expect(config?.environments).toEqual([
      {
        name: "default",
        stackName: "demo",
        overrides: [
          { name: "StageName", value: "Prod", line: 7 },
          { name: "DatabaseUrl", value: "", line: 8 },
        ],
      },
      {
        name: "staging",
        overrides: [
          { name: "StageName", value: "Staging", line: 13 },
          { name: "Ports", value: "1,2", line: 14 },
        ],
      },
    ]);
  });

  it("says of text that is broken where it is, and quotes none of it", async () => {
    const read = (text: string, file: string) => readSamconfig(text, file, createVault());
    expect(await read('version = 0.1\n[default\nx = "s3cr3t"', "samconfig.toml")).toEqual({
      unreadable: "line 2 is no valid TOML",
    });
    expect(await read("version: 0.1\na: b: c", "samconfig.yaml")).toEqual({ unreadable: "line 2 is no valid YAML" });
    expect(await read("- a", "samconfig.yaml")).toEqual({ unreadable: "it holds no table of environments" });
  });

  it.each([
    [
      'A="one two" B=x',
      [
        ["A", "one two"],
        ["B", "x"],
      ],
    ],
    [
      String.raw`A="say \"hi\"" B=`,
      [
        ["A", 'say "hi"'],
        ["B", ""],
      ],
    ],
    [
      "A='single quoted' \"B\"=2",
      [
        ["A", "single quoted"],
        ["B", "2"],
      ],
    ],
    [
      "ParameterKey=A,ParameterValue=x,y ParameterKey=B,ParameterValue=",
      [
        ["A", "x,y"],
        ["B", ""],
      ],
    ],
    [String.raw`A=x\ y`, [["A", "x y"]]],
    ["Url=postgres://a:b@c/d?sslmode=require&x=y", [["Url", "postgres://a:b@c/d?sslmode=require&x=y"]]],
    ["no-pair =x", []],
  ])("splits %s", (text, pairs) => {
    expect(splitOverrides(text)).toEqual(pairs);
  });

  it("splits whatever it would have been quoted from", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/);
    const value = fc.string().filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const text = pairs.map(([key, inner]) => `${key}="${inner.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(" ");
        expect(splitOverrides(text)).toEqual(pairs);
      }),
    );
  });
});

describe("Makefile", () => {
  it("gives each target its recipe and what it looks at", () => {
    const targets = parseMakefile(
      [
        "TEMPLATE ?= sam-template.yaml",
        ".PHONY: build deploy",
        "SHELL := /bin/bash",
        "",
        "build: clean ## builds it",
        "\t@sam build --template-file $(TEMPLATE) \\",
        "\t  --parallel",
        "",
        "deploy:",
        "ifdef PARAMETER_OVERRIDES",
        "\tsam deploy --parameter-overrides $(PARAMETER_OVERRIDES) --stack-name ${STACK}",
        "else",
        "\t-sam deploy",
        "endif",
        "layer-pydeps clean:",
        "\trm -rf $(addprefix $(LAYERS)/,x) $$HOME $@",
        "\t# a remark",
        "url = http://example.com",
        "after: url = x",
      ].join("\n"),
    );
    expect(targets).toEqual([
      { name: "build", variables: ["TEMPLATE"], recipe: ["sam build --template-file $(TEMPLATE) --parallel"] },
      {
        name: "deploy",
        variables: ["PARAMETER_OVERRIDES", "STACK"],
        recipe: ["sam deploy --parameter-overrides $(PARAMETER_OVERRIDES) --stack-name ${STACK}", "sam deploy"],
      },
      { name: "layer-pydeps", variables: ["LAYERS"], recipe: ["rm -rf $(addprefix $(LAYERS)/,x) $$HOME $@"] },
      { name: "clean", variables: ["LAYERS"], recipe: ["rm -rf $(addprefix $(LAYERS)/,x) $$HOME $@"] },
    ]);
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(Array.isArray(parseMakefile(text))).toBe(true)));
  });
});

describe("a project folder", () => {
  it("is read from its top or from infra, secrets hidden, what tools made left out", async () => {
    await write({
      "infra/sam-template.yaml": "Parameters:\n  HmacSecret: { Type: String, Default: giraffe-42 }\n",
      "infra/samconfig.toml": '[default.deploy.parameters]\nstack_name = "demo"\n',
      "infra/Makefile": "deploy:\n\tPGPASSWORD=zebra-43 sam deploy\n",
      "backend/requirements.txt":
        "pg8000==1.30.5 # driver\n\n-r \\\n base.txt\n--index-url https://me:okapi-44@pypi.example.com/simple\n",
      "backend/requirements-dev.txt": "pytest\n",
      "infra/.aws-sam/build/requirements.txt": "built\n",
      "node_modules/x/requirements.txt": "foreign\n",
      "infra/layers/common/python/requirements.txt": "installed\n",
      "infra/layers/common/python/pg8000-1.30.5.dist-info/METADATA": "x\n",
    });
    const project = await readProject(folder);
    expect(project).toMatchObject({
      template: {
        path: "infra/sam-template.yaml",
        text: "Parameters:\n  HmacSecret: { Type: String, Default: (secret) }\n",
      },
      samconfig: { path: "infra/samconfig.toml", environments: [{ name: "default", stackName: "demo" }] },
      makefile: { path: "infra/Makefile", targets: [{ name: "deploy", recipe: ["PGPASSWORD=(secret) sam deploy"] }] },
      requirements: [
        { path: "backend/requirements-dev.txt", lines: ["pytest"] },
        {
          path: "backend/requirements.txt",
          lines: ["pg8000==1.30.5", "-r base.txt", "--index-url https://me:(secret)@pypi.example.com/simple"],
        },
      ],
    });
    expect(JSON.stringify(project)).not.toMatch(/giraffe|zebra|okapi/);
    expect(await looksLikeProject(folder)).toBe(true);
  });

  it("takes the template that samconfig names before the usual names, but none that was built or lies outside", async () => {
    await write({
      "samconfig.toml":
        '[default.build.parameters]\ntemplate_file = "cloud/stack.yaml"\n[default.deploy.parameters]\ntemplate_file = ".aws-sam/build/template.yaml"\n[x.build.parameters]\ntemplate_file = "../../etc/passwd"\n',
      "cloud/stack.yaml": "Resources: {}\n",
      "template.yaml": "Resources: { other: 1 }\n",
      ".aws-sam/build/template.yaml": "built\n",
    });
    expect((await readProject(folder))?.template?.path).toBe("cloud/stack.yaml");
  });

  it("that holds nothing of a project is none", async () => {
    await write({ "notes.txt": "x" });
    expect(await readProject(folder)).toBeUndefined();
    expect(await looksLikeProject(folder)).toBe(false);
    expect(await readProject(path.join(folder, "not-there"))).toBeUndefined();
  });

  it("with a broken samconfig still gives the rest", async () => {
    await write({ "samconfig.toml": "[[[", "template.yaml": "Resources: {}\n" });
    const project = await readProject(folder);
    expect(project?.template?.path).toBe("template.yaml");
    expect(project).not.toHaveProperty("samconfig");
    expect(project?.brokenSamconfig).toEqual({ path: "samconfig.toml", unreadable: "line 1 is no valid TOML" });
  });

  it("requirement lines are joined, stripped of remarks, and never blank", () => {
    expect(requirementLines("a==1 \\\n  --hash=x\n# all\nb#frag\n\n git+https://x/y#egg=z\n")).toEqual([
      "a==1 --hash=x",
      "b#frag",
      "git+https://x/y#egg=z",
    ]);
  });
});

describe("files", () => {
  it("are written whole or not at all", async () => {
    const file = path.join(folder, "report.json");
    await writeTextFile(file, "one");
    await writeTextFile(file, "two");
    expect(await readTextFile(file)).toBe("two");
    await expect(writeTextFile(path.join(folder, "no", "place.json"), "x")).rejects.toMatchObject({
      usage: true,
      message: expect.stringContaining("its folder is not there"),
    });
    expect(await readTextFile(folder)).toBeUndefined();
  });

  it.each([
    [{ HOME: "/home/ada" }, "/home/ada/.cache/cscp/inventory-v1"],
    [{ HOME: "/home/ada", XDG_CACHE_HOME: "/c" }, "/c/cscp/inventory-v1"],
    [{ HOME: "/home/ada", CSCP_CACHE: "/mine" }, "/mine/inventory-v1"],
    [{ HOME: "/home/ada", CSCP_CACHE: "off" }, undefined],
    [{}, undefined],
  ])("the cache for %o is %s", (env, expected) => {
    expect(inventoryCacheFolder(env)).toBe(expected);
  });
});

describe("the region of a profile", () => {
  it("is read from the AWS configuration", async () => {
    await write({
      config: "[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-north-1\n[profile none]\noutput = json\n",
      credentials: "[legacy]\nregion = eu-south-1\n",
    });
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_CONFIG_FILE: path.join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
    });
    try {
      expect(await Promise.all([undefined, "dev", "none", "legacy", "absent"].map(profileRegion))).toEqual([
        "eu-west-1",
        "eu-north-1",
        undefined,
        "eu-south-1",
        undefined,
      ]);
    } finally {
      process.env = before;
    }
  });
});
