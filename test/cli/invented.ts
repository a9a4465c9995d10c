import { collectors } from "../../src/collect/registry.gen.ts";
import { createFacts } from "../../src/core/fact.ts";
import type { Reply, Request, Source } from "../../src/core/reply.ts";
import type { Report } from "../../src/core/report.ts";
import { runDoctor, type DoctorOptions } from "../../src/cli/run-doctor.ts";
import type { BodyOf, requests } from "../../src/facts/requests/index.ts";
import { recorder, writeRecording } from "../../src/source/record.ts";
import { createVault } from "../../src/source/vault.ts";

/** An invented stack: two functions in container images behind one REST API, no database. */
export const startedAt = "2027-02-03T14:30:00.000Z";
const deployedAt = "2027-02-03T14:00:00.000Z";
const names = ["ListOrders", "RenderInvoice"] as const;
const physical = (name: string): string => `orders-${name}-1A2B3C4D`;

type Bodies = { readonly [N in keyof typeof requests]: BodyOf<(typeof requests)[N]> };
type FunctionBody = Extract<Bodies["lambdaFunction"], { exists: true }>;

/** What differs from the healthy stack. A reply that is given goes before the healthy one of its kind. */
export interface Changes {
  readonly run?: Partial<Bodies["runStart"]>;
  readonly stack?: Partial<Extract<Bodies["stackDescription"], { exists: true }>>;
  /** By logical id. */
  readonly functions?: Readonly<Record<string, Partial<FunctionBody>>>;
  readonly reply?: (request: Request) => Reply<unknown> | undefined;
}

const ok = (body: unknown): Reply<unknown> => ({ status: "ok", body });

function functionBody(name: string, changes: Partial<FunctionBody> = {}): FunctionBody {
  return {
    exists: true,
    name: physical(name),
    arn: `arn:aws:lambda:eu-north-1:444455556666:function:${physical(name)}`,
    version: "$LATEST",
    packageType: "Image",
    architecture: "arm64",
    role: `arn:aws:iam::444455556666:role/orders-${name}Role-9Z`,
    timeoutSeconds: 10,
    memoryMb: 512,
    lastModified: deployedAt,
    codeSha256: "5b7c",
    codeSize: 0,
    environment: { LOG_LEVEL: "info" },
    layers: [],
    state: "Active",
    lastUpdateStatus: "Successful",
    logGroup: `/aws/lambda/${physical(name)}`,
    logFormat: "Text",
    imageUri: "444455556666.dkr.ecr.eu-north-1.amazonaws.com/orders:7",
    ...changes,
  };
}

/** An answer to a smoke request. */
export function smokeAnswer(status: number, body: string): Reply<unknown> {
  const headers = { "x-amzn-requestid": "8d3f5c1e-0000-4000-8000-000000000001", "content-type": "application/json" };
  const sentAt = "2027-02-03T14:30:02.000Z";
  return ok({ answered: true, status, headers, body, bodyTruncated: false, sentAt, latencyMs: 40, signedWith: "hmac" });
}

/** Answers every request as the invented stack would. */
export function inventedSource(changes: Changes = {}): Source {
  const answer = (request: Request): Reply<unknown> => {
    const { kind, params } = request;
    const changed = changes.reply?.(request);
    if (changed !== undefined) return changed;
    switch (kind) {
      case "run.start":
        return ok({
          startedAt,
          region: "eu-north-1",
          stackName: "orders",
          endpointOverride: false,
          smoke: true,
          configuration: {},
          ...changes.run,
        });
      case "sts.identity":
        return ok({ account: "444455556666", arn: "arn:aws:sts::444455556666:assumed-role/release-bot/run" });
      case "cfn.stack":
        return ok({
          exists: true,
          id: "arn:aws:cloudformation:eu-north-1:444455556666:stack/orders/7f",
          name: "orders",
          status: "UPDATE_COMPLETE",
          created: "2026-01-01T00:00:00.000Z",
          updated: deployedAt,
          parameters: [],
          outputs: [],
          ...changes.stack,
        });
      case "cfn.resources":
        return ok([
          ...names.map((name) => resource(name, physical(name), "AWS::Lambda::Function")),
          resource("Api", "a1b2c3", "AWS::ApiGateway::RestApi"),
        ]);
      case "cfn.events":
        return ok([]);
      case "cfn.template":
        return ok({ text: '{"Resources":{}}' });
      case "lambda.function": {
        const name = names.find((one) => physical(one) === params["name"]) ?? "ListOrders";
        return ok(functionBody(name, changes.functions?.[name]));
      }
      case "api.routes":
        return ok({
          exists: true,
          name: "orders",
          stages: ["prod"],
          stageUrls: { prod: "https://a1b2c3.execute-api.eu-north-1.amazonaws.com/prod" },
          routes: names.map((name) => ({
            method: "GET",
            path: name === "ListOrders" ? "/list_orders" : "/view_invoice",
            integration: `arn:aws:apigateway:eu-north-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-north-1:444455556666:function:${physical(name)}/invocations`,
            apiKeyRequired: false,
          })),
        });
      case "logs.errors":
        return ok({ exists: true, scanned: 0, truncated: false, groups: [] });
      case "logs.request":
        return ok({ exists: true, groups: [] });
      case "smoke":
        return smokeAnswer(200, '{"ok":true,"data":{"orders":[]},"error":null}');
      case "caller.secret":
        return ok({ found: false });
      case "project.folder":
        return ok({ exists: false });
      default:
        return { status: "not-recorded" };
    }
  };
  return { ask: (request) => Promise.resolve(answer(request)) };
}

function resource(logicalId: string, physicalId: string, type: string) {
  return { logicalId, physicalId, type, status: "UPDATE_COMPLETE", updated: deployedAt };
}

export const usual: DoctorOptions = {
  version: "0.0.0",
  only: undefined,
  ignore: [],
  failOn: "error",
  notes: [],
  cost: () => ({ durationMs: 1200, requests: 17 }),
};

/** The doctor's report on the invented stack. */
export function diagnosed(changes: Changes = {}, options: Partial<DoctorOptions> = {}): Promise<Report> {
  return runDoctor(createFacts(collectors, inventedSource(changes)), { ...usual, ...options });
}

/** Records the invented stack into a folder, as `cscp capture` would. */
export async function recordInvented(folder: string, changes: Changes = {}): Promise<string> {
  const recording = recorder(inventedSource(changes));
  await runDoctor(createFacts(collectors, recording.source), usual);
  await writeRecording(folder, recording, {
    vault: createVault(),
    version: "0.0.0",
    startedAt,
    durationMs: 1200,
    requests: 17,
    force: false,
  });
  return folder;
}
