import { execa } from "execa";
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { findPython, runtimeEnvironment } from "./python.ts";
import type { RuntimeApi } from "./runtime-api.ts";

/** One log event of a function: milliseconds since 1970, and the text as the platform records it. */
export type LogLine = { readonly timestamp: number; readonly message: string };

/** What the sandbox of one function version is made of; folders are on the host. */
export type SandboxPlan = {
  readonly handler: string;
  /** The unpacked package, seen by the function as /var/task. */
  readonly task: string;
  /** The layers unpacked over one another, seen as /opt. */
  readonly layers: string;
  /** bootstrap.py and ca.pem, seen as /var/runtime. */
  readonly runtime: string;
  /** A hosts file, seen as /etc/hosts, and the names in it. */
  readonly hosts: string;
  readonly hostNames: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Sandbox = {
  /** Resolves when the process ended and everything it wrote was read. */
  readonly exited: Promise<Exit>;
  /** What was written since the last call. */
  readonly takeLines: () => LogLine[];
  /** Peak resident memory in MB. */
  readonly peakMemory: () => Promise<number>;
  readonly kill: () => void;
};

/** How far the machine lets the lab resemble Lambda's file system. */
export type Isolation = "root" | "user-namespace" | "none";

let isolation: Promise<Isolation> | undefined;

/**
 * Whether own mounts are possible here: as root, in a user namespace, or not at all.
 * CSCP_LAB_ISOLATION (user-namespace or none) asks for less than is possible, to try the lab as it is elsewhere.
 */
export function sandboxIsolation(): Promise<Isolation> {
  isolation ??= (async (): Promise<Isolation> => {
    const wanted = process.env["CSCP_LAB_ISOLATION"];
    if (wanted === "none") return wanted;
    const works = async (...options: string[]) => {
      const script = "mount -t tmpfs tmpfs /var && mount --rbind / /mnt";
      const reply = await execa("unshare", [...options, "sh", "-c", script], { reject: false });
      return reply.exitCode === 0;
    };
    const mounts = ["--mount", "--propagation", "private"];
    if (wanted !== "user-namespace" && process.getuid?.() === 0 && (await works(...mounts))) return "root";
    return (await works("--user", "--map-root-user", ...mounts)) ? "user-namespace" : "none";
  })();
  return isolation;
}

/**
 * Lambda's image has no compiler and no libpq. These are how ctypes.util.find_library would find the machine's own,
 * so the sandbox covers them.
 */
const HIDDEN = [
  "/sbin/ldconfig",
  "/usr/sbin/ldconfig",
  ...["gcc", "cc", "ld", "objdump"].map((tool) => `/usr/bin/${tool}`),
];

/** Sandboxes that run; none outlives this process. */
const alive = new Set<() => void>();
process.once("exit", () => {
  for (const kill of alive) kill();
});

/** Lambda's unprivileged user; file permissions in packages matter to it. */
const UID = 993;
const GID = 990;

const SCRIPT = `set -e
task=$1 layers=$2 runtime=$3 hosts=$4 lang=$5 site=$6 version=$7 drop=$8; shift 8
stage=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$stage"
for part in task layers runtime lang site; do mkdir "$stage/$part"; done
touch "$stage/hosts"
mount --bind "$task" "$stage/task"
mount --bind "$layers" "$stage/layers"
mount --bind "$runtime" "$stage/runtime"
mount --bind "$hosts" "$stage/hosts"
mount --rbind "$lang" "$stage/lang"
mount --bind "$site" "$stage/site"
mount -t tmpfs -o mode=755 tmpfs /var
mkdir -m 755 /var/task /var/runtime /var/lang
mount --bind -o ro "$stage/task" /var/task
mount --bind -o ro "$stage/layers" /opt
mount --bind "$stage/runtime" /var/runtime
mount --rbind "$stage/lang" /var/lang
mount --bind "$stage/site" "/var/lang/lib/python$version/site-packages"
mount --bind "$stage/hosts" /etc/hosts
for tool in ${HIDDEN.join(" ")}; do if [ -e "$tool" ]; then mount --bind /dev/null "$tool"; fi; done
umount -l "$stage"
rmdir "$stage"
mount -t tmpfs -o mode=1777 tmpfs /tmp
cd /var/task
exec $drop env -i "$@"
`;

async function command(plan: SandboxPlan): Promise<{ file: string; args: string[] }> {
  const python = await findPython();
  if (python === undefined) throw new Error("No Python of at least 3.10 is on the PATH.");
  const venv = await runtimeEnvironment();
  const site = path.join(venv, "lib", `python${python.version}`, "site-packages");
  const kind = await sandboxIsolation();
  const pairs = Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`);
  if (kind === "none") {
    const start = [path.join(plan.runtime, "bootstrap.py"), plan.handler, plan.task, plan.layers];
    const own = pairs.map((pair) =>
      pair
        .replace(/^LAMBDA_TASK_ROOT=.*/, `LAMBDA_TASK_ROOT=${plan.task}`)
        .replace(/^(LAMBDA_RUNTIME_DIR)=.*/, `$1=${plan.runtime}`)
        .replace(/^(SSL_CERT_FILE)=.*/, `$1=${path.join(plan.runtime, "ca.pem")}`)
        .replace(/^LD_LIBRARY_PATH=.*/, `LD_LIBRARY_PATH=${plan.task}/lib:${plan.layers}/lib`),
    );
    // libpq reads PGHOSTADDR; everything in Python asks the socket module, which bootstrap.py teaches the names.
    const names = plan.hostNames.join(",");
    const python = path.join(venv, "bin", "python");
    return { file: "env", args: ["-i", "PGHOSTADDR=127.0.0.1", ...own, python, ...start, site, names] };
  }
  const script = await scriptFor(kind, python.prefix);
  const namespace = kind === "root" ? [] : ["--user", "--map-root-user"];
  const drop =
    kind === "root" ? `setpriv --pdeathsig KILL --reuid=${UID} --regid=${GID} --clear-groups --no-new-privs` : "";
  const provided = `/var/lang/lib/python${python.version}/site-packages`;
  return {
    file: "unshare",
    args: [
      ...namespace,
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      script,
      "sh",
      plan.task,
      plan.layers,
      plan.runtime,
      plan.hosts,
      python.prefix,
      site,
      python.version,
      drop,
      ...pairs,
      `/var/lang/bin/python${python.version}`,
      "/var/runtime/bootstrap.py",
      plan.handler,
      "/var/task",
      "/opt",
      provided,
    ],
  };
}

/** Debian's python3 is /usr/bin/python3.11 with its library in /usr/lib: the same shape under /var/lang. */
async function scriptFor(kind: Isolation, prefix: string): Promise<string> {
  const hasSite = await stat(prefix).then((found) => found.isDirectory());
  if (!hasSite) throw new Error(`Python's prefix ${prefix} is not a folder.`);
  // A user namespace may not mount an unprivileged file system read-only twice; /opt and /var/task stay writable there.
  return kind === "root" ? SCRIPT : SCRIPT.replaceAll(" -o ro ", " ");
}

/** The magic number of a telemetry frame's upper three bytes; the lowest byte says format and level. */
const FRAME = 0xa55a00;

/** Splits the framed log descriptor into events; returns what is left of an unfinished frame. */
function readFrames(data: Buffer, take: (line: LogLine) => void): Buffer {
  let at = 0;
  while (data.length - at >= 16) {
    if (data.readUInt32BE(at) >>> 8 !== FRAME) throw new Error("A telemetry frame is malformed.");
    const length = data.readUInt32BE(at + 4);
    if (data.length - at - 16 < length) break;
    const timestamp = Number(data.readBigUInt64BE(at + 8) / 1000n);
    const message = data.subarray(at + 16, at + 16 + length).toString("utf8");
    if (message.trim() !== "") take({ timestamp, message });
    at += 16 + length;
  }
  return data.subarray(at);
}

/** Starts the runtime client for one function version. Its log events are read from fd 3, stdout and stderr. */
export async function startSandbox(plan: SandboxPlan, api: RuntimeApi): Promise<Sandbox> {
  const environment = { ...plan.environment, AWS_LAMBDA_RUNTIME_API: api.address };
  const { file, args } = await command({ ...plan, environment });
  const child: ChildProcess = spawn(file, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let lines: LogLine[] = [];
  const take = (line: LogLine) => void lines.push(line);

  let framed: Buffer = Buffer.alloc(0);
  child.stdio[3]?.on("data", (chunk: Buffer) => {
    framed = readFrames(Buffer.concat([framed, chunk]), take);
  });
  const unfinished = [child.stdout, child.stderr].map((stream) => {
    const state = { text: "" };
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      const parts = (state.text + chunk).split("\n");
      state.text = parts.pop() ?? "";
      for (const part of parts) take({ timestamp: Date.now(), message: `${part}\n` });
    });
    return state;
  });
  const kill = () => void child.kill("SIGKILL");
  alive.add(kill);
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (error) => take({ timestamp: Date.now(), message: `${error.message}\n` }));
    child.once("close", (code, signal) => {
      alive.delete(kill);
      for (const { text } of unfinished) {
        if (text !== "") take({ timestamp: Date.now(), message: text });
      }
      resolve({ code, signal });
    });
  });
  return {
    exited,
    kill,
    takeLines: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
    peakMemory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return kilobytes === undefined ? 0 : Math.ceil(Number(kilobytes) / 1024);
    },
  };
}
