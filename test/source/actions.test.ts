import { afterEach, describe, expect, it } from "vitest";
import { requests } from "../../src/facts/requests/index.ts";
import { fakeRuns, jsonError } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

describe("the table of IAM actions", () => {
  const group = { group: "g", functionName: "f" };
  type Kind = (typeof requests)[keyof typeof requests]["kind"];
  // Every kind, so that a new one cannot go unproven.
  const params: Readonly<Record<Kind, Record<string, unknown>>> = {
    "run.start": {},
    "sts.identity": {},
    "project.folder": {},
    "cfn.status": { stack: "s", poll: 1 },
    "lambda.state": { name: "f", poll: 1 },
    "cfn.stack": { stack: "s" },
    "cfn.stack-names": {},
    "cfn.resources": { stack: "s" },
    "cfn.events": { stack: "s" },
    "cfn.template": { stack: "s" },
    "lambda.function": { name: "f" },
    "lambda.layer-version": { arn: "arn:aws:lambda:eu-west-1:1:layer:l:1" },
    "lambda.layer-versions": { layerArn: "arn:aws:lambda:eu-west-1:1:layer:l" },
    "lambda.alias": { name: "f", alias: "live" },
    "lambda.policy": { name: "f" },
    "lambda.invoke": { name: "f", tool: "t", case: "c" },
    "lambda.url": { name: "f" },
    "iam.role-may": { role: "arn:aws:iam::1:role/r", action: "ssm:GetParameter", resource: "*" },
    "ssm.parameter": { name: "/p" },
    "secretsmanager.secret": { id: "s" },
    "caller.secret": { names: ["X"] },
    "caller.key": { from: "file" },
    "api.routes": { apiId: "a", type: "rest" },
    "logs.errors": { ...group, from: "2026-11-23T09:00:00.000Z", to: "2026-11-23T10:00:00.000Z" },
    "logs.request": { ...group, tool: "t", case: "c", attempt: 1 },
    "package.inventory": { codeSha256: "x", of: { kind: "function", name: "f" } },
    smoke: { tool: "t", case: "c", attempt: 1 },
    "ec2.subnets": { ids: ["subnet-1"] },
    "ec2.route-tables": { vpcId: "vpc-1" },
    "ec2.security-groups": { ids: ["sg-1"] },
    "ec2.network-interfaces": { addresses: ["10.0.0.1"] },
    "lambda.account": {},
    "db.probe": { fingerprint: "0", tables: [] },
  };
  const how: Readonly<Record<string, unknown>> = {
    smoke: { method: "GET", url: "", headers: {}, signing: { scheme: "none" }, timeoutMs: 100 },
    "lambda.invoke": {
      method: "GET",
      url: "/",
      headers: {},
      signing: { scheme: "none" },
      timeoutMs: 5_000,
      front: "rest",
      stage: "",
    },
    "logs.request": { requestIds: [], sentAt: "2026-11-23T10:00:00.000Z" },
    "cfn.status": { afterMs: 0 },
    "lambda.state": { afterMs: 0 },
  };

  it.each(Object.values(requests).map(({ kind, actions }) => [kind, actions] as const))(
    "covers every call that %s makes",
    async (kind, actions) => {
      const { live, aws } = await against(() => jsonError("AccessDeniedException", "no", 403));
      await live.source.ask({ kind, params: params[kind], how: how[kind] });
      if (kind === "package.inventory") {
        await live.source.ask({
          kind,
          params: { codeSha256: "y", of: { kind: "layer", arn: "arn:aws:lambda:eu-west-1:1:layer:l:1" } },
        });
      }
      if (kind === "api.routes") await live.source.ask({ kind, params: { apiId: "a", type: "http" } });
      expect(
        live
          .calls()
          .map(({ action }) => action)
          .toSorted(),
      ).toEqual([...actions].toSorted());
      expect(aws.calls.length).toBeGreaterThanOrEqual(actions.length);
    },
  );
});
