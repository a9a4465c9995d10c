import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { type FunctionConfiguration, GetFunctionCommand, GetLayerVersionByArnCommand } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { createHash } from "node:crypto";
import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ACCOUNT, type Emulator, REGION } from "./emulator.ts";
import type { SandboxPlan } from "./sandbox.ts";
import type { Credentials } from "./sigv4.ts";
import { codeSha256, unpackZip } from "./zip.ts";

export type HostOptions = {
  readonly emulator: Emulator;
  /** What the functions use as AWS endpoint. */
  readonly endpoint: string;
  /** A scratch folder of this lab. */
  readonly folder: string;
  /** Packages by CodeSha256. */
  readonly packages: ReadonlyMap<string, Buffer>;
  /** A CA that the runtime trusts as it trusts the public ones, PEM. */
  readonly ca: string;
  /** Names that resolve to the loopback interface inside a sandbox. */
  readonly hostNames: readonly string[];
  /** Seconds that initialisation may take; the platform allows 10, a shared machine needs more. */
  readonly initSeconds?: number;
};

/** What the host needs to know about one version of a function, as configured at this moment. */
export type FunctionVersion = {
  /** Changes with code, layers and configuration. */
  readonly key: string;
  readonly name: string;
  /** "$LATEST" or a number. */
  readonly version: string;
  readonly invokedArn: string;
  readonly region: string;
  readonly runtime: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly configuration: FunctionConfiguration;
  /** Zip contents. */
  readonly code: () => Promise<Buffer>;
};

export type VersionReader = {
  readonly read: (name: string, qualifier: string | undefined) => Promise<FunctionVersion | undefined>;
  readonly plan: (version: FunctionVersion, stream: string) => Promise<SandboxPlan>;
  readonly reset: () => void;
};

const here = path.dirname(fileURLToPath(import.meta.url));

/** Where test/lab is: beside this module, or, when a script was bundled elsewhere, below the working directory. */
export function labRoot(): string {
  return here.endsWith(path.join("test", "lab")) ? here : path.resolve("test", "lab");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

/** Runs `make` once per key, also for callers that come while it runs. */
function once<T>(): { get: (key: string, make: () => Promise<T>) => Promise<T>; clear: () => void } {
  const made = new Map<string, Promise<T>>();
  return {
    get: (key, make) => {
      const known = made.get(key) ?? make();
      made.set(key, known);
      return known;
    },
    clear: () => made.clear(),
  };
}

/** Reads function versions from the emulator and prepares what their sandboxes are made of. */
export function versionReader(options: HostOptions): VersionReader {
  const { emulator, packages, folder } = options;
  const unpacked = once<string>();
  const sessions = once<Credentials>();
  const runtime = once<string>();

  /** By digest from what the lab uploaded, because the emulator's link for a version leads to the newest code. */
  const download = async (sha: string, location: string): Promise<Buffer> => {
    const known = packages.get(sha);
    if (known !== undefined) return known;
    const reply = await fetch(location);
    const data = Buffer.from(await reply.arrayBuffer());
    if (!reply.ok || codeSha256(data) !== sha) {
      throw new Error(`The package ${sha} could not be downloaded from the emulator.`);
    }
    return data;
  };

  const codeFolder = (sha: string, code: () => Promise<Buffer>) =>
    unpacked.get(sha, async () => {
      const target = path.join(folder, `code-${hash(sha)}`);
      await unpackZip(await code(), target);
      return target;
    });

  const layersFolder = async (arns: readonly string[]) => {
    const contents = await Promise.all(
      arns.map(async (arn) => {
        const { Content } = await emulator.root.lambda.send(new GetLayerVersionByArnCommand({ Arn: arn }));
        return { sha: Content?.CodeSha256 ?? "", location: Content?.Location ?? "" };
      }),
    );
    const key = `layers ${contents.map(({ sha }) => sha).join(" ")}`;
    return unpacked.get(key, async () => {
      const target = path.join(folder, `layers-${hash(key)}`);
      await mkdir(target, { recursive: true });
      for (const { sha, location } of contents) {
        await unpackZip(await download(sha, location), target);
      }
      return target;
    });
  };

  const runtimeFolder = () =>
    runtime.get("runtime", async () => {
      const target = path.join(folder, "runtime");
      await mkdir(target, { recursive: true });
      await cp(path.join(labRoot(), "runtime"), target, { recursive: true });
      await writeFile(path.join(target, "ca.pem"), options.ca);
      const names = ["localhost", ...options.hostNames].join(" ");
      await writeFile(path.join(folder, "hosts"), `127.0.0.1 ${names}\n`);
      return target;
    });

  /**
   * A session of the function's role. The role trusts Lambda alone and the emulator gives its sessions only to its own
   * runner, so the trust is widened for the moment of the call and then put back.
   */
  const roleSession = (roleArn: string) =>
    sessions.get(roleArn, async () => {
      const { iam, sts } = emulator.root;
      const RoleName = roleArn.split("/").at(-1) ?? "";
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const own = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
      const wide = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }],
      });
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: wide }));
      try {
        const { Credentials: session } = await sts.send(
          new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: RoleName.slice(0, 64) }),
        );
        return {
          accessKeyId: session?.AccessKeyId ?? "",
          secretAccessKey: session?.SecretAccessKey ?? "",
          sessionToken: session?.SessionToken ?? "",
        };
      } finally {
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: own }));
      }
    });

  return {
    read: async (name, qualifier) => {
      const reply = await emulator.root.lambda
        .send(
          new GetFunctionCommand({ FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) }),
        )
        .catch((error: unknown) => {
          if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
          throw error;
        });
      const configuration = reply?.Configuration;
      if (reply === undefined || configuration?.FunctionName === undefined) return undefined;
      const { State: _state, LastUpdateStatus: _status, ...stable } = configuration;
      const plainArn = configuration.FunctionArn?.split(":").slice(0, 7).join(":") ?? "";
      const invokedArn = qualifier === undefined ? plainArn : `${plainArn}:${qualifier}`;
      return {
        key: hash(JSON.stringify([invokedArn, stable])),
        name: configuration.FunctionName,
        version: configuration.Version ?? "$LATEST",
        invokedArn,
        region: REGION,
        runtime: configuration.Runtime ?? "",
        timeoutMs: (configuration.Timeout ?? 3) * 1000,
        memoryMb: configuration.MemorySize ?? 128,
        logGroup: configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${configuration.FunctionName}`,
        configuration,
        code: () => download(configuration.CodeSha256 ?? "", reply.Code?.Location ?? ""),
      };
    },

    plan: async (version, stream) => {
      const { configuration } = version;
      const [task, layers, own, session] = await Promise.all([
        codeFolder(configuration.CodeSha256 ?? "", version.code),
        layersFolder((configuration.Layers ?? []).map((layer) => layer.Arn ?? "")),
        runtimeFolder(),
        roleSession(configuration.Role ?? ""),
      ]);
      const logging = configuration.LoggingConfig;
      const format: Record<string, string> =
        logging?.LogFormat === "JSON"
          ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: logging.ApplicationLogLevel ?? "INFO" }
          : { AWS_LAMBDA_LOG_FORMAT: "Text" };
      return {
        handler: configuration.Handler ?? "",
        task,
        layers,
        runtime: own,
        hosts: path.join(folder, "hosts"),
        hostNames: options.hostNames,
        environment: {
          PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
          LD_LIBRARY_PATH:
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
          LANG: "en_US.UTF-8",
          TZ: ":UTC",
          SSL_CERT_FILE: "/var/runtime/ca.pem",
          AWS_ENDPOINT_URL: options.endpoint,
          ...configuration.Environment?.Variables,
          ...format,
          LAMBDA_TASK_ROOT: "/var/task",
          LAMBDA_RUNTIME_DIR: "/var/runtime",
          _HANDLER: configuration.Handler ?? "",
          _LAMBDA_TELEMETRY_LOG_FD: "3",
          AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}`,
          AWS_LAMBDA_FUNCTION_NAME: version.name,
          AWS_LAMBDA_FUNCTION_VERSION: version.version,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMb),
          AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
          AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup,
          AWS_LAMBDA_LOG_STREAM_NAME: stream,
          AWS_REGION: version.region,
          AWS_DEFAULT_REGION: version.region,
          AWS_ACCESS_KEY_ID: session.accessKeyId,
          AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
          AWS_SESSION_TOKEN: session.sessionToken ?? "",
        },
      };
    },

    // What was unpacked is kept by digest; the roles' sessions died with the emulator's state.
    reset: () => sessions.clear(),
  };
}
