import type { Source } from "../core/reply.ts";
import { purposes, type Purpose } from "./purposes.ts";
import { requests, type RequestKind, type RequestName } from "./requests/index.ts";

/** The smoke test reads what the doctor reads where a tool fails, so as to say why. */
const diagnosis: readonly Purpose[] = ["doctor", "capture", "smoke"];
const invoking: readonly Purpose[] = ["smoke"];
const everything: readonly Purpose[] = purposes;
/** Logs and packages are read without asking whose keys these are. */
const named: readonly Purpose[] = purposes.filter((purpose) => purpose !== "triage" && purpose !== "inspect");
/** A package is inspected whatever the state of its stack. */
const inStack: readonly Purpose[] = purposes.filter((purpose) => purpose !== "inspect");
const connecting: readonly Purpose[] = ["db"];

/** Which requests each purpose makes. A request without its line here does not compile. */
const usedFor: Readonly<Record<RequestName, readonly Purpose[]>> = {
  runStart: everything,
  callerIdentity: named,
  stackDescription: [...diagnosis, "triage", "db", "init"],
  stackNames: inStack,
  stackResources: everything,
  stackEvents: diagnosis,
  stackTemplate: [...diagnosis, "db"],
  lambdaFunction: everything,
  lambdaLayerVersion: [...diagnosis, "inspect", "db", "init"],
  lambdaLayerVersions: diagnosis,
  lambdaAlias: diagnosis,
  lambdaInvoke: invoking,
  functionPolicy: diagnosis,
  functionUrl: diagnosis,
  roleMay: [...diagnosis, "db"],
  ssmParameter: [...diagnosis, "db"],
  secretValue: [...diagnosis, "db"],
  callerSecret: diagnosis,
  callerKey: diagnosis,
  apiRoutes: [...diagnosis, "db", "init"],
  logErrors: diagnosis,
  logRequest: diagnosis,
  packageInventory: [...diagnosis, "inspect", "db", "init"],
  smokeRequest: diagnosis,
  databaseProbe: [...diagnosis, "db"],
  vpcSubnets: [...diagnosis, "db"],
  routeTables: [...diagnosis, "db"],
  securityGroups: [...diagnosis, "db"],
  networkInterfaces: [...diagnosis, "db"],
  accountLimits: connecting,
  projectFolder: [...diagnosis, "db"],
  stackStatus: diagnosis,
  functionState: diagnosis,
};

/** For groups of the class INFREQUENT_ACCESS, and whatever is searched where it lies. */
const insights = ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StartQuery", "logs:StopQuery"];
/** The actions of what is read without end and is no request: the tail, live and by sweeps behind it, and a triage. */
const streams: Readonly<Record<Purpose, readonly string[]>> = {
  doctor: [],
  capture: [],
  smoke: [],
  tail: ["logs:StartLiveTail", "logs:FilterLogEvents", ...insights],
  triage: ["logs:FilterLogEvents", ...insights],
  inspect: [],
  db: [],
  init: [],
};

export function requestsOf(purpose: Purpose): readonly RequestName[] {
  return (Object.keys(requests) as RequestName[]).filter((name) => usedFor[name].includes(purpose));
}

/** The source, for a command that asks no more of it than its policy names: any other request is answered as not asked. */
export function limitedTo(purpose: Purpose, source: Source, except: readonly RequestKind[] = []): Source {
  const kinds = new Set(requestsOf(purpose).map((name): string => requests[name].kind));
  for (const kind of except) kinds.delete(kind);
  return {
    ask: (request) =>
      kinds.has(request.kind) ? source.ask(request) : Promise.resolve({ status: "not-recorded" } as const),
  };
}

/** The IAM actions that a purpose takes, sorted. */
export function actionsOf(purpose: Purpose): readonly string[] {
  const asked = requestsOf(purpose).flatMap((name) => [...requests[name].actions]);
  return [...new Set([...asked, ...streams[purpose]])].toSorted();
}

/** What an action is allowed on. */
const resourceKinds = [
  "any",
  "stack",
  "function",
  "invocation",
  "layer",
  "role",
  "parameter",
  "secret",
  "api",
  "log-group",
] as const;
export type ResourceKind = (typeof resourceKinds)[number];

/**
 * The kind of resource of each action. ListLayerVersions is a listing without a resource of its own in the Service
 * Authorization Reference, so that only `*` is certain to allow it.
 */
const kindOf: Readonly<Record<string, ResourceKind>> = {
  "apigateway:GET": "api",
  "cloudformation:DescribeStackEvents": "stack",
  "cloudformation:DescribeStacks": "stack",
  "cloudformation:GetTemplate": "stack",
  "cloudformation:ListStackResources": "stack",
  "ec2:DescribeNetworkInterfaces": "any",
  "ec2:DescribeRouteTables": "any",
  "ec2:DescribeSecurityGroups": "any",
  "ec2:DescribeSubnets": "any",
  "iam:SimulatePrincipalPolicy": "role",
  "lambda:GetAccountSettings": "any",
  "lambda:GetAlias": "function",
  "lambda:GetFunction": "function",
  "lambda:GetFunctionUrlConfig": "function",
  "lambda:GetLayerVersion": "layer",
  "lambda:GetPolicy": "function",
  "lambda:InvokeFunction": "invocation",
  "lambda:ListLayerVersions": "any",
  "logs:DescribeLogGroups": "any",
  "logs:FilterLogEvents": "log-group",
  "logs:GetQueryResults": "any",
  "logs:StartLiveTail": "log-group",
  "logs:StartQuery": "log-group",
  "logs:StopQuery": "any",
  "secretsmanager:GetSecretValue": "secret",
  "ssm:GetParameter": "parameter",
  "sts:GetCallerIdentity": "any",
};

/** What a request that is signed with AWS credentials is sent to. `path` begins with a slash. */
export type SignedTarget =
  | { readonly apiId: string; readonly stage: string; readonly method: string; readonly path: string }
  /** With its alias where it has one: `orders-List:live`. */
  | { readonly functionName: string };

/** Resources of one stack, as far as they could be read: a kind that is absent is not known. */
export interface StackResources {
  /** Names, with whether a version or alias of it is asked for. */
  readonly functions?: readonly { readonly name: string; readonly qualified: boolean }[];
  /** ARNs without their version. */
  readonly layers?: readonly string[];
  /** ARNs. */
  readonly roles?: readonly string[];
  /** Names or ARNs. */
  readonly parameters?: readonly string[];
  readonly secrets?: readonly string[];
  readonly apis?: readonly { readonly apiId: string; readonly type: "rest" | "http" }[];
  /** Requests that the smoke test signs with AWS credentials: routes of an API, or the URL of a function by its name. */
  readonly signed?: readonly SignedTarget[];
  /** Names or ARNs. */
  readonly logGroups?: readonly string[];
}

/** Where a policy holds: what is not known is a marked placeholder or, in the list of a kind, everything of it. */
export interface PolicyScope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Absent for a policy that fits every stack. */
  readonly stackName?: string;
  readonly resources: StackResources;
  /** ARNs of the customer's own keys that parameters, secrets or environments are encrypted with. */
  readonly keys: readonly string[];
}

/** One statement of a policy. */
export interface Statement {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: { readonly test: string; readonly variable: string; readonly values: readonly string[] };
}

const sids: Readonly<Record<ResourceKind, string>> = {
  any: "ReadWithoutResource",
  stack: "ReadStack",
  function: "ReadFunctions",
  invocation: "InvokeFunctions",
  layer: "ReadLayers",
  role: "SimulateRoles",
  parameter: "ReadParameters",
  secret: "ReadSecrets",
  api: "ReadApis",
  "log-group": "ReadLogs",
};

/** The size of a managed policy that IAM takes, in characters without white space. */
const mostCharacters = 6144;

/**
 * The least that a purpose needs within a scope. Where the names of many resources would make the policy larger than IAM
 * takes, the longest list gives way to the prefix that its names share.
 */
export function policyFor(purpose: Purpose, scope: PolicyScope): readonly Statement[] {
  const byKind = new Map<ResourceKind, string[]>();
  for (const action of actionsOf(purpose)) {
    const kind = kindOf[action];
    if (kind === undefined) throw new Error(`The action ${action} has no kind of resource.`);
    byKind.set(kind, [...(byKind.get(kind) ?? []), action]);
  }
  const statements = resourceKinds.flatMap((kind): Statement[] => {
    const actions = byKind.get(kind) ?? [];
    const resources = resourcesOf(kind, scope);
    // A stack without layers needs no permission on any.
    return actions.length === 0 || resources.length === 0 ? [] : [{ sid: sids[kind], actions, resources }];
  });
  const sends = requestsOf(purpose).includes("smokeRequest") ? signedStatements(scope) : [];
  const reads = byKind.has("parameter") || byKind.has("secret") || byKind.has("function");
  return fitted([...statements, ...sends, ...(reads ? keyStatement(scope) : [])]);
}

function resourcesOf(kind: ResourceKind, scope: PolicyScope): readonly string[] {
  const { partition, region, account, stackName, resources } = scope;
  const arn = (service: string, rest: string): string => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  switch (kind) {
    case "any":
      return ["*"];
    case "stack":
      return [arn("cloudformation", stackName === undefined ? "stack/*" : `stack/${stackName}/*`)];
    case "function":
    case "invocation":
      return unique(
        resources.functions?.flatMap(({ name, qualified }) => {
          const own = name.startsWith("arn:") ? name : arn("lambda", `function:${name}`);
          return qualified ? [own, `${own}:*`] : [own];
        }) ?? [arn("lambda", "function:*")],
      );
    case "layer":
      return unique(resources.layers?.map((layer) => `${layer}:*`) ?? [`arn:${partition}:lambda:${region}:*:layer:*`]);
    case "role":
      return unique(resources.roles ?? [`arn:${partition}:iam::${account}:role/*`]);
    case "parameter":
      return unique(
        resources.parameters?.map((name) =>
          name.startsWith("arn:") ? name : arn("ssm", `parameter/${name.replace(/^\//, "")}`),
        ) ?? [arn("ssm", "parameter/*")],
      );
    case "secret":
      return unique(
        // A secret's ARN ends in six random characters that its name does not show.
        resources.secrets?.map((id) => (id.startsWith("arn:") ? id : arn("secretsmanager", `secret:${id}-??????`))) ?? [
          arn("secretsmanager", "secret:*"),
        ],
      );
    case "api": {
      const at = (path: string): string => `arn:${partition}:apigateway:${region}::${path}`;
      const known = resources.apis?.map(({ apiId, type }) => `/${type === "rest" ? "restapis" : "apis"}/${apiId}`);
      return unique(known?.flatMap((path) => [at(path), at(`${path}/*`)]) ?? [at("/restapis/*"), at("/apis/*")]);
    }
    case "log-group":
      return unique(
        // CloudWatch's guide writes the ARN in a policy with `:*` behind it, the Service Authorization Reference without.
        resources.logGroups?.flatMap((group) => {
          const own = group.startsWith("arn:") ? group.replace(/:\*$/, "") : arn("logs", `log-group:${group}`);
          return [own, `${own}:*`];
        }) ?? [arn("logs", "log-group:*")],
      );
  }
}

/**
 * What API Gateway and Lambda ask of those whose requests they authorise by IAM. The parameters of a path may hold
 * anything; a function's URL also takes the right to invoke it through the URL.
 */
function signedStatements({ partition, region, account, resources }: PolicyScope): readonly Statement[] {
  const targets = resources.signed ?? [];
  const routes = targets.flatMap((target) => {
    if (!("apiId" in target)) return [];
    const { apiId, stage, method, path } = target;
    const anything = path.replaceAll(/\{[^}]*\}/g, "*");
    return [`arn:${partition}:execute-api:${region}:${account}:${apiId}/${stage}/${method}${anything}`];
  });
  const urls = targets.flatMap((target) =>
    "functionName" in target ? [`arn:${partition}:lambda:${region}:${account}:function:${target.functionName}`] : [],
  );
  return [
    ...(routes.length === 0
      ? []
      : [{ sid: "CallSignedRoutes", actions: ["execute-api:Invoke"], resources: unique(routes) }]),
    ...(urls.length === 0
      ? []
      : [
          {
            sid: "CallFunctionUrls",
            actions: ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
            resources: unique(urls),
          },
        ]),
  ];
}

/** What is encrypted with a key of the customer's own is read only with that key, through the service that holds it. */
function keyStatement({ keys, region }: PolicyScope): readonly Statement[] {
  if (keys.length === 0) return [];
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const values = ["lambda", "secretsmanager", "ssm"].map((service) => `${service}.${region}.${domain}`);
  return [
    {
      sid: "DecryptWithOwnKeys",
      actions: ["kms:Decrypt"],
      resources: unique(keys),
      condition: { test: "StringEquals", variable: "kms:ViaService", values },
    },
  ];
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)].toSorted();
}

function fitted(statements: readonly Statement[]): readonly Statement[] {
  if (JSON.stringify(statements).length <= mostCharacters) return statements;
  const longest = statements.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0];
  if (longest === undefined || longest.resources.length < 2) return statements;
  const narrowed = statements.map((statement) =>
    statement === longest ? { ...statement, resources: [sharedPrefix(statement.resources)] } : statement,
  );
  return fitted(narrowed);
}

const sizeOf = ({ resources }: Statement): number => resources.join().length;

function sharedPrefix([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length -= 1;
  }
  return `${first.slice(0, length).replace(/\*$/, "")}*`;
}
