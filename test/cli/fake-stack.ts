import { fakeAws, jsonError, xmlError, xmlResult, type Answer, type Call, type FakeAws } from "../source/fake-aws.ts";

const account = "444455556666";
const names = ["ListOrders", "RenderInvoice"] as const;
export type FunctionName = (typeof names)[number];
const physical = (name: string): string => `orders-${name}-1A2B`;

/** The state of an invented stack behind a fake endpoint; a test changes it from deploy to deploy. */
export interface StackState {
  /** Milliseconds since 1970: when the last deploy began. */
  deployedAt: number;
  status: string;
  /** Functions that do not work: what API Gateway answers for them, and what they log of it. */
  failing: Partial<Record<FunctionName, { readonly answer: Answer; readonly logs?: string }>>;
  /** What the functions' logs hold: an error each, at its time. */
  log: { readonly name: FunctionName; readonly at: number; readonly message: string }[];
  /** Milliseconds since 1970 by AWS's clock: the same as this machine's, but where a test has them differ. */
  now: () => number;
  /** When the functions' updates were over, in milliseconds since 1970; long ago where they were not part of the deploy. */
  functionsUpdatedAt: number;
  /** Goes before every answer; undefined lets the stack answer. */
  fault: (call: Call) => Answer | undefined;
}

export interface FakeStack {
  readonly aws: FakeAws;
  readonly state: StackState;
  /** For the command line: endpoint, key and region. */
  readonly env: Readonly<Record<string, string>>;
  readonly apiUrl: string;
}

export const good: Answer = { json: { ok: true, data: { orders: [] }, error: null } };
export const crash: Answer = { status: 502, json: { message: "Internal server error" } };

/** A stack that works, and was deployed at that time (milliseconds since 1970). */
export function settledSince(deployedAt: number): StackState {
  return {
    deployedAt,
    status: "UPDATE_COMPLETE",
    failing: {},
    log: [],
    now: Date.now,
    functionsUpdatedAt: 0,
    fault: () => undefined,
  };
}

/** Serves the invented stack: two functions in container images behind one REST API. */
export async function fakeStack(): Promise<FakeStack> {
  const state = settledSince(0);
  const aws = await fakeAws((call) => state.fault(call) ?? answer(call, state));
  return {
    aws,
    state,
    apiUrl: `${aws.endpoint}/api`,
    env: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: "eu-north-1",
      AWS_ACCESS_KEY_ID: "AKIDTESTTESTTESTTEST",
      AWS_SECRET_ACCESS_KEY: "test-secret-access-key",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  };
}

function answer({ operation, url, body }: Call, state: StackState): Answer {
  switch (operation) {
    case "GetCallerIdentity":
      return xmlResult(
        operation,
        `<Arn>arn:aws:sts::${account}:assumed-role/release-bot/run</Arn><Account>${account}</Account>`,
      );
    case "DescribeStacks":
      return xmlResult(operation, `<Stacks><member>${stackFields(state)}</member></Stacks>`);
    case "ListStackResources":
      return xmlResult(
        operation,
        `<StackResourceSummaries>${[
          ...names.map((name) =>
            resource(name, physical(name), "AWS::Lambda::Function", state.functionsUpdatedAt || undefined),
          ),
          resource("Api", "a1b2c3", "AWS::ApiGateway::RestApi"),
        ].join("")}</StackResourceSummaries>`,
      );
    case "DescribeStackEvents":
      return xmlResult(operation, "<StackEvents></StackEvents>");
    case "GetTemplate":
      return xmlResult(operation, '<TemplateBody>{"Resources":{}}</TemplateBody>');
    case "GetFunction":
      return { json: functionBody(decodeURIComponent(url.pathname).split("/").at(-1) ?? "", state) };
    case "GetRestApi":
      return { json: { id: "a1b2c3", name: "orders" } };
    case "GetStages":
      return { json: { item: [{ stageName: "prod" }] } };
    case "GetResources":
      return { json: { item: names.map(route) } };
    case "FilterLogEvents":
      return logEvents(body, state);
    default: {
      const name = names.find((one) => url.pathname === `/api${path(one)}`);
      if (name !== undefined) return called(name, state);
      return operation.startsWith("GET /") ? { status: 404, json: {} } : xmlError("InvalidAction", operation);
    }
  }
}

let requests = 0;

/** One request to a tool: its function logs what Lambda would, and is done with a REPORT. */
function called(name: FunctionName, state: StackState): Answer {
  const failure = state.failing[name];
  if (failure === undefined) return good;
  requests += 1;
  const id = `8d3f5c1e-0000-4000-8000-${String(requests).padStart(12, "0")}`;
  const at = state.now();
  if (failure.logs !== undefined) state.log.push({ name, at, message: failure.logs });
  const report = `REPORT RequestId: ${id}\tDuration: 12.00 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 60 MB`;
  state.log.push({ name, at: at + 1, message: report });
  return { ...failure.answer, headers: { "x-amzn-requestid": id } };
}

const path = (name: FunctionName): string => (name === "ListOrders" ? "/list_orders" : "/view_invoice");

function stackFields({ deployedAt, status }: StackState): string {
  return `<StackId>arn:aws:cloudformation:eu-north-1:${account}:stack/orders/7f</StackId><StackName>orders</StackName>
    <StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>
    <LastUpdatedTime>${new Date(deployedAt).toISOString()}</LastUpdatedTime>`;
}

function resource(logicalId: string, physicalId: string, type: string, updatedAt = Date.parse("2026-01-01")): string {
  return `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId>
    <ResourceType>${type}</ResourceType><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>
    <LastUpdatedTimestamp>${new Date(updatedAt).toISOString()}</LastUpdatedTimestamp></member>`;
}

function functionBody(name: string, { deployedAt }: StackState) {
  return {
    Configuration: {
      FunctionName: name,
      FunctionArn: `arn:aws:lambda:eu-north-1:${account}:function:${name}`,
      Version: "$LATEST",
      PackageType: "Image",
      Architectures: ["arm64"],
      Role: `arn:aws:iam::${account}:role/orders`,
      Timeout: 10,
      MemorySize: 256,
      CodeSize: 0,
      CodeSha256: "5b7c",
      LastModified: new Date(deployedAt).toISOString().replace("Z", "+0000"),
      State: "Active",
      LastUpdateStatus: "Successful",
      Environment: { Variables: { LOG_LEVEL: "info" } },
    },
    Code: { ImageUri: `${account}.dkr.ecr.eu-north-1.amazonaws.com/orders:7` },
  };
}

function route(name: FunctionName) {
  const arn = `arn:aws:lambda:eu-north-1:${account}:function:${physical(name)}`;
  const uri = `arn:aws:apigateway:eu-north-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
  return { id: name, path: path(name), resourceMethods: { GET: { httpMethod: "GET", methodIntegration: { uri } } } };
}

/** Only what lies in the time that is asked for, both ends included, as CloudWatch Logs has it. */
function logEvents(body: string, { log }: StackState): Answer {
  const asked = JSON.parse(body) as {
    logGroupName: string;
    startTime?: number;
    endTime?: number;
    filterPattern?: string;
  };
  if (asked.startTime !== undefined && asked.endTime !== undefined && asked.startTime > asked.endTime)
    return jsonError("InvalidParameterException", "1 validation error detected: start time is after end time");
  const own = log.filter(
    ({ name, at, message }) =>
      (asked.filterPattern === undefined || !message.startsWith("REPORT ")) &&
      asked.logGroupName === `/aws/lambda/${physical(name)}` &&
      at >= (asked.startTime ?? 0) &&
      at <= (asked.endTime ?? Number.POSITIVE_INFINITY),
  );
  const events = own.map(({ at, message }, index) => ({
    eventId: `${at}-${index}`,
    timestamp: at,
    ingestionTime: at + 500,
    message,
    logStreamName: "2027/02/03/[$LATEST]0f1e",
  }));
  return { json: { events } };
}

/** Refuses a call for its rate, in the protocol of its service. */
export function throttled({ operation }: Call): Answer {
  const xml = ["GetCallerIdentity", "DescribeStacks", "ListStackResources", "DescribeStackEvents", "GetTemplate"];
  if (xml.includes(operation)) return xmlError("Throttling", "Rate exceeded");
  return operation === "FilterLogEvents"
    ? jsonError("ThrottlingException", "Rate exceeded")
    : jsonError("TooManyRequestsException", "Rate exceeded", 429);
}
