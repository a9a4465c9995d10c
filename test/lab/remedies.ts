// Runs the commands of remedies as an engineer would: copied into a shell, in the project's folder.
import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { z } from "zod";
import type { Remedy } from "../../src/core/cause.ts";
import { labRoot } from "./function-version.ts";
import type { IncidentLab } from "./incidents.ts";
import { DATABASE_HOST, STACK_NAME } from "./lab.ts";
import { cachedFolder, findPython } from "./python.ts";

/**
 * The file of the AWS CLI that the commands are run with; undefined where there is none.
 * @param major the first number of its version, where that matters: several may be on the PATH
 */
export async function findAwsCli(major?: number): Promise<string | undefined> {
  // Debian's own first: the tests then run with one version everywhere that has it. Never a bare name: the lab's own
  // `aws` stands before everything else on the PATH and would start itself.
  const { PATH = "" } = process.env;
  for (const folder of ["/usr/bin", ...PATH.split(path.delimiter)]) {
    const file = path.join(folder, "aws");
    if (!path.isAbsolute(file)) continue;
    const { exitCode, all } = await execa(file, ["--version"], { reject: false, all: true });
    const version = /\baws-cli\/(\d+)\./.exec(all ?? "")?.[1];
    if (exitCode === 0 && (major === undefined || version === String(major))) return file;
  }
  return undefined;
}

/** True when the AWS CLI is there. Otherwise prints one line that says so, or throws with CSCP_LAB=required. */
export async function awsCliOrSkip(): Promise<boolean> {
  if ((await findAwsCli()) !== undefined) return true;
  const reason = "There is no AWS CLI on the PATH (Debian's package awscli).";
  if (process.env["CSCP_LAB"] === "required") throw new Error(`The lab is required and cannot run. ${reason}`);
  process.stderr.write(`The tests that run remedies are skipped. ${reason}\n`);
  return false;
}

/** What the stack's drivers are installed from; `pip download` fetches each once, for this machine's Linux and Python. */
const WHEELS = [
  "pg8000==1.30.5",
  "scramp==1.4.5",
  "psycopg2-binary==2.9.10",
  "psycopg[binary]==3.2.9",
  "typing-extensions==4.15.0",
  "python-dateutil==2.9.0.post0",
];

/** A folder of wheels, so that the remedies' pip needs no network once they were fetched. */
async function wheels(): Promise<string> {
  const python = await findPython();
  if (python === undefined) throw new Error("No Python of at least 3.10 is on the PATH.");
  return cachedFolder(`wheels-${python.version}`, async (folder) => {
    const words =
      "-m pip download --quiet --disable-pip-version-check --platform manylinux2014_x86_64 --only-binary=:all:";
    await execa(python.executable, [...words.split(" "), "--dest", folder, ...WHEELS]);
  });
}

/** Makes the database's name resolve to this machine in Python, as hosts.cjs does in Node. */
const HOSTS_PRELOAD = `import socket

_ask = socket.getaddrinfo


def _answer(host, *rest, **more):
    return _ask("127.0.0.1" if host == "${DATABASE_HOST}" else host, *rest, **more)


socket.getaddrinfo = _answer
`;

const deploySchema = z.object({ folder: z.string(), overrides: z.record(z.string(), z.string()).nullable() });

/** A shell in which the printed commands of one incident are run. */
export type Operator = {
  /** Runs one remedy's commands in one shell that stops at the first that fails. Throws with what was said if one did. */
  readonly run: (remedy: Remedy, secrets: Readonly<Record<string, string>>) => Promise<void>;
  /** Runs any commands in the same place. */
  readonly shell: (script: string, secrets?: Readonly<Record<string, string>>) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Opens the shell: the incident's AWS environment, the AWS CLI aimed at the lab, and the stand-in for sam. */
export async function operator(incident: IncidentLab): Promise<Operator> {
  const { lab, projectDir } = incident;
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { folder, overrides } = deploySchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      const project = { ...lab.project, folder: path.dirname(folder) };
      await lab.deployer.deploy(STACK_NAME, project, overrides ?? undefined);
      response.writeHead(200).end();
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  const python = path.join(projectDir, "..", "python-hosts");
  await mkdir(python, { recursive: true });
  await writeFile(path.join(python, "sitecustomize.py"), HOSTS_PRELOAD);
  const { PATH = "", HOME = "" } = process.env;
  const aws = Object.fromEntries(Object.entries(incident.env).filter(([name]) => name.startsWith("AWS_")));
  const env: Record<string, string> = {
    ...aws,
    HOME,
    PATH: `${path.join(labRoot(), "bin")}:${PATH}`,
    PYTHONPATH: python,
    CSCP_LAB_AWS: (await findAwsCli()) ?? "",
    CSCP_LAB_DEPLOYER: `http://127.0.0.1:${address.port}`,
    PIP_NO_INDEX: "1",
    PIP_FIND_LINKS: await wheels(),
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
  };

  const shell: Operator["shell"] = async (script, secrets = {}) => {
    const result = await execa("sh", ["-e"], {
      cwd: projectDir,
      env: { ...env, ...secrets },
      extendEnv: false,
      input: `${script}\n`,
      reject: false,
      all: true,
      timeout: 240_000,
    });
    if (result.exitCode !== 0) throw new Error(`The shell ended with ${result.exitCode}:\n${result.all}`);
  };

  return {
    shell,
    run: ({ commands }, secrets) => shell(commands.join("\n"), secrets),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
