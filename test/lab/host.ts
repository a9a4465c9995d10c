import { randomBytes, randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { platformLine, putLogLines } from "./cloudwatch.ts";
import { type FunctionVersion, type HostOptions, versionReader } from "./function-version.ts";
import { type RuntimeApi, type RuntimeEvent, startRuntimeApi } from "./runtime-api.ts";
import { type Exit, type LogLine, type Sandbox, startSandbox } from "./sandbox.ts";

export type InvokeResult = {
  readonly requestId: string;
  readonly version: string;
  /** What the function returned, or the error's JSON. */
  readonly payload: Buffer;
  readonly functionError: "Unhandled" | undefined;
  /** The end of the log of this invocation, at most 4 KB. */
  readonly logTail: string;
};

export type FunctionHost = {
  /** Runs a function of the emulator. Undefined when it does not exist. */
  readonly invoke: (name: string, qualifier: string | undefined, body: Buffer) => Promise<InvokeResult | undefined>;
  /** Ends every sandbox and forgets what was unpacked for them. */
  readonly reset: () => void;
};

/** One warm or starting environment of a function version. */
type Environment = {
  readonly version: FunctionVersion;
  readonly stream: string;
  running: { readonly sandbox: Sandbox; readonly api: RuntimeApi } | undefined;
  /** A first initialisation failed: later ones happen in the invoke phase. */
  failedBefore: boolean;
};

/** How one attempt to initialise went. */
type Init =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly ms: number; readonly type: string; readonly payload: Buffer };

/** How one invocation ended. */
type Ended = RuntimeEvent | { readonly kind: "exit"; readonly exit: Exit } | { readonly kind: "timeout" };

function errorPayload(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

function describeExit(exit: Exit): string {
  if (exit.signal === "SIGKILL") return "signal: killed";
  return exit.signal === null ? `exit status ${exit.code ?? 1}` : `signal: ${exit.signal}`;
}

function after<T>(ms: number, value: T): { readonly promise: Promise<T>; readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(value), ms);
  });
  return { promise, clear: () => clearTimeout(timer) };
}

/** What the client wrote before it spoke is in the pipes already; a few turns of the loop bring it in. */
async function drainPipes(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes the host that runs the emulator's functions with the real runtime client. */
export function functionHost(options: HostOptions): FunctionHost {
  const { emulator } = options;
  const initMs = (options.initSeconds ?? 30) * 1000;
  const reader = versionReader(options);
  const idle = new Map<string, Environment[]>();
  const all = new Set<Environment>();

  const drop = (environment: Environment) => {
    environment.running?.sandbox.kill();
    environment.running?.api.close();
    environment.running = undefined;
    all.delete(environment);
  };

  const initialise = async (environment: Environment, limit: number): Promise<Init> => {
    const began = performance.now();
    const api = await startRuntimeApi();
    const plan = reader.plan(environment.version, environment.stream);
    const sandbox = await startSandbox(await plan, api);
    const clock = after(limit, { kind: "timeout" } as const);
    const exited = sandbox.exited.then((exit) => ({ kind: "exit", exit }) as const);
    const first: Ended = await Promise.race([api.next(), exited, clock.promise]);
    clock.clear();
    environment.running = { sandbox, api };
    const ms = performance.now() - began;
    if (first.kind === "ready") return { ok: true, ms };
    if (first.kind === "timeout") sandbox.kill();
    const exit = await sandbox.exited;
    if (first.kind === "init-error") return { ok: false, ms, type: first.type, payload: first.body };
    if (first.kind === "timeout") return { ok: false, ms, type: "timeout", payload: Buffer.from("") };
    const message = `RequestId: ${randomUUID()} Error: Runtime exited with error: ${describeExit(exit)}`;
    return { ok: false, ms, type: "Runtime.ExitError", payload: errorPayload("Runtime.ExitError", message) };
  };

  /** Initialises with the platform's log lines: a failed attempt is repeated once, in the invoke phase. */
  const initialiseLogged = async (environment: Environment, write: (lines: LogLine[]) => void) => {
    const { version } = environment;
    if (!environment.failedBefore) {
      const message = platformLine.initStart(version.runtime, version.region);
      write([{ timestamp: Date.now(), message }]);
    }
    const phases = environment.failedBefore ? (["invoke"] as const) : (["init", "invoke"] as const);
    let init: Init | undefined;
    for (const phase of phases) {
      const limit = phase === "init" ? initMs : Math.max(version.timeoutMs, initMs);
      init = await initialise(environment, limit);
      write(environment.running?.sandbox.takeLines() ?? []);
      if (init.ok) return init;
      environment.failedBefore = true;
      environment.running?.api.close();
      environment.running = undefined;
      const status = init.type === "timeout" ? "timeout" : "error";
      const type = init.type === "timeout" ? "" : init.type;
      const message = platformLine.initReport(init.ms, phase, status, type);
      write([{ timestamp: Date.now(), message }]);
    }
    if (init === undefined) throw new Error("A sandbox had no phase to start in.");
    return init;
  };

  const runOnce = async (
    environment: Environment,
    running: { readonly sandbox: Sandbox; readonly api: RuntimeApi },
    requestId: string,
    body: Buffer,
  ): Promise<{ ended: Ended; peak: number }> => {
    const { version } = environment;
    const { sandbox, api } = running;
    const limit = after(version.timeoutMs, { kind: "timeout" } as const);
    const trace = `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")};Sampled=0`;
    api.give({
      requestId,
      body,
      functionArn: version.invokedArn,
      traceId: trace,
      deadline: Date.now() + version.timeoutMs,
    });
    let peak = 0;
    const look = async () => {
      // The figure is gone with the process, so the highest seen counts.
      peak = Math.max(peak, await sandbox.peakMemory());
      if (peak > version.memoryMb) sandbox.kill();
    };
    const watch = setInterval(look, 100);
    const exited = sandbox.exited.then((exit) => ({ kind: "exit", exit }) as const);
    let ended: Ended = await Promise.race([api.next(), exited, limit.promise]);
    limit.clear();
    clearInterval(watch);
    await look();
    if (ended.kind === "timeout") sandbox.kill();
    else if (ended.kind === "response" || ended.kind === "error") {
      // The client asks for more work once everything of this invocation is written.
      const patience = after(1000, { kind: "timeout" } as const);
      await Promise.race([api.next(), exited, patience.promise]);
      patience.clear();
      await drainPipes();
    }
    if (ended.kind === "timeout" || ended.kind === "exit") {
      const exit = await sandbox.exited;
      if (ended.kind === "exit") ended = { kind: "exit", exit };
    }
    return { ended, peak };
  };

  const invokeIn = async (environment: Environment, body: Buffer): Promise<InvokeResult> => {
    const { version } = environment;
    const requestId = randomUUID();
    const lines: LogLine[] = [];
    let newest = 0;
    const write = (more: readonly LogLine[]) => {
      for (const line of more) {
        // Two events of one millisecond keep their order only if their times do not run backwards.
        newest = Math.max(newest, line.timestamp);
        lines.push({ timestamp: newest, message: line.message });
      }
    };
    const say = (message: string) => write([{ timestamp: Date.now(), message }]);
    let init: Init | undefined;
    if (environment.running === undefined) init = await initialiseLogged(environment, write);

    const began = performance.now();
    let payload: Buffer = Buffer.from("");
    let failed = true;
    let status = "";
    let peak = 0;
    let keep = true;
    say(platformLine.start(requestId, version.version));
    const running = environment.running;
    if (init !== undefined && !init.ok) {
      payload =
        init.type === "timeout"
          ? errorPayload(
              "Sandbox.Timedout",
              `RequestId: ${requestId} Error: Task timed out after ${(version.timeoutMs / 1000).toFixed(2)} seconds`,
            )
          : init.payload;
      status = init.type === "timeout" ? "\tStatus: timeout" : `\tStatus: error\tError Type: ${init.type}`;
    } else if (running !== undefined) {
      const { ended, peak: used } = await runOnce(environment, running, requestId, body);
      peak = used;
      write(running.sandbox.takeLines());
      switch (ended.kind) {
        case "response":
          payload = ended.body;
          failed = false;
          break;
        case "error":
          payload = ended.body;
          break;
        case "timeout":
          keep = false;
          status = "\tStatus: timeout";
          payload = errorPayload(
            "Sandbox.Timedout",
            `RequestId: ${requestId} Error: Task timed out after ${(version.timeoutMs / 1000).toFixed(2)} seconds`,
          );
          break;
        case "exit": {
          keep = false;
          const how = describeExit(ended.exit);
          const type = peak >= version.memoryMb ? "Runtime.OutOfMemory" : "Runtime.ExitError";
          status = `\tStatus: error\tError Type: ${type}`;
          peak = Math.min(peak, version.memoryMb);
          say(platformLine.exited(requestId, how, "Runtime.ExitError"));
          payload = errorPayload(
            "Runtime.ExitError",
            `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
          );
          break;
        }
        case "ready":
        case "init-error":
          throw new Error(`The runtime client said ${ended.kind} while it ran an invocation.`);
      }
    }
    const ms = performance.now() - began + (init === undefined || init.ok ? 0 : init.ms);
    say(platformLine.end(requestId));
    say(
      platformLine.report({
        id: requestId,
        ms,
        memory: version.memoryMb,
        peak: Math.max(peak, 32),
        status,
        initMs: init?.ok === true ? init.ms : undefined,
      }),
    );
    if (!keep) drop(environment);
    await putLogLines(emulator.root, version.logGroup, environment.stream, lines);
    const tail = Buffer.from(lines.map((line) => line.message).join(""));
    return {
      requestId,
      payload,
      version: version.version,
      functionError: failed ? "Unhandled" : undefined,
      logTail: tail.subarray(Math.max(0, tail.length - 4096)).toString("utf8"),
    };
  };

  return {
    invoke: async (name, qualifier, body) => {
      const version = await reader.read(name, qualifier);
      if (version === undefined) return undefined;
      for (const [key, environments] of idle) {
        const [first] = environments;
        if (key === version.key || first?.version.invokedArn !== version.invokedArn) continue;
        // Code, layers or configuration changed since these became warm.
        idle.delete(key);
        for (const environment of environments) drop(environment);
      }
      const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
      const environment = idle.get(version.key)?.pop() ?? {
        version,
        stream: `${day}/[${version.version}]${randomBytes(16).toString("hex")}`,
        running: undefined,
        failedBefore: false,
      };
      all.add(environment);
      const result = await invokeIn(environment, body);
      if (all.has(environment)) idle.set(version.key, [...(idle.get(version.key) ?? []), environment]);
      return result;
    },
    reset: () => {
      for (const environment of all) drop(environment);
      idle.clear();
      reader.reset();
    },
  };
}
