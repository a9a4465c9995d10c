import { isSecret } from "../core/secret.ts";
import { layerRef } from "../core/subject.ts";
import type { Reply, Source } from "../core/reply.ts";
import type { Inventory } from "../facts/inventory.ts";
import { ask } from "../facts/requests/index.ts";
import { lambdaFunction, lambdaLayerVersion } from "../facts/requests/lambda.ts";
import { packageInventory } from "../facts/requests/package.ts";
import { stackResources } from "../facts/requests/stack.ts";
import { usageError } from "./exit.ts";
import { fatalHint } from "./preflight.ts";

/** A package or layer in AWS: its inventory, or why there is none. */
export type Fetched = { readonly inventory: Inventory } | { readonly unread: string };

export interface DeployedFunction {
  readonly name: string;
  readonly runtime: string;
  readonly architecture: string;
  readonly handler: string;
  readonly layers: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly own: Fetched;
}

type Asked = {
  ask(kind: string, params: Readonly<Record<string, unknown>>, how?: unknown): Promise<Reply<unknown>>;
};

const asking = (source: Source): Asked => ({ ask: (kind, params, how) => source.ask({ kind, params, how }) });

/** @throws UsageError for what no further question could be asked after: no credentials, no such region. */
function unreadText(reply: Exclude<Reply<unknown>, { readonly status: "ok" }>): string {
  if (reply.status === "not-recorded") return "It was not asked.";
  if (reply.status === "denied") return `${reply.message} The caller lacks ${reply.action}.`;
  const hint = fatalHint(reply.code);
  if (hint !== undefined) throw usageError(reply.message, hint);
  return reply.message;
}

/**
 * Reads a function by name, ARN, or logical id of the stack, each with `:alias` or `:version` behind it.
 * @throws UsageError when there is none of that name
 */
export async function deployedFunction(
  source: Source,
  given: string,
  stackName: string,
  modules: readonly string[],
): Promise<DeployedFunction | { readonly unread: string }> {
  const context = asking(source);
  const [, base = given, qualifier] =
    /^((?:arn:[^:]+:lambda:[^:]*:[^:]*:function:)?[^:]+)(?::([^:]+))?$/.exec(given) ?? [];
  const physical =
    stackName === "" || base.startsWith("arn:") ? undefined : await physicalName(context, base, stackName);
  const params = { name: physical ?? base, ...(qualifier === undefined ? {} : { qualifier }) };
  const reply = await ask(context, lambdaFunction, params);
  if (reply.status !== "ok") return { unread: unreadText(reply) };
  const { body } = reply;
  if (!body.exists) {
    const hint =
      stackName === "" ? "a logical id needs --stack; a local path must exist" : `nor has the stack ${stackName} it`;
    throw usageError(`There is no file, folder or function ${given}.`, hint);
  }
  const environment = Object.fromEntries(
    Object.entries(body.environment).flatMap(([name, value]) => (isSecret(value) ? [] : [[name, value]])),
  );
  const own: Fetched =
    body.packageType === "Image"
      ? { unread: `${given} is a container image, which is not looked into.` }
      : await fetched(context, body.codeSha256, { kind: "function", ...params }, modules);
  return {
    name: given,
    runtime: body.runtime ?? "",
    architecture: body.architecture,
    handler: body.handler ?? "",
    layers: body.layers.map(({ arn }) => arn),
    environment,
    own,
  };
}

async function physicalName(context: Asked, logicalId: string, stack: string): Promise<string | undefined> {
  const reply = await ask(context, stackResources, { stack });
  if (reply.status !== "ok") {
    unreadText(reply);
    return undefined;
  }
  return reply.body.find((resource) => resource.type === "AWS::Lambda::Function" && resource.logicalId === logicalId)
    ?.physicalId;
}

export interface DeployedLayer {
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
  readonly content: Fetched;
}

/**
 * Reads a layer version, and follows in it the modules that are asked for.
 * @throws UsageError when the ARN names no layer version, or one that is not there
 */
export async function deployedLayer(source: Source, arn: string, modules: readonly string[]): Promise<DeployedLayer> {
  if (layerRef(arn) === undefined) throw usageError(`${arn} is no ARN of a layer version.`, "it ends with :VERSION");
  const context = asking(source);
  const reply = await ask(context, lambdaLayerVersion, { arn });
  if (reply.status !== "ok") return { runtimes: [], architectures: [], content: { unread: unreadText(reply) } };
  const { body } = reply;
  if (!body.exists) throw usageError(`The layer version ${arn} does not exist.`);
  const content = await fetched(context, body.codeSha256, { kind: "layer", arn }, modules);
  return { runtimes: body.runtimes, architectures: body.architectures, content };
}

async function fetched(
  context: Asked,
  codeSha256: string,
  of: Parameters<typeof ask<typeof packageInventory>>[2]["of"],
  modules: readonly string[],
): Promise<Fetched> {
  const reply = await ask(context, packageInventory, { codeSha256, of }, { modules });
  return reply.status === "ok" ? { inventory: reply.body } : { unread: unreadText(reply) };
}
