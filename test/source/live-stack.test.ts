import { afterEach, describe, expect, it } from "vitest";
import { startsOperation } from "../../src/source/live/stack.ts";
import { fakeRuns, xmlResult } from "./fake-aws.ts";

const against = fakeRuns(afterEach);

const stackId = "arn:aws:cloudformation:eu-west-1:111122223333:stack/demo/0f3e";

describe("stack", () => {
  it("tells parameters and outputs, secrets as tokens, hidden ones as CloudFormation shows them", async () => {
    const { body, live } = await against(() =>
      xmlResult(
        "DescribeStacks",
        `<Stacks><member><StackId>${stackId}</StackId><StackName>demo</StackName><StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus>
         <StackStatusReason>DATABASE_URL=postgres://app:hunter2@db/x is wrong</StackStatusReason>
         <CreationTime>2026-11-23T09:00:00Z</CreationTime><LastUpdatedTime>2026-11-23T10:00:00.123Z</LastUpdatedTime>
         <Parameters><member><ParameterKey>DatabaseUrl</ParameterKey><ParameterValue>****</ParameterValue></member>
         <member><ParameterKey>HmacSecret</ParameterKey><ParameterValue>an-open-secret</ParameterValue></member>
         <member><ParameterKey>StageName</ParameterKey><ParameterValue>Prod</ParameterValue></member>
         <member><ParameterKey>Empty</ParameterKey><ParameterValue></ParameterValue></member></Parameters>
         <Outputs><member><OutputKey>ApiUrl</OutputKey><OutputValue>https://a1.execute-api.eu-west-1.amazonaws.com/Prod</OutputValue></member></Outputs>
         </member></Stacks>`,
      ),
    );
    expect(await body("cfn.stack", { stack: "demo" })).toEqual({
      exists: true,
      id: stackId,
      name: "demo",
      status: "UPDATE_ROLLBACK_COMPLETE",
      statusReason: "DATABASE_URL=postgres://app:(secret)@db/x is wrong",
      created: "2026-11-23T09:00:00.000Z",
      updated: "2026-11-23T10:00:00.123Z",
      parameters: [
        { name: "DatabaseUrl", value: "****" },
        {
          name: "HmacSecret",
          value: { $secret: { type: "key", fingerprint: expect.any(String), length: 14, blank: false } },
        },
        { name: "StageName", value: "Prod" },
        { name: "Empty", value: "" },
      ],
      outputs: [{ name: "ApiUrl", value: "https://a1.execute-api.eu-west-1.amazonaws.com/Prod" }],
    });
    expect(live.vault.scrub("an-open-secret")).toBe("(secret)");
  });

  it("lists the resources of every page", async () => {
    const { body, aws } = await against(({ earlier }) =>
      xmlResult(
        "ListStackResources",
        `<StackResourceSummaries><member><LogicalResourceId>R${earlier}</LogicalResourceId><PhysicalResourceId>p${earlier}</PhysicalResourceId>
         <ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>
         <LastUpdatedTimestamp>2026-11-23T09:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>
         ${earlier < 2 ? `<NextToken>page${earlier + 1}</NextToken>` : ""}`,
      ),
    );
    expect(
      (await body<{ logicalId: string }[]>("cfn.resources", { stack: "demo" })).map(({ logicalId }) => logicalId),
    ).toEqual(["R0", "R1", "R2"]);
    expect(aws.calls.map((call) => new URLSearchParams(call.body).get("NextToken"))).toEqual([null, "page1", "page2"]);
  });

  it("reads events back to the beginning of the newest operation, and no page further", async () => {
    const event = (logical: string, physical: string, type: string, status: string): string =>
      `<member><StackId>${stackId}</StackId><EventId>e</EventId><StackName>demo</StackName><LogicalResourceId>${logical}</LogicalResourceId>
       <PhysicalResourceId>${physical}</PhysicalResourceId><ResourceType>${type}</ResourceType><Timestamp>2026-11-23T09:00:00Z</Timestamp><ResourceStatus>${status}</ResourceStatus></member>`;
    const stack = "AWS::CloudFormation::Stack";
    const pages = [
      event("demo", stackId, stack, "UPDATE_COMPLETE") +
        event("demo", stackId, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
      // A nested stack begins operations of its own.
      event("Nested", "arn:aws:cloudformation:eu-west-1:1:stack/n/1", stack, "UPDATE_IN_PROGRESS") +
        event("demo", stackId, stack, "UPDATE_IN_PROGRESS") +
        event("demo", stackId, stack, "CREATE_COMPLETE"),
      event("demo", stackId, stack, "CREATE_IN_PROGRESS"),
    ];
    const { body, aws } = await against(({ earlier }) =>
      xmlResult(
        "DescribeStackEvents",
        `<StackEvents>${pages[earlier]}</StackEvents><NextToken>t${earlier}</NextToken>`,
      ),
    );
    const events = await body<{ status: string }[]>("cfn.events", { stack: "demo" });
    expect(events.map(({ status }) => status)).toEqual([
      "UPDATE_COMPLETE",
      "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "UPDATE_IN_PROGRESS",
      "UPDATE_IN_PROGRESS",
    ]);
    expect(aws.calls.length).toBe(2);
  });

  it.each([
    ["CREATE_IN_PROGRESS", true],
    ["IMPORT_IN_PROGRESS", true],
    ["UPDATE_ROLLBACK_IN_PROGRESS", false],
    ["ROLLBACK_IN_PROGRESS", false],
    ["REVIEW_IN_PROGRESS", false],
  ])("%s begins an operation: %s", (ResourceStatus, expected) => {
    const event = {
      StackId: stackId,
      PhysicalResourceId: stackId,
      ResourceType: "AWS::CloudFormation::Stack",
      ResourceStatus,
    };
    expect(startsOperation({ ...event, EventId: "e", StackName: "demo", Timestamp: undefined } as never)).toBe(
      expected,
    );
  });

  it("takes the secrets out of a template and leaves the rest readable", async () => {
    const template = `
Parameters:
  DatabaseUrl:
    Type: String
    NoEcho: true
    Default: postgresql://app:tiger-in-the-tank@db.example.com/app
  Pin:
    Type: String
    NoEcho: true
    Default: zebra-crossing
  StageName: { Type: String, Default: Prod }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          API_KEY: giraffe-42
          OTHER_KEY: !Ref Pin
          LOG_LEVEL: INFO
      Handler: app.handler # zebra-crossing`;
    const escaped = template.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const { body } = await against(() => xmlResult("GetTemplate", `<TemplateBody>${escaped}</TemplateBody>`));
    const { text } = await body<{ text: string }>("cfn.template", { stack: "demo" });
    expect(text).not.toMatch(/tiger|zebra|giraffe/);
    expect(text).toContain("OTHER_KEY: !Ref Pin");
    expect(text).toContain("LOG_LEVEL: INFO");
    expect(text).toContain("StageName: { Type: String, Default: Prod }");
    expect(text.split("\n").length).toBe(template.split("\n").length);
  });
});
