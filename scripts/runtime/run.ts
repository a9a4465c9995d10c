// Runs the cases: one runtime client a Python environment, one process a Node failure or import failure.
import { execa } from "execa";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { classify } from "../../src/logs/classify.ts";
import { projectRoot } from "../../test/lab/cli.ts";
import { freePort } from "../../test/lab/emulator.ts";
import { cachedFolder, endsWithThis, findPython, runtimeEnvironment } from "../../test/lab/python.ts";
import { startRuntimeApi } from "../../test/lab/runtime-api.ts";
import { nodePackages, pythonEnvironments } from "../measure/cases.ts";
import { account, crowdedUser, startMeasuredServer, type MeasuredServer } from "../measure/server.ts";
import { importCases, runtimeCases, type Environment, type ImportCase, type RuntimeCase } from "./cases.ts";

export interface Result {
  readonly name: string;
  readonly expected: readonly CauseId[];
  readonly said: readonly CauseId[];
  /** What was printed. */
  readonly text: string;
  readonly right: "first" | "contained" | "missed";
}

const here = projectRoot();
const own = (name: string): string => path.join(here, "scripts", "runtime", name);

function judged(name: string, expected: readonly CauseId[], text: string): Result {
  const said = classify(text).candidates.map(({ cause }) => cause);
  const [first] = said;
  const right =
    first !== undefined && expected.includes(first)
      ? "first"
      : said.some((cause) => expected.includes(cause))
        ? "contained"
        : "missed";
  return { name, expected, said, text, right };
}

async function pythonOf(environment: Environment): Promise<string> {
  const found = pythonEnvironments.find(({ name }) => name === environment);
  const interpreter = await findPython();
  if (found === undefined || interpreter === undefined)
    throw new Error(`There is no Python environment ${environment}.`);
  // The same folders as those of measure-drivers.ts.
  const folder = await cachedFolder(
    `drivers-${found.name}-${found.pins.join("-").replace(/[^A-Za-z0-9.]+/g, "_")}`,
    async (target) => {
      await execa(interpreter.executable, ["-m", "venv", target]);
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      await execa(path.join(target, "bin", "python"), [...pip, ...found.pins]);
    },
  );
  return path.join(folder, "bin", "python");
}

function nodeFolder(): Promise<string> {
  return cachedFolder(`drivers-node-${nodePackages.join("-").replace(/[^A-Za-z0-9.]+/g, "_")}`, async (target) => {
    await writeFile(path.join(target, "package.json"), "{}");
    await execa("npm", ["install", "--silent", "--no-audit", "--no-fund", ...nodePackages], { cwd: target });
  });
}

interface Client {
  /** Invokes the function and resolves to what it printed and answered; after a failed init, to what that printed. */
  readonly invoke: (event: unknown) => Promise<string>;
  readonly end: () => void;
}

/** Starts Lambda's runtime client on a handler in a folder, with the packages of an interpreter's own environment. */
async function startClient(python: string, handler: string, task: string): Promise<Client> {
  const interpreter = await findPython();
  const provided = path.join(await runtimeEnvironment(), "lib", `python${interpreter?.version}`, "site-packages");
  const api = await startRuntimeApi();
  const bootstrap = path.join(here, "test", "lab", "runtime", "bootstrap.py");
  const layers = path.join(task, "no-layers");
  const started = await endsWithThis([python, bootstrap, handler, task, layers, provided]);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: task,
    AWS_LAMBDA_RUNTIME_API: api.address,
    AWS_LAMBDA_FUNCTION_NAME: "failing",
    LAMBDA_TASK_ROOT: task,
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const child = spawn(started.file, started.args, { stdio: ["ignore", "pipe", "pipe"], env, cwd: task });
  let printed = "";
  const over = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => void (printed += chunk));
  }
  const exit = new Promise<{ readonly code: number | null }>((resolve) =>
    child.once("close", (code) => resolve({ code })),
  );
  return {
    async invoke(event) {
      for (;;) {
        const said = await Promise.race([api.next(), exit]);
        if ("code" in said)
          return `${printed}\nRequestId: 6f1c Error: Runtime exited with error: exit status ${said.code}\nRuntime.ExitError`;
        if (said.kind === "ready") {
          if (printed !== "" && event === undefined) return printed;
          printed = "";
          const deadline = Date.now() + 30_000;
          const body = Buffer.from(JSON.stringify(event));
          api.give({
            requestId: "6f1c2d1e-77a0-4000-8000-5a5a13579bdf",
            body,
            functionArn: "arn:aws:lambda:x:1:function:f",
            traceId: "",
            deadline,
          });
          continue;
        }
        if (said.kind === "init-error") {
          await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 2_000))]);
          return printed;
        }
        // What was printed last is still on its way through the pipe.
        await new Promise((resolve) => setTimeout(resolve, 60));
        return printed === "" ? said.body.toString("utf8") : printed;
      }
    },
    end: () => {
      child.kill("SIGKILL");
      api.close();
    },
  };
}

async function eventOf(each: RuntimeCase, server: MeasuredServer, refused: number): Promise<unknown> {
  const { crowded, refused: nobody, pooled, ...rest } = each.event;
  if (pooled === true && server.pooler === undefined) throw new Error("PgBouncer is not installed.");
  return {
    ...account,
    user: crowded === true ? crowdedUser : account.user,
    host: "127.0.0.1",
    port: nobody === true ? refused : pooled === true ? server.pooler : server.port,
    ca: server.authority,
    driver: each.driver,
    failure: each.failure,
    ...rest,
  };
}

/** Ends the session that sleeps, as soon as it does. */
async function endSleeping(server: MeasuredServer): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const sleeping = `from pg_stat_activity where query like '%pg_sleep(20)%' and usename = '${account.user}'`;
    const guard = `do $$ begin if not exists (select ${sleeping}) then raise 'not yet'; end if; end $$`;
    if (
      await server.admin(guard).then(
        () => true,
        () => false,
      )
    ) {
      await server.admin(`select pg_terminate_backend(pid) ${sleeping}`);
      return;
    }
  }
}

async function runImport(each: ImportCase, python: string): Promise<Result> {
  const task = await mkdtemp(path.join(tmpdir(), "cscp-import-"));
  try {
    for (const [name, content] of Object.entries(each.files)) {
      await mkdir(path.dirname(path.join(task, name)), { recursive: true });
      await writeFile(path.join(task, name), content);
    }
    const client = await startClient(python, each.handler, task);
    const text = await client.invoke({});
    client.end();
    return judged(`import: ${each.failure}`, each.expected, text);
  } finally {
    await rm(task, { recursive: true, force: true });
  }
}

/** Produces every failure whose name or driver holds `only`, and asks the classifier about each. */
export async function runRuntimeCases(only = ""): Promise<readonly Result[]> {
  const nameOf = ({ environment, driver, failure, event }: RuntimeCase): string =>
    `${environment} ${driver}: ${failure}${typeof event["value"] === "string" ? ` ${event["value"]}` : ""}`;
  const wanted = runtimeCases.filter((each) => nameOf(each).includes(only));
  const results: Result[] = [];
  const server = await startMeasuredServer();
  const task = await mkdtemp(path.join(tmpdir(), "cscp-runtime-"));
  const clients = new Map<string, Client>();
  try {
    await cp(own("handler.py"), path.join(task, "failing.py"));
    await server.admin(`create table forbidden (id int); revoke all on forbidden from public`, account.database);
    const refused = await freePort();
    let state = "";
    // Cases of one state of the server follow one another: each change takes a moment.
    for (const each of wanted.toSorted((a, b) => (JSON.stringify(a.state) < JSON.stringify(b.state) ? -1 : 1))) {
      if (state !== JSON.stringify(each.state)) await server.set(each.state);
      state = JSON.stringify(each.state);
      const event = await eventOf(each, server, refused);
      const ending = each.killed === true ? endSleeping(server) : undefined;
      const leave = each.event["crowded"] === true ? await server.crowd() : undefined;
      let text: string;
      if (each.environment === "node") {
        const call = [own("handler.mjs"), await nodeFolder(), JSON.stringify(event)];
        text = (await execa(process.execPath, call, { reject: false, all: true, timeout: 30_000 })).all ?? "";
      } else {
        const client =
          clients.get(each.environment) ??
          (await startClient(await pythonOf(each.environment), "failing.handler", task));
        clients.set(each.environment, client);
        text = await client.invoke(event);
      }
      await ending;
      await leave?.();
      results.push(judged(nameOf(each), each.expected, text));
    }
  } finally {
    for (const client of clients.values()) client.end();
    await server.remove();
    await rm(task, { recursive: true, force: true });
  }
  return [...results, ...(await runImportCases(only))];
}

/** The import failures alone, which take neither a server nor drivers. */
export async function runImportCases(only = ""): Promise<readonly Result[]> {
  const python = path.join(await runtimeEnvironment(), "bin", "python");
  const results: Result[] = [];
  for (const each of importCases)
    if (`import: ${each.failure}`.includes(only)) results.push(await runImport(each, python));
  return results;
}
