import type { z } from "zod";
import type { Reply } from "../../core/reply.ts";
import { apiRoutes, functionUrl } from "./api.ts";
import { databaseProbe } from "./database.ts";
import type { RequestDef } from "./define.ts";
import { functionPolicy, roleMay } from "./iam.ts";
import { lambdaAlias, lambdaFunction, lambdaInvoke, lambdaLayerVersion, lambdaLayerVersions } from "./lambda.ts";
import { logErrors, logRequest } from "./logs.ts";
import { accountLimits, networkInterfaces, routeTables, securityGroups, vpcSubnets } from "./network.ts";
import { packageInventory } from "./package.ts";
import { projectFolder } from "./project.ts";
import { callerIdentity, runStart } from "./run.ts";
import { callerKey, callerSecret, secretValue, ssmParameter } from "./secrets.ts";
import { functionState, stackStatus } from "./settle.ts";
import { smokeRequest } from "./smoke.ts";
import { stackDescription, stackEvents, stackNames, stackResources, stackTemplate } from "./stack.ts";

/** Every question that cscp asks the outside. A source answers all of them; `iam-policy` is derived from their actions. */
export const requests = {
  runStart,
  callerIdentity,
  stackDescription,
  stackNames,
  stackResources,
  stackEvents,
  stackTemplate,
  lambdaFunction,
  lambdaLayerVersion,
  lambdaLayerVersions,
  lambdaAlias,
  lambdaInvoke,
  functionPolicy,
  functionUrl,
  roleMay,
  ssmParameter,
  secretValue,
  callerSecret,
  callerKey,
  apiRoutes,
  logErrors,
  logRequest,
  packageInventory,
  smokeRequest,
  databaseProbe,
  vpcSubnets,
  routeTables,
  securityGroups,
  networkInterfaces,
  accountLimits,
  projectFolder,
  stackStatus,
  functionState,
} as const;

export type AnyRequestDef = RequestDef<string, z.ZodType, z.ZodType, unknown>;
export type RequestName = keyof typeof requests;
export type RequestKind = (typeof requests)[RequestName]["kind"];
export type ParamsOf<D extends AnyRequestDef> = z.infer<D["params"]>;
export type BodyOf<D extends AnyRequestDef> = z.infer<D["body"]>;
export type HowOf<D extends AnyRequestDef> =
  D extends RequestDef<string, z.ZodType, z.ZodType, infer H> ? H : undefined;

/** A function that answers one kind of request. */
export type Answer<D extends AnyRequestDef> = (params: ParamsOf<D>, how: HowOf<D>) => Promise<Reply<BodyOf<D>>>;

/** One answer for each kind of request: a kind without its answer does not compile. */
export type Answers = { readonly [N in RequestName as (typeof requests)[N]["kind"]]: Answer<(typeof requests)[N]> };

/** Asks for one request, typed, through whatever answers it. */
export async function ask<D extends AnyRequestDef>(
  context: { ask(kind: string, params: Readonly<Record<string, unknown>>, how?: unknown): Promise<Reply<unknown>> },
  def: D,
  params: ParamsOf<D>,
  ...how: HowOf<D> extends undefined ? [] : [HowOf<D>]
): Promise<Reply<BodyOf<D>>> {
  return (await context.ask(def.kind, params as Record<string, unknown>, how[0])) as Reply<BodyOf<D>>;
}
