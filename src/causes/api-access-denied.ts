import { defineCause, type Proposal } from "../core/cause.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";
import { toolFailures, type ToolFailure } from "./support/tools.ts";

export default defineCause({
  id: "api-access-denied",
  title: "The API refuses the caller before the function is asked",
  explanation:
    "The route wants an API key, an authorizer's token or an IAM signature, or a resource policy or firewall turns the caller away. The function never sees the request.",
  mending: "Send what the route asks for, or change the route's authorization in the template.",
  async propose(view) {
    const place = await placeOf(view);
    const failures = (await toolFailures(view, ["forbidden", "unauthorized"])).filter(
      ({ finding, route }) =>
        finding.code === "forbidden" || (route?.authorization !== undefined && route.authorization !== "NONE"),
    );
    const plan = buildAndDeploy(place);
    return groupBy(failures, demandOf).map((group): Proposal => {
      const tools = group.map(({ tool }) => tool);
      const findings = group.map(({ finding }) => finding);
      const demand = demandOf(group[0]);
      return {
        headline: `The API refuses callers of ${who(tools)}${demand === "" ? "" : `: the ${verb(tools, "route wants", "routes want")} ${demand}`}`,
        summary: "The refusal comes from the gateway; the function was not asked.",
        subjects: tools,
        ...(demand === ""
          ? {
              confidence: "possible",
              decides:
                "the API's resource policy, a firewall in front of it, and what the function itself answers with 403",
            }
          : { confidence: "likely", decides: `the same request with ${demand}` }),
        because: proof([], findings),
        explains: findings,
        remedies: [
          remedy(
            "for-good",
            "Change the route's authorization in the template, or let callers send what it wants.",
            plan.commands,
            {
              variables: plan.variables,
              advice:
                `The smoke test sends further headers where smoke in cscp.config.json names them. ${plan.advice}`.trim(),
            },
          ),
          verifying(place),
        ],
      };
    });
  },
});

function demandOf({ route }: ToolFailure): string {
  if (route?.apiKeyRequired === true) return "an API key";
  switch (route?.authorization) {
    case undefined:
    case "NONE":
      return "";
    case "AWS_IAM":
      return "a signature with IAM credentials";
    default:
      return `a token for its authorizer (${route?.authorization})`;
  }
}
