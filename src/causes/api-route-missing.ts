import { defineCause, type Proposal, type Remedy } from "../core/cause.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { aws, placeOf, verifying, type Place } from "./support/place.ts";
import { advice, remedy } from "./support/remedies.ts";
import { quote } from "./support/shell.ts";
import { who } from "./support/text.ts";
import { toolFailures, type ToolFailure } from "./support/tools.ts";

export default defineCause({
  id: "api-route-missing",
  title: "The API has no such route",
  explanation:
    "Nothing answers at the path and method: the route is not in the template, it was added without a deployment of the stage, or callers use another stage or path. A REST API then answers 403 Missing Authentication Token, an HTTP API 404.",
  mending: "Add the route to the template, or deploy the API's stage, or correct the path that callers use.",
  async propose(view) {
    const place = await placeOf(view);
    const failures = await toolFailures(view, ["route-missing"]);
    return groupBy(failures, ({ route, api }) => `${route === undefined} ${api?.apiId}`).map((group): Proposal => {
      const tools = group.map(({ tool }) => tool);
      const findings = group.map(({ finding }) => finding);
      const [{ route, api }] = group;
      const there = route !== undefined;
      return {
        headline: there
          ? `The API has a route for ${who(tools)}, but not on the stage ${api?.stage ?? "that callers use"}`
          : `The API has no route for ${who(tools)}`,
        summary: there
          ? "The route is configured and does not answer: it was added after the stage was last deployed."
          : api === undefined
            ? "No route of the API has this path and method, or the stage is missing from the path; its own list of routes could not be read."
            : "Among the routes of the API none has this path and method.",
        subjects: tools,
        ...(api === undefined
          ? { confidence: "likely", decides: "the routes and stages of the API" }
          : { confidence: "certain" }),
        because: proof([], findings),
        explains: findings,
        remedies: [...(api === undefined ? [stageAdvice] : []), ...remediesOf(place, group[0]), verifying(place)],
      };
    });
  },
});

const stageAdvice = advice(
  "now",
  "See that the URL names the stage.",
  "The URL of an API at execute-api ends with its stage (/Prod), one at a domain of its own with the path that is mapped to the API.",
);

function remediesOf(place: Place, { route, api }: ToolFailure): readonly Remedy[] {
  const plan = buildAndDeploy(place);
  const text = "Each tool needs an event (Type: Api or HttpApi) with its path and method in the template.";
  const again = remedy("for-good", "Deploy the template with the route.", plan.commands, {
    variables: plan.variables,
    advice: `${text} ${plan.advice}`.trim(),
  });
  if (route === undefined || api === undefined) return [again];
  if (api.type === "http")
    return [
      advice("now", "Deploy the API's stage.", "Turn auto-deploy on for the stage, or deploy it in the console."),
      again,
    ];
  const command = aws(
    place,
    `apigateway create-deployment --rest-api-id ${quote(api.apiId)} --stage-name ${quote(api.stage)} --query id --output text`,
  );
  return [remedy("now", "Deploy the API's stage as it is configured.", [command]), again];
}
