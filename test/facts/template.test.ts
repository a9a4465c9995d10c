import { describe, expect, it } from "vitest";
import { parseTemplate } from "../../src/facts/parse-template.ts";

const template = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  DatabaseUrl: { Type: String, NoEcho: true, Default: "" }
  Retention: { Type: Number, Default: 14 }
Globals:
  Function:
    CodeUri: ../backend
    Runtime: python3.12
    Layers: [!Ref Common]
    Environment: { Variables: { DATABASE_URL: !Ref DatabaseUrl, STAGE: !Sub "\${Stage}" } }
Resources:
  Common:
    Type: AWS::Serverless::LayerVersion
    Properties: { LayerName: common, ContentUri: ./layers/common }
  GetUsage:
    Type: AWS::Serverless::Function
    Properties:
      Handler: tools/get_usage/handler.handler
      Architectures: [arm64]
      Layers: ["arn:aws:lambda:eu-west-1:111122223333:layer:other:4", !If [HasLayer, !Ref Common, !Ref AWS::NoValue]]
      Environment: { Variables: { HMAC: !If [HasHmac, !Ref Hmac, ""], NAME: !Join ["-", [a, !GetAtt B.Arn]] } }
      Events:
        Post: { Type: Api, Properties: { Path: /get_usage, Method: post } }
        Any: { Type: HttpApi }
        Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
`;

describe("a template", () => {
  it("gives up its functions, layers and parameters, short forms and globals included", () => {
    expect(parseTemplate(template)).toEqual({
      template: {
        parameters: {
          DatabaseUrl: { noEcho: true, defaultValue: "" },
          Retention: { noEcho: false, defaultValue: "14" },
        },
        layers: [{ logicalId: "Common", name: "common", contentUri: "./layers/common" }],
        functions: [
          {
            logicalId: "GetUsage",
            codeUri: "../backend",
            handler: "tools/get_usage/handler.handler",
            runtime: "python3.12",
            architecture: "arm64",
            layers: ["Common", "arn:aws:lambda:eu-west-1:111122223333:layer:other:4"],
            events: [
              { api: "rest", method: "POST", path: "/get_usage" },
              { api: "http", method: "ANY", path: "/{proxy+}" },
            ],
            parameterOf: { DATABASE_URL: "DatabaseUrl", STAGE: "Stage", HMAC: "Hmac" },
          },
        ],
      },
    });
  });

  it("tells the lines of values that it writes out itself", () => {
    const written = `Globals: { Function: { Environment: { Variables: { STAGE: prod } } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          DATABASE_URL: postgres://app@db/x
          HMAC_SECRET: !Ref Hmac
  G: { Type: AWS::Lambda::Function, Properties: { Environment: { Variables: { PORT: 5432 } } } }
`;
    const parsed = parseTemplate(written);
    expect("template" in parsed ? parsed.template.functions.map(({ writtenAt }) => writtenAt) : []).toEqual([
      { STAGE: 1, DATABASE_URL: 8 },
      { PORT: 10 },
    ]);
  });

  it("may be JSON", () => {
    const json = JSON.stringify({
      Resources: { F: { Type: "AWS::Lambda::Function", Properties: { Handler: "app.handler" } } },
    });
    expect(parseTemplate(json)).toMatchObject({
      template: { functions: [{ logicalId: "F", handler: "app.handler" }] },
    });
  });

  it.each([
    ["Resources: [unclosed", /no valid YAML or JSON \(line 1\)/],
    ["just text", /no Resources section/],
    ["", /no Resources section/],
    ["Resources: 7", /no Resources section/],
  ])("that cannot be read says so: %s", (text, fault) => {
    expect(parseTemplate(text)).toEqual({ fault: expect.stringMatching(fault) });
  });
});
