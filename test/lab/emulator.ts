import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";
import { emulatorEnvironment, endsWithThis } from "./python.ts";
import { type Credentials, signedHeaders } from "./sigv4.ts";

export const REGION = "ap-southeast-1";
export const ACCOUNT = "111122223333";

/** The emulator's own root key: everything is allowed to it, and its signature is not checked. */
export const ROOT: Credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  return address.port;
}

/** SDK clients of one endpoint, region and key. */
export function awsClients(endpoint: string, credentials: Credentials) {
  const options = { endpoint, region: REGION, credentials, maxAttempts: 2 };
  return {
    apigateway: new APIGatewayClient(options),
    cloudformation: new CloudFormationClient(options),
    iam: new IAMClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
}

export type Clients = ReturnType<typeof awsClients>;

export type Emulator = {
  readonly endpoint: string;
  readonly port: number;
  /** Clients with the root key that talk to the emulator itself, not through the front. */
  readonly root: Clients;
  readonly putObject: (bucket: string, key: string, body: Uint8Array) => Promise<void>;
  /** Forgets everything: stacks, functions, logs, users. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts the AWS emulator on a free loopback port, enforcing IAM, and waits until it answers; its files go into `folder`. */
export async function startEmulator(folder: string): Promise<Emulator> {
  const environment = await emulatorEnvironment();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const { file, args } = await endsWithThis([path.join(environment, "bin", "ministack")]);
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      // Links that the emulator hands out carry this port; the front rewrites them to its own.
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_REGION: REGION,
      IOT_MTLS_ENABLED: "0",
      AUTH: "true",
      LOG_LEVEL: "WARNING",
      TMPDIR: folder,
      STATE_DIR: path.join(folder, "emulator-state"),
    },
  });
  let said = "";
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const deadline = Date.now() + 60_000;
  for (;;) {
    const health = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (health?.ok === true) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      kill();
      throw new Error(`The AWS emulator did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  const s3 = async (method: string, target: string, body: Uint8Array) => {
    const url = new URL(target, endpoint);
    const headers = signedHeaders({
      method,
      url,
      body,
      service: "s3",
      region: REGION,
      credentials: ROOT,
      now: new Date(),
    });
    const reply = await fetch(url, { method, headers, body: Buffer.from(body) });
    const text = await reply.text();
    if (!reply.ok && !text.includes("BucketAlreadyOwnedByYou")) {
      throw new Error(`S3 ${method} ${target} answered ${reply.status}: ${text}`);
    }
  };
  const location = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`;
  return {
    endpoint,
    port,
    root: awsClients(endpoint, ROOT),
    putObject: async (bucket, key, body) => {
      await s3("PUT", `/${bucket}`, Buffer.from(location));
      await s3("PUT", `/${bucket}/${key}`, body);
    },
    reset: async () => {
      const reply = await fetch(`${endpoint}/_ministack/reset`, { method: "POST" });
      if (!reply.ok) throw new Error(`The emulator's reset answered ${reply.status}.`);
    },
    stop: async () => {
      process.off("exit", kill);
      child.kill("SIGTERM");
      const timer = setTimeout(kill, 3000);
      await exited;
      clearTimeout(timer);
    },
  };
}
