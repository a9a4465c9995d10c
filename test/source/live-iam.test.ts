import { afterEach, expect, it } from "vitest";
import { type Answer, type Call, fakeAws, type FakeAws, liveAgainst, xmlResult } from "./fake-aws.ts";

let fake: FakeAws | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

const role = "arn:aws:iam::111122223333:role/app";
const parameter = (name: string): string => `arn:aws:ssm:eu-west-1:111122223333:parameter/${name}`;

const resourcesOf = ({ body }: Call): string[] =>
  [...new URLSearchParams(body)].filter(([name]) => name.startsWith("ResourceArns.")).map(([, text]) => text);
const allowed = (resource: string): string => (resource.endsWith("/url") ? "allowed" : "implicitDeny");
const results = (...inner: string[]): Answer =>
  xmlResult(
    "SimulatePrincipalPolicy",
    `<EvaluationResults>${inner.map((each) => `<member><EvalActionName>ssm:GetParameter</EvalActionName>${each}</member>`).join("")}</EvaluationResults>`,
  );
const pair = (resource: string): string =>
  `<EvalResourceName>${resource}</EvalResourceName><EvalDecision>${allowed(resource)}</EvalDecision>`;

/** IAM itself: one result with the strictest decision, and each resource's own inside. */
const asIam = (call: Call): Answer => {
  const resources = resourcesOf(call);
  const [only = ""] = resources;
  if (resources.length === 1) return results(pair(only));
  const inner = resources.map(
    (resource) =>
      `<member><EvalResourceName>${resource}</EvalResourceName><EvalResourceDecision>${allowed(resource)}</EvalResourceDecision></member>`,
  );
  return results(
    `<EvalResourceName>arn:aws:ssm:*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision><ResourceSpecificResults>${inner.join("")}</ResourceSpecificResults>`,
  );
};
const asPairs = (call: Call): Answer => results(...resourcesOf(call).map(pair));
const asFirstOnly = (call: Call): Answer => results(pair(resourcesOf(call)[0] ?? ""));

it.each([
  ["as IAM answers", asIam, 1],
  ["as emulators answer, a result for each", asPairs, 1],
  ["where only the first is answered, by asking again for the other", asFirstOnly, 2],
])("questions on one role that are asked together go into one call, %s", async (_name, handler, calls) => {
  fake = await fakeAws(handler);
  const live = liveAgainst(fake.endpoint);
  const ask = (name: string) =>
    live.source.ask({ kind: "iam.role-may", params: { role, action: "ssm:GetParameter", resource: parameter(name) } });
  expect(await Promise.all([ask("app/url"), ask("app/key")])).toEqual([
    { status: "ok", body: { decision: "allowed", matched: [] } },
    { status: "ok", body: { decision: "implicitDeny", matched: [] } },
  ]);
  expect(fake.calls).toHaveLength(calls);
  // What is asked later has a call of its own.
  expect(await ask("other/url")).toMatchObject({ body: { decision: "allowed" } });
  expect(fake.calls).toHaveLength(calls + 1);
  live.close();
});

it("a refusal of the call is the answer to everything in it", async () => {
  fake = await fakeAws(() => ({
    status: 403,
    xml: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
  }));
  const live = liveAgainst(fake.endpoint);
  const ask = (name: string) =>
    live.source.ask({ kind: "iam.role-may", params: { role, action: "ssm:GetParameter", resource: parameter(name) } });
  const replies = await Promise.all([ask("url"), ask("key")]);
  expect(replies.map(({ status }) => status)).toEqual(["denied", "denied"]);
  expect(fake.calls).toHaveLength(1);
  live.close();
});
