// The pieces of a stack that tests put together: functions, packages, errors, answers and settings.
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { known } from "../../src/core/fact.ts";
import type { SecretToken } from "../../src/core/secret.ts";
import { layerRef, type FunctionRef, type LayerRef } from "../../src/core/subject.ts";
import { exampleInventory, exampleToken, settingOf } from "../../src/checks/support/examples.ts";
import type { DatabaseProbe, Setting } from "../../src/facts/database.ts";
import type { Distribution, Inventory } from "../../src/facts/inventory.ts";
import type { ErrorGroup } from "../../src/facts/logs.ts";
import type { DriverImport, ImportPrediction } from "../../src/facts/packages.ts";
import type { Project } from "../../src/facts/project.ts";
import type { SmokeResult } from "../../src/facts/smoke.ts";
import { parseTemplate } from "../../src/facts/parse-template.ts";

export const stackName = "cs-copilot-backend";
export const region = "ap-southeast-1";
export const account = "111122223333";

export const toolNames = {
  get_customer_usage: "GetCustomerUsage",
  get_recent_tickets: "GetRecentTickets",
  get_contract_info: "GetContractInfo",
  calculate_health: "CalculateHealth",
  generate_email: "GenerateEmail",
  generate_qbr_outline: "GenerateQbrOutline",
} as const;

export type FunctionName = (typeof toolNames)[keyof typeof toolNames];
export const databaseNames = ["GetCustomerUsage", "GetRecentTickets", "GetContractInfo", "CalculateHealth"] as const;
export const allNames: readonly FunctionName[] = Object.values(toolNames);

export function fnRef(name: string, qualifier?: string): FunctionRef {
  const functionName = `${stackName}-${name}-1A2B3C4D`;
  return { kind: "function", id: name, label: name, functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

export function layer(version: number, name = "cs-copilot-common"): LayerRef {
  const found = layerRef(`arn:aws:lambda:${region}:${account}:layer:${name}:${version}`);
  if (found === undefined) throw new Error("The test's own layer has no valid ARN.");
  return found;
}

export function driverImport(name: string, origin?: DriverImport["origin"], version?: string): DriverImport {
  return {
    name,
    module: name.replace("-binary", ""),
    chain: [{ file: "/var/task/_shared/db.py", line: 6, imports: name }],
    ...(origin === undefined ? {} : { origin }),
    ...(version === undefined ? {} : { version }),
  };
}

export const fromLayer = (version: number): DriverImport["origin"] => ({ kind: "layer", arn: layer(version).id });

export function willImport(...drivers: readonly DriverImport[]): ImportPrediction {
  return { verdict: "will-import", drivers, sourceFacts: [], notes: [] };
}

export function willFail(
  cause: CauseId,
  module: string,
  more: { readonly origin?: DriverImport["origin"]; readonly drivers?: readonly DriverImport[] } = {},
): ImportPrediction {
  return {
    verdict: "will-fail",
    failure: {
      module,
      cause,
      message: `Unable to import module 'tools.handler': No module named '${module}'`,
      explanation: `no file on the import path gives ${module} as it is wanted`,
      chain: [{ file: "/var/task/_shared/db.py", line: 6, imports: module }],
      ...(more.origin === undefined ? {} : { origin: more.origin }),
    },
    drivers: more.drivers ?? [driverImport(module.split(".")[0] ?? module)],
    sourceFacts: [],
    notes: [],
  };
}

export function logged(
  causes: readonly CauseId[],
  headline: string,
  captures: Readonly<Record<string, string>> = {},
): ErrorGroup {
  return {
    shape: headline,
    headline,
    example: headline,
    count: 37,
    first: "2026-11-20T10:02:53.000Z",
    last: "2026-11-20T10:09:40.000Z",
    requestIds: ["7c1e"],
    candidates: causes.map((cause, rank) => ({
      cause,
      score: 0.9 - rank / 10,
      captures,
      decides: "the files on the import path",
    })),
  };
}

export const badGateway: Partial<SmokeResult> = {
  outcome: "function-error",
  status: 502,
  shown: '502 {"message": "Internal server error"}',
};
export const masked: Partial<SmokeResult> = {
  outcome: "masked-failure",
  status: 200,
  shown: '200 {"ok":true,"data":{"missingData":true}}',
};
export const unauthorized: Partial<SmokeResult> = {
  outcome: "unauthorized",
  status: 401,
  code: "UNAUTHORIZED",
  shown: "401 UNAUTHORIZED",
};
export const toolFailure = (message: string): Partial<SmokeResult> => ({
  outcome: "tool-error",
  status: 500,
  code: "TOOL_FAILURE",
  message,
  shown: `500 TOOL_FAILURE ${message}`,
});

export const emptyUrl: Setting = settingOf(undefined, { found: false, reason: "DATABASE_URL is empty." });

export function probeOf(failing?: {
  readonly stage: DatabaseProbe["stages"][number]["stage"];
  readonly code: string;
  readonly message?: string;
  /** The server has no TLS. */
  readonly plain?: boolean;
}): DatabaseProbe {
  const order = ["resolve", "connect", "ssl-request", "tls", "authenticate", "query"] as const;
  const at = failing === undefined ? order.length : order.indexOf(failing.stage);
  return {
    stages: order
      .slice(0, at + 1)
      .filter((stage) => stage !== "tls" || failing?.plain !== true)
      .map((stage) =>
        stage === failing?.stage
          ? { stage, ok: false, ms: 3, code: failing.code, message: failing.message ?? "refused" }
          : { stage, ok: true, ms: 3 },
      ),
    tables: [],
  };
}

export const keyToken = (fingerprint: string): SecretToken => exampleToken("key", { fingerprint });
export const keySetting = (fingerprint: string): Setting => ({
  looked: ["HMAC_SECRET"],
  origin: { kind: "ssm", variable: "HMAC_PARAM_NAME", name: "/cs-copilot/hmac-secret" },
  value: known({ found: true, value: keyToken(fingerprint), version: 1 }),
});

export function distribution(name: string, version: string): Distribution {
  return {
    path: `${name}-${version}.dist-info`,
    name,
    version,
    topLevel: [name.replace("-binary", "")],
    requires: [],
    tags: [],
    natives: [],
  };
}

export function layerWith(...distributions: readonly Distribution[]): Inventory {
  return { ...exampleInventory({ files: { "python/six.py": 10 } }), distributions: [...distributions] };
}

const templateText = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  AllowedOrigin: { Type: String, Default: "*" }
  HmacParamName: { Type: String, Default: /cs-copilot/hmac-secret }
  DatabaseUrl: { Type: String, NoEcho: true, Default: "" }
Globals:
  Function:
    CodeUri: ../backend
    Environment: { Variables: { DATABASE_URL: !Ref DatabaseUrl, HMAC_PARAM_NAME: !Ref HmacParamName } }
Resources:
  CommonLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: { LayerName: cs-copilot-common, ContentUri: ./layers/common }
${allNames.map((name) => `  ${name}: { Type: "AWS::Serverless::Function", Properties: { Handler: tools/x/handler.handler } }`).join("\n")}
`;

export function parsedTemplate() {
  const parsed = parseTemplate(templateText);
  if (!("template" in parsed)) throw new Error(parsed.fault);
  return parsed.template;
}

/** The project folder that the stack is deployed from. */
export function projectFolder(overrides: NonNullable<Project["samconfig"]>["overrides"] = []): Project {
  return {
    template: { path: "infra/sam-template.yaml", folder: "infra", parsed: parsedTemplate() },
    samconfig: { path: "infra/samconfig.toml", environment: "default", matchesStack: true, overrides },
    makefile: {
      path: "infra/Makefile",
      folder: "infra",
      targets: [
        { name: "build", variables: ["TEMPLATE"], recipe: ["sam build --template-file $(TEMPLATE)"] },
        {
          name: "deploy",
          variables: ["CONFIG_ENV", "PARAMETER_OVERRIDES"],
          recipe: ["sam deploy --config-env $(CONFIG_ENV) --parameter-overrides $(PARAMETER_OVERRIDES)"],
        },
        {
          name: "layer-pydeps",
          variables: [],
          recipe: ["python3 -m pip install --upgrade -t layers/common/python pg8000==1.30.5"],
        },
      ],
    },
    requirements: [],
  };
}
