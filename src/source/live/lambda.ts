import type {
  FunctionConfiguration,
  GetFunctionCommandOutput,
  GetLayerVersionByArnCommandOutput,
} from "@aws-sdk/client-lambda";
import type { functionUrl } from "../../facts/requests/api.ts";
import type { functionPolicy } from "../../facts/requests/iam.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type {
  lambdaAlias,
  lambdaFunction,
  lambdaLayerVersion,
  lambdaLayerVersions,
} from "../../facts/requests/lambda.ts";
import type { Value } from "../../core/secret.ts";
import { urlFromParts, urlFromVariables } from "../../postgres/composed-url.ts";
import { sealValue, toValue } from "../classify-value.ts";
import { standInHash } from "../stand-in-hash.ts";
import type { Vault } from "../vault.ts";
import { answered, isoOf, present, required, whenMissing, type LiveContext } from "./context.ts";

type FunctionBody = BodyOf<typeof lambdaFunction>;
type LayerBody = BodyOf<typeof lambdaLayerVersion>;

const missing = whenMissing({ exists: false } as const);

export function answerLambdaFunction(context: LiveContext): Answer<typeof lambdaFunction> {
  return ({ name, qualifier }) =>
    answered<FunctionBody>(
      context,
      "lambda:GetFunction",
      "LAMBDA",
      async () => functionBody(await getFunction(context, name, qualifier), context.vault),
      missing,
    );
}

/** Asks for a function and keeps where its package can be downloaded. */
export async function getFunction(
  { aws, vault, clock, locations }: LiveContext,
  name: string,
  qualifier: string | undefined,
): Promise<GetFunctionCommandOutput> {
  const { sdk, client } = await aws.lambda();
  const found = await aws.send("lambda:GetFunction", "lambda.get-function", (options) =>
    client.send(new sdk.GetFunctionCommand({ FunctionName: name, Qualifier: qualifier }), options),
  );
  const url = found.Code?.Location;
  const { CodeSize: size = 0 } = found.Configuration ?? {};
  if (url !== undefined) {
    vault.seal("presigned-url", url);
    locations.set(functionHash(found), { url, size, at: clock.now() });
  }
  return found;
}

/** The hash of a function's package; an endpoint that gives none has each version stand for itself. */
export function functionHash({ Configuration: fn }: GetFunctionCommandOutput): string {
  return fn?.CodeSha256 || standInHash(fn?.FunctionArn ?? fn?.FunctionName ?? "", fn?.RevisionId ?? fn?.LastModified);
}

/** The hash of a layer version's content, which never changes. */
export function layerHash(arn: string, { Content }: GetLayerVersionByArnCommandOutput): string {
  return Content?.CodeSha256 || standInHash(arn);
}

function functionBody(found: GetFunctionCommandOutput, vault: Vault): FunctionBody {
  const fn: FunctionConfiguration = required(found.Configuration, "configuration");
  const name = fn.FunctionName ?? "";
  const said = (text: string | undefined): string | undefined =>
    text === undefined || text === "" ? undefined : vault.scrub(text);
  const variables = Object.entries(fn.Environment?.Variables ?? {});
  // Sealed before anything else of this reply is scrubbed.
  const environment = Object.fromEntries(variables.map(([key, text]) => [key, toValue(vault, key, text)]));
  const error = fn.Environment?.Error;
  return {
    exists: true,
    name,
    arn: fn.FunctionArn ?? "",
    version: fn.Version ?? "$LATEST",
    packageType: fn.PackageType === "Image" ? "Image" : "Zip",
    architecture: fn.Architectures?.[0] ?? "x86_64",
    role: fn.Role ?? "",
    timeoutSeconds: fn.Timeout ?? 3,
    memoryMb: fn.MemorySize ?? 128,
    lastModified: required(isoOf(fn.LastModified), "time of the last change"),
    codeSha256: functionHash(found),
    codeSize: fn.CodeSize ?? 0,
    environment,
    layers: (fn.Layers ?? []).map((layer) => ({ arn: layer.Arn ?? "", codeSize: layer.CodeSize ?? 0 })),
    logGroup: fn.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: fn.LoggingConfig?.LogFormat === "JSON" ? "JSON" : "Text",
    ...present({
      runtime: fn.Runtime,
      handler: fn.Handler,
      environmentError:
        error === undefined
          ? undefined
          : { code: error.ErrorCode ?? "", message: vault.scrub(error.Message ?? "No message was given.") },
      state: fn.State,
      stateReason: said(fn.StateReason),
      stateReasonCode: fn.StateReasonCode,
      lastUpdateStatus: fn.LastUpdateStatus,
      lastUpdateStatusReason: said(fn.LastUpdateStatusReason),
      lastUpdateStatusReasonCode: fn.LastUpdateStatusReasonCode,
      vpcId: fn.VpcConfig?.VpcId || undefined,
      subnetIds: fn.VpcConfig?.SubnetIds?.length ? fn.VpcConfig.SubnetIds : undefined,
      securityGroupIds: fn.VpcConfig?.SecurityGroupIds?.length ? fn.VpcConfig.SecurityGroupIds : undefined,
      ipv6Allowed: fn.VpcConfig?.Ipv6AllowedForDualStack || undefined,
      reservedConcurrency: found.Concurrency?.ReservedConcurrentExecutions,
      pgVariables: pgVariables(vault, fn.Environment?.Variables ?? {}),
      kmsKeyArn: fn.KMSKeyArn || undefined,
      imageUri: found.Code?.ImageUri,
    }),
  };
}

/** Sealed as one, so that a connection can be made with what is known apart. */
function pgVariables(vault: Vault, variables: Readonly<Record<string, string>>): Value | undefined {
  const url = urlFromVariables(variables) ?? urlFromParts(variables);
  return url === undefined ? undefined : sealValue(vault, "database-url", url);
}

export function answerAlias(context: LiveContext): Answer<typeof lambdaAlias> {
  const action = "lambda:GetAlias";
  return ({ name, alias }) =>
    answered<BodyOf<typeof lambdaAlias>>(
      context,
      action,
      "LAMBDA",
      async () => {
        const { sdk, client } = await context.aws.lambda();
        const found = await context.aws.send(action, "lambda.control", (options) =>
          client.send(new sdk.GetAliasCommand({ FunctionName: name, Name: alias }), options),
        );
        const weights = Object.entries(found.RoutingConfig?.AdditionalVersionWeights ?? {});
        return {
          exists: true,
          version: found.FunctionVersion ?? "",
          shifted: weights.filter(([, share]) => share > 0).map(([version, share]) => ({ version, share })),
        };
      },
      missing,
    );
}

export function answerLayerVersion(context: LiveContext): Answer<typeof lambdaLayerVersion> {
  return ({ arn }) =>
    answered<LayerBody>(
      context,
      "lambda:GetLayerVersion",
      "LAMBDA",
      async () => {
        const layer = await getLayerVersion(context, arn);
        return {
          exists: true,
          runtimes: layer.CompatibleRuntimes ?? [],
          architectures: layer.CompatibleArchitectures ?? [],
          codeSha256: layerHash(arn, layer),
          codeSize: layer.Content?.CodeSize ?? 0,
          ...present({ created: isoOf(layer.CreatedDate) }),
        };
      },
      missing,
    );
}

/** Asks for a layer version and keeps where its content can be downloaded. */
export async function getLayerVersion({ aws, vault, clock, locations }: LiveContext, arn: string) {
  const { sdk, client } = await aws.lambda();
  const layer = await aws.send("lambda:GetLayerVersion", "lambda.control", (options) =>
    client.send(new sdk.GetLayerVersionByArnCommand({ Arn: arn }), options),
  );
  const { Location: url, CodeSize: size = 0 } = layer.Content ?? {};
  if (url !== undefined) {
    vault.seal("presigned-url", url);
    locations.set(layerHash(arn, layer), { url, size, at: clock.now() });
  }
  return layer;
}

export function answerLayerVersions(context: LiveContext): Answer<typeof lambdaLayerVersions> {
  return ({ layerArn }) =>
    answered<BodyOf<typeof lambdaLayerVersions>>(context, "lambda:ListLayerVersions", "LAMBDA", async () => {
      const found = await listLayerVersions(context, layerArn);
      // A layer in use has a version. Where the ARN finds none, an endpoint knows the caller's layers by name only.
      const name = layerArn.split(":").at(-1) ?? layerArn;
      const list = found.length > 0 ? found : await listLayerVersions(context, name);
      return list.filter(({ arn }) => arn.startsWith(`${layerArn}:`)).toSorted((a, b) => b.version - a.version);
    });
}

async function listLayerVersions({ aws }: LiveContext, LayerName: string): Promise<BodyOf<typeof lambdaLayerVersions>> {
  const { sdk, client } = await aws.lambda();
  const list: BodyOf<typeof lambdaLayerVersions> = [];
  let Marker: string | undefined;
  do {
    const page = await aws.send("lambda:ListLayerVersions", "lambda.control", (options) =>
      client.send(new sdk.ListLayerVersionsCommand({ LayerName, Marker }), options),
    );
    for (const { LayerVersionArn: arn, Version: version, CreatedDate } of page.LayerVersions ?? []) {
      if (arn === undefined || version === undefined) continue;
      list.push({ arn, version, ...present({ created: isoOf(CreatedDate) }) });
    }
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);
  return list;
}

export function answerFunctionUrl(context: LiveContext): Answer<typeof functionUrl> {
  const { aws } = context;
  const action = "lambda:GetFunctionUrlConfig";
  return ({ name, qualifier }) =>
    answered<BodyOf<typeof functionUrl>>(
      context,
      action,
      "LAMBDA",
      async () => {
        const { sdk, client } = await aws.lambda();
        const found = await aws.send(action, "lambda.control", (options) =>
          client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName: name, Qualifier: qualifier }), options),
        );
        return { exists: true, url: found.FunctionUrl ?? "", authorization: found.AuthType ?? "" };
      },
      missing,
    );
}

export function answerFunctionPolicy(context: LiveContext): Answer<typeof functionPolicy> {
  const { aws } = context;
  const action = "lambda:GetPolicy";
  return ({ name, qualifier }) =>
    answered<BodyOf<typeof functionPolicy>>(
      context,
      action,
      "LAMBDA",
      async () => {
        const { sdk, client } = await aws.lambda();
        const { Policy = "{}" } = await aws.send(action, "lambda.get-policy", (options) =>
          client.send(new sdk.GetPolicyCommand({ FunctionName: name, Qualifier: qualifier }), options),
        );
        return { statements: policyStatements(Policy) };
      },
      whenMissing({ statements: [] }),
    );
}

/** Reads the statements of a resource policy; one statement, principal or action may stand without its list. */
export function policyStatements(policy: string): BodyOf<typeof functionPolicy>["statements"] {
  const parsed = JSON.parse(policy) as { Statement?: unknown };
  const statements = Array.isArray(parsed.Statement) ? parsed.Statement : [parsed.Statement ?? []].flat();
  return statements.map((statement: Record<string, unknown>) => {
    const { Effect, Principal, Action, Condition } = statements.length === 0 ? {} : statement;
    const sourceArn = sourceArnOf(Condition);
    return {
      effect: typeof Effect === "string" ? Effect : "",
      principal: principalOf(Principal),
      actions: (Array.isArray(Action) ? Action : [Action]).filter((one): one is string => typeof one === "string"),
      ...(sourceArn === undefined ? {} : { sourceArn }),
    };
  });
}

function principalOf(principal: unknown): string {
  if (typeof principal === "string") return principal;
  if (typeof principal !== "object" || principal === null) return "";
  return Object.values(principal).flat().map(String).join(", ");
}

function sourceArnOf(condition: unknown): string | undefined {
  if (typeof condition !== "object" || condition === null) return undefined;
  for (const keys of Object.values(condition)) {
    if (typeof keys !== "object" || keys === null) continue;
    for (const [key, value] of Object.entries(keys)) {
      if (/^aws:sourcearn$/i.test(key)) return [value].flat().map(String).join(", ");
    }
  }
  return undefined;
}
