import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Evidence } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { invokePermission, type InvokePermission } from "../facts/invoke-permission.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { allFunctions, aws, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { quote, words } from "./support/shell.ts";
import { provenStages } from "./support/stages.ts";
import { causesIn } from "./support/symptoms.ts";
import { who } from "./support/text.ts";
import { toolFailures, type ToolFailure } from "./support/tools.ts";

const cause = "invoke-permission-missing";

export default defineCause({
  id: cause,
  title: "API Gateway may not invoke the function",
  explanation:
    "A function's resource policy must allow API Gateway to invoke it, for this API and, where the route names an alias, for that alias. Without it a REST API answers 500 and the function logs nothing.",
  mending: "Add the permission (lambda add-permission), or let the template's event add it.",
  async propose(view) {
    const place = await placeOf(view);
    const proven = await provenStages(view);
    const functions = await allFunctions(view);
    // 500 is the gateway's own answer where it could not call the function; what the function fails at is a REST API's 502.
    // An HTTP API says 500 for both, so that there only the policy itself tells.
    const suspects = (await toolFailures(view, ["gateway-error", "function-error"])).filter(
      ({ finding }) => finding.detail["status"] === "500" && causesIn(finding).every((id) => id === cause),
    );
    const judged = await Promise.all(
      suspects.map(async (failure) => ({
        failure,
        permission: await view.value(invokePermission, failure.tool),
        isOpen:
          failure.finding.code === "gateway-error" && (proven.get(failure.tool.functionId ?? "")?.size ?? 0) === 0,
      })),
    );
    const denied = judged.filter(({ permission }) => permission?.allowed === false);
    const unread = judged.filter(({ permission, isOpen }) => permission === undefined && isOpen);
    const own = await Promise.all(
      [denied, unread]
        .filter((group) => group.length > 0)
        .map(async (group): Promise<Proposal> => {
          const failures = group.map(({ failure }) => failure);
          const named = functions.filter(({ id }) => failures.some(({ tool }) => tool.functionId === id));
          const findings = failures.map(({ finding }) => finding);
          return {
            headline: `API Gateway may not invoke ${named.length === 0 ? "the functions" : who(named)}`,
            summary:
              group === denied
                ? "The gateway answers 500 by itself: the function's resource policy does not let this API invoke it, so that it was never called."
                : "The gateway answers 500 by itself, and the function logged nothing of the request: it was not called.",
            subjects: named.length === 0 ? failures.map(({ tool }) => tool) : named,
            ...(group === denied
              ? { confidence: "certain" }
              : { confidence: "likely", decides: "the functions' resource policy (lambda get-policy)" }),
            because: proof(policyEvidence(denied, functions), findings),
            explains: findings,
            remedies: [...(await remediesOf(view, place, functions, failures)), verifying(place)],
          };
        }),
    );
    return [
      ...own,
      ...(await fromErrors(view, {
        cause,
        stage: "permission",
        headline: (at) => `${who(at.functions)} may not be invoked, or may not invoke another function`,
        summary: () => "A call of Lambda's Invoke was refused.",
      })),
    ];
  },
});

interface Denied {
  readonly failure: ToolFailure;
  readonly permission: InvokePermission | undefined;
}

function policyEvidence(denied: readonly Denied[], functions: readonly FunctionRef[]): readonly Evidence[] {
  return denied.flatMap(({ failure: { tool }, permission }) => {
    if (permission === undefined) return [];
    const fn = functions.find(({ id }) => id === tool.functionId);
    const where = `resource policy of ${fn?.label ?? tool.label}`;
    const says =
      permission.statements.length === 0
        ? "there is none, so that nobody outside the account's own roles may invoke it"
        : `it does not allow ${permission.source}: ${permission.statements.join("; ")}`;
    return [{ kind: "configuration", where, says } as const];
  });
}

async function remediesOf(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  failures: readonly ToolFailure[],
): Promise<readonly Remedy[]> {
  const commands = await Promise.all(
    failures.map(async ({ tool, api }) => {
      const fn = functions.find(({ id }) => id === tool.functionId);
      const configuration = fn === undefined ? undefined : await view.value(functionConfiguration, fn);
      if (fn === undefined || configuration === undefined || api === undefined) return [];
      const [, partition = "aws", , region = "", account = ""] = configuration.arn.split(":");
      const source = `arn:${partition}:execute-api:${region}:${account}:${api.apiId}/*/${tool.method}${tool.path}`;
      const qualifier = fn.qualifier === undefined ? [] : ["--qualifier", fn.qualifier];
      const id = `cscp-${tool.id.replaceAll(/[^A-Za-z0-9_-]+/g, "-")}`;
      const permission = words(
        "lambda",
        "add-permission",
        "--function-name",
        fn.functionName,
        ...qualifier,
        "--statement-id",
        id,
        "--action",
        "lambda:InvokeFunction",
        "--principal",
        "apigateway.amazonaws.com",
      );
      return [aws(place, `${permission} --source-arn ${quote(source)} --query Statement --output text`)];
    }),
  );
  const plan = buildAndDeploy(place);
  return [
    remedy("now", "Allow the API to invoke the functions.", commands.flat()),
    remedy("for-good", "Deploy the template, whose events add the permission.", plan.commands, {
      variables: plan.variables,
      advice: plan.advice,
    }),
  ];
}
