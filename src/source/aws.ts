import { setMaxListeners } from "node:events";
import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Reply } from "../core/reply.ts";
import { isAws, withoutPassword } from "./endpoints.ts";
import { keepErrorBodies, type Stack } from "./error-body.ts";
import { replyOf, stopReply } from "./errors.ts";
import { quiet } from "./quiet.ts";
import { createSending, isStopped, type CallCount, type Repeated, type Send, type SendingOptions } from "./send.ts";
import type * as ApiGatewaySdk from "./sdk/api-gateway.ts";
import type * as ApiGatewayV2Sdk from "./sdk/api-gateway-v2.ts";
import type * as CloudFormationSdk from "./sdk/cloudformation.ts";
import type * as Ec2Sdk from "./sdk/ec2.ts";
import type * as IamSdk from "./sdk/iam.ts";
import type * as LambdaSdk from "./sdk/lambda.ts";
import type * as LogsSdk from "./sdk/logs.ts";
import type * as SecretsManagerSdk from "./sdk/secrets-manager.ts";
import type * as SsmSdk from "./sdk/ssm.ts";
import type * as StsSdk from "./sdk/sts.ts";

/** The services that are called, by the name that `AWS_ENDPOINT_URL_<SERVICE>` uses. */
export type ServiceName =
  | "LAMBDA"
  | "CLOUDFORMATION"
  | "CLOUDWATCH_LOGS"
  | "EC2"
  | "IAM"
  | "SSM"
  | "SECRETS_MANAGER"
  | "STS"
  | "API_GATEWAY"
  | "APIGATEWAYV2";

export interface AwsOptions extends SendingOptions {
  readonly profile?: string;
  /** The value of `--endpoint-url`, which goes before the environment's. */
  readonly endpointUrl?: string;
  /** The environment: `AWS_ENDPOINT_URL...`, static credentials, `AWS_CA_BUNDLE`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  scrub(text: string): string;
}

/** The keys of an identity. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A module of one client, as far as it is used, with its client. */
export interface Loaded<Module, Client> {
  readonly sdk: Module;
  readonly client: Client;
}

/** Calls to AWS: lazily loaded clients, shared pacers, one way to tell what went wrong. */
export interface Aws {
  readonly region: string;
  readonly signal: AbortSignal;
  endpoint(service: ServiceName): string | undefined;
  lambda(): Promise<Loaded<typeof LambdaSdk, LambdaClient>>;
  cloudFormation(): Promise<Loaded<typeof CloudFormationSdk, CloudFormationClient>>;
  logs(): Promise<Loaded<typeof LogsSdk, CloudWatchLogsClient>>;
  ec2(): Promise<Loaded<typeof Ec2Sdk, EC2Client>>;
  iam(): Promise<Loaded<typeof IamSdk, IAMClient>>;
  ssm(): Promise<Loaded<typeof SsmSdk, SSMClient>>;
  secretsManager(): Promise<Loaded<typeof SecretsManagerSdk, SecretsManagerClient>>;
  sts(): Promise<Loaded<typeof StsSdk, STSClient>>;
  apiGateway(): Promise<Loaded<typeof ApiGatewaySdk, APIGatewayClient>>;
  apiGatewayV2(): Promise<Loaded<typeof ApiGatewayV2Sdk, ApiGatewayV2Client>>;
  /**
   * Carries out one call in its turn: throttles are retried until the run's end, broken connections and server errors a
   * few times.
   * @throws what the SDK throws; `reply` tells what that means.
   */
  readonly send: Send;
  /** The identity whose keys sign; fails as the chain of credentials does where there is none. */
  credentials(): Promise<AwsKeys>;
  /** The reply for whatever `send` threw. */
  reply(error: unknown, action: string, service: ServiceName): Reply<never>;
  calls(): readonly CallCount[];
  /** Calls that had to be sent again. */
  repeated(): Repeated;
  /** For how long some call waited because AWS had refused it for its rate, in milliseconds. */
  throttledMs(): number;
  /** Lets go of the clients and their credentials: the next call reads profiles and sign-ins anew. */
  renew(): void;
  close(): void;
}

/** Prepares calls to AWS; nothing is loaded or sent before the first of them. */
export function createAws(options: AwsOptions): Aws {
  const { region, env, signal } = options;
  // Many sleeps and calls listen to one signal; that is no leak.
  setMaxListeners(0, signal);
  const sending = createSending(options);
  const toClose: { destroy(): void }[] = [];
  /** Counts how often credentials were to be read anew; clients of another number are old. */
  let generation = 0;
  let configuration: Promise<Awaited<ReturnType<typeof loadConfiguration>>> | undefined;

  async function loadConfiguration() {
    // The SDK greets users of Node 20 on stderr, which belongs to this program's own notes.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    const { fromNodeProviderChain, NodeHttpHandler } = await import("./sdk/base.ts");
    const { requestAgents } = await import("./agents.ts");
    const requestHandler = new NodeHttpHandler({ connectionTimeout: 5_000, ...(await requestAgents(env)) });
    const keyId = env["AWS_ACCESS_KEY_ID"];
    const secretKey = env["AWS_SECRET_ACCESS_KEY"];
    const session = env["AWS_SESSION_TOKEN"];
    const profile = options.profile ?? env["AWS_PROFILE"];
    // As in the AWS CLI: keys in the environment go before AWS_PROFILE, but not before --profile.
    const credentials =
      options.profile === undefined && keyId && secretKey
        ? { accessKeyId: keyId, secretAccessKey: secretKey, ...(session ? { sessionToken: session } : {}) }
        : fromNodeProviderChain({
            ...(profile ? { profile } : {}),
            clientConfig: { region },
            // What it warns of, keys in the environment beside a profile, is settled above.
            logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
            // Files are kept by the SDK once they are read; a sign-in since then has changed them.
            ...(generation === 0 ? {} : { ignoreCache: true }),
          });
    return { region, credentials, requestHandler, maxAttempts: 1, ...(profile ? { profile } : {}) };
  }

  function endpoint(service: ServiceName): string | undefined {
    if (options.endpointUrl !== undefined) return options.endpointUrl;
    if (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return undefined;
    return env[`AWS_ENDPOINT_URL_${service}`] || env["AWS_ENDPOINT_URL"] || undefined;
  }

  /**
   * A client that is loaded with its first call. What follows from few answers, and has nothing that follows from it, waits
   * for its `turn` first: the calls that others wait for go out before it.
   */
  function lazy<Module, Client extends { destroy(): void; readonly middlewareStack: Stack }>(
    service: ServiceName,
    load: () => Promise<Module>,
    make: (sdk: Module, config: Awaited<ReturnType<typeof loadConfiguration>> & { endpoint?: string }) => Client,
    turn: () => Promise<unknown> | undefined = () => undefined,
  ): () => Promise<Loaded<Module, Client>> {
    let loaded: Promise<Loaded<Module, Client>> | undefined;
    let loadedIn = 0;
    return async () => {
      // A run without end has no first answers: all of its calls are of one kind.
      if (options.patient !== true) await turn();
      if (loadedIn !== generation) loaded = undefined;
      loadedIn = generation;
      loaded ??= (async () => {
        configuration ??= loadConfiguration();
        const [sdk, config] = await Promise.all([load(), configuration]);
        const override = endpoint(service);
        const client = make(sdk, { ...config, ...(override === undefined ? {} : { endpoint: override }) });
        keepErrorBodies(client.middlewareStack);
        toClose.push(client);
        return { sdk, client };
      })();
      return loaded;
    };
  }

  return {
    region,
    signal,
    endpoint,
    lambda: lazy(
      "LAMBDA",
      () => import("./sdk/lambda.ts"),
      (sdk, config) => new sdk.LambdaClient(config),
    ),
    cloudFormation: lazy(
      "CLOUDFORMATION",
      () => import("./sdk/cloudformation.ts"),
      (sdk, config) => new sdk.CloudFormationClient(config),
    ),
    logs: lazy(
      "CLOUDWATCH_LOGS",
      () => import("./sdk/logs.ts"),
      // Live Tail has a host of its own only where AWS itself answers.
      (sdk, config) => new sdk.CloudWatchLogsClient({ ...config, disableHostPrefix: !isAws(config.endpoint) }),
      quiet,
    ),
    ec2: lazy(
      "EC2",
      () => import("./sdk/ec2.ts"),
      (sdk, config) => new sdk.EC2Client(config),
    ),
    iam: lazy(
      "IAM",
      () => import("./sdk/iam.ts"),
      (sdk, config) => new sdk.IAMClient(config),
      quiet,
    ),
    ssm: lazy(
      "SSM",
      () => import("./sdk/ssm.ts"),
      (sdk, config) => new sdk.SSMClient(config),
      quiet,
    ),
    secretsManager: lazy(
      "SECRETS_MANAGER",
      () => import("./sdk/secrets-manager.ts"),
      (sdk, config) => new sdk.SecretsManagerClient(config),
    ),
    sts: lazy(
      "STS",
      () => import("./sdk/sts.ts"),
      (sdk, config) => new sdk.STSClient(config),
    ),
    apiGateway: lazy(
      "API_GATEWAY",
      () => import("./sdk/api-gateway.ts"),
      (sdk, config) => new sdk.APIGatewayClient(config),
    ),
    apiGatewayV2: lazy(
      "APIGATEWAYV2",
      () => import("./sdk/api-gateway-v2.ts"),
      (sdk, config) => new sdk.ApiGatewayV2Client(config),
    ),
    send: sending.send,
    async credentials() {
      configuration ??= loadConfiguration();
      const { credentials } = await configuration;
      return typeof credentials === "function" ? credentials() : credentials;
    },
    reply(error, action, service) {
      if (isStopped(error)) return stopReply(error.stop, action, error.throttled);
      const profile = options.profile ?? (env["AWS_PROFILE"] || undefined);
      const address = endpoint(service);
      const shown = address === undefined ? undefined : withoutPassword(address);
      return replyOf(error, { action, region, profile, endpoint: shown, scrub: options.scrub });
    },
    calls: sending.calls,
    repeated: sending.repeated,
    throttledMs: sending.throttledMs,
    renew() {
      generation += 1;
      configuration = undefined;
    },
    close() {
      for (const client of toClose) client.destroy();
    },
  };
}
