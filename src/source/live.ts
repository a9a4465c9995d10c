import { setImmediate } from "node:timers/promises";
import type { Reply, Request, Source } from "../core/reply.ts";
import type { JsonValue } from "../core/json.ts";
import type { Answer, AnyRequestDef, Answers, BodyOf } from "../facts/requests/index.ts";
import type { runStart } from "../facts/requests/run.ts";
import type { Aws } from "./aws.ts";
import type { CallCount, Repeated } from "./send.ts";
import { openContext, runEnd } from "./live/open.ts";
import { systemClock, type Clock } from "./clock.ts";
import { failed, isStop, stopReply } from "./errors.ts";
import type { LiveContext } from "./live/context.ts";
import { createVault, type Vault } from "./vault.ts";

export interface LiveOptions {
  readonly region: string;
  readonly profile?: string | undefined;
  /** `--endpoint-url`: goes before `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL` of the environment. */
  readonly endpointUrl?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The whole run's time limit in milliseconds; what is not answered by then fails with TIMEOUT. */
  readonly timeoutMs: number;
  readonly projectDir?: string | undefined;
  /** What `run.start` answers. */
  readonly run: BodyOf<typeof runStart>;
  /** Aborted when the user interrupts; everything under way then ends at once, as data. */
  readonly signal?: AbortSignal | undefined;
  /** Folder of the inventories that earlier runs made; without one they are made anew. */
  readonly inventoryCache?: string | undefined;
  /** How many smoke requests are under way at once; all that are asked for where it is left out. */
  readonly parallelSmoke?: number | undefined;
  /** Told how many milliseconds a smoke request's server is ahead of this machine's clock, as answers show it. */
  readonly onClockSkew?: ((aheadMs: number) => void) | undefined;
  /** The text of standard input, read when it is first asked for. */
  readonly input?: (() => Promise<string>) | undefined;
  readonly vault?: Vault;
  readonly clock?: Clock;
}

export interface LiveSource {
  readonly source: Source;
  readonly vault: Vault;
  /** The calls to AWS so far, by IAM action; retries count. */
  calls(): readonly CallCount[];
  /** All requests so far: AWS, smoke, packages and probes. */
  requestCount(): number;
  /** Calls to AWS that had to be sent again. */
  repeated(): Repeated;
  /** Makes a client ready before it is first asked, where it will be. */
  prepare(client: AwsClient): Promise<unknown>;
  close(): void;
}

/** The clients that most runs ask. */
export type AwsClient = "apiGateway" | "iam" | "lambda" | "logs" | "ssm";

/** In turns of the event loop: what connecting and writing a request take. */
const turnsUntilSent = 3;

/** A stack of few functions never comes to as many. */
const repliesBetweenTidying = 32;

/** Answers requests from AWS, Postgres, HTTP and the disk. What goes wrong is a reply; nothing but a bug is thrown. */
export function createLiveSource(options: LiveOptions): LiveSource {
  const { timeoutMs } = options;
  const clock = options.clock ?? systemClock;
  const vault = options.vault ?? createVault();
  const end = runEnd(timeoutMs, options.signal);
  const others = new Map<string, number>();
  const context = openContext({
    ...options,
    clock,
    vault,
    signal: end.signal,
    onSkew: options.onClockSkew,
    count: (_service, action) => others.set(action, (others.get(action) ?? 0) + 1),
  });
  const { aws } = context;
  const answers = new Map(Object.entries(answersOf(context, options) as Readonly<Record<string, AnyAnswer>>));
  let bodies: Promise<ReadonlyMap<string, AnyRequestDef>> | undefined;

  let answered = 0;
  async function ask({ kind, params, how }: Request): Promise<Reply<unknown>> {
    const answer = answers.get(kind);
    if (answer === undefined) return failed("UNKNOWN_REQUEST", `There is no request of the kind ${kind}.`);
    if (end.signal.aborted) {
      const { reason } = end.signal as { reason: unknown };
      return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, kind);
    }
    const answering = answer(params, how);
    bodies ??= definitions();
    const reply = await answering;
    answered += 1;
    if (answered % repliesBetweenTidying === 0) (await import("./memory.ts")).tidyUp();
    if (reply.status !== "ok") return reply;
    const body = (await bodies).get(kind)?.body.safeParse(reply.body);
    if (body === undefined || body.success) return reply;
    const fields = [...new Set(body.error.issues.map((issue) => issue.path.join(".")))].slice(0, 3).join(", ");
    return failed("MALFORMED", `The answer to ${kind} is not of the expected form (${fields || "as a whole"}).`);
  }

  return {
    source: { ask },
    vault,
    calls: () => aws.calls(),
    requestCount: () => total(aws) + [...others.values()].reduce((sum, times) => sum + times, 0),
    repeated: () => aws.repeated(),
    prepare: (client) => aws[client](),
    close() {
      end.over();
      aws.close();
    },
  };
}

type AnyAnswer = (params: unknown, how: unknown) => Promise<Reply<JsonValue>>;

/** What answers are held against: loaded when the first question has left, and while its answer is on its way. */
async function definitions(): Promise<ReadonlyMap<string, AnyRequestDef>> {
  for (let turns = 0; turns < turnsUntilSent; turns += 1) await setImmediate();
  const { requests } = await import("../facts/requests/index.ts");
  return new Map(Object.values(requests).map((def: AnyRequestDef) => [def.kind, def]));
}

function total(aws: Aws): number {
  return aws.calls().reduce((sum, { count }) => sum + count, 0);
}

/** An answer whose code is loaded with its first question. */
function later<D extends AnyRequestDef>(load: () => Promise<Answer<D>>): Answer<D> {
  let loaded: Promise<Answer<D>> | undefined;
  return async (params, how) => (await (loaded ??= load()))(params, how);
}

function answersOf(
  context: LiveContext,
  { projectDir, inventoryCache, run, parallelSmoke, input }: LiveOptions,
): Answers {
  return {
    "run.start": later(async () => (await import("./live/run.ts")).answerRunStart(run)),
    "sts.identity": later(async () => (await import("./live/run.ts")).answerCallerIdentity(context)),
    "cfn.stack": later(async () => (await import("./live/stack.ts")).answerStackDescription(context)),
    "cfn.resources": later(async () => (await import("./live/stack-resources.ts")).answerStackResources(context)),
    "cfn.events": later(async () => (await import("./live/stack.ts")).answerStackEvents(context)),
    "cfn.template": later(async () => (await import("./live/stack.ts")).answerStackTemplate(context)),
    "lambda.function": later(async () => (await import("./live/lambda.ts")).answerLambdaFunction(context)),
    "lambda.layer-version": later(async () => (await import("./live/lambda.ts")).answerLayerVersion(context)),
    "lambda.layer-versions": later(async () => (await import("./live/lambda.ts")).answerLayerVersions(context)),
    "lambda.invoke": later(async () => (await import("./live/invoke.ts")).answerLambdaInvoke(context)),
    "lambda.alias": later(async () => (await import("./live/lambda.ts")).answerAlias(context)),
    "lambda.policy": later(async () => (await import("./live/lambda.ts")).answerFunctionPolicy(context)),
    "lambda.url": later(async () => (await import("./live/lambda.ts")).answerFunctionUrl(context)),
    "iam.role-may": later(async () => (await import("./live/iam.ts")).answerRoleMay(context)),
    "ssm.parameter": later(async () => (await import("./live/secrets.ts")).answerSsmParameter(context)),
    "secretsmanager.secret": later(async () => (await import("./live/secrets.ts")).answerSecretValue(context)),
    "caller.secret": later(async () => (await import("./live/secrets.ts")).answerCallerSecret(context)),
    "caller.key": later(async () => (await import("./live/secrets.ts")).answerCallerKey(context, input)),
    "api.routes": later(async () => (await import("./live/api.ts")).answerApiRoutes(context)),
    "logs.errors": later(async () => (await import("./live/logs.ts")).answerLogErrors(context)),
    "logs.request": later(async () => (await import("./live/logs.ts")).answerLogRequest(context)),
    "package.inventory": later(async () =>
      (await import("./live/package.ts")).answerPackageInventory(context, inventoryCache),
    ),
    smoke: later(async () => (await import("./live/smoke.ts")).answerSmokeRequest(context, parallelSmoke)),
    "db.probe": later(async () => (await import("./live/database.ts")).answerDatabaseProbe(context)),
    "ec2.subnets": later(async () => (await import("./live/network.ts")).answerVpcSubnets(context)),
    "ec2.route-tables": later(async () => (await import("./live/network.ts")).answerRouteTables(context)),
    "ec2.security-groups": later(async () => (await import("./live/network.ts")).answerSecurityGroups(context)),
    "ec2.network-interfaces": later(async () => (await import("./live/network.ts")).answerNetworkInterfaces(context)),
    "lambda.account": later(async () => (await import("./live/network.ts")).answerAccountLimits(context)),
    "project.folder": later(async () => (await import("./live/project.ts")).answerProjectFolder(context, projectDir)),
    "cfn.stack-names": later(async () => (await import("./live/stack.ts")).answerStackNames(context)),
    "cfn.status": later(async () => (await import("./live/settle.ts")).answerStackStatus(context)),
    "lambda.state": later(async () => (await import("./live/settle.ts")).answerFunctionState(context)),
  };
}
