import { defineCause, type Proposal } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { aws, placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb, who } from "./support/text.ts";
import { toolFailures } from "./support/tools.ts";

const cause = "quota-exceeded";

export default defineCause({
  id: cause,
  title: "A quota is used up",
  explanation:
    "AWS refuses calls for their rate or number: the account's or the function's concurrency, the usage plan of the API, or the request rate of SSM, KMS and others, which a function reaches that reads its secret anew at every request.",
  mending: "Raise the reserved concurrency or the quota, cache what is read at every request, or call less often.",
  async propose(view) {
    const place = await placeOf(view);
    const failures = (await toolFailures(view, ["throttled"])).filter(({ finding }) =>
      causesIn(finding).every((id) => id === cause),
    );
    const tools = failures.map(({ tool }) => tool);
    const findings = failures.map(({ finding }) => finding);
    const look = remedy(
      "now",
      "See the account's concurrency.",
      [aws(place, "lambda get-account-settings --query AccountLimit --output json")],
      {
        changes: false,
      },
    );
    const own: readonly Proposal[] =
      failures.length === 0
        ? []
        : [
            {
              headline: `${theTools(tools)} ${verb(tools, "is", "are")} refused for the rate of requests`,
              summary: "The gateway or Lambda answers 429, even after retries.",
              subjects: tools,
              confidence: "likely",
              decides: "which of the limits it is: the usage plan's, the stage's or the functions' concurrency",
              because: proof([], findings),
              explains: findings,
              remedies: [look, verifying(place)],
            },
          ];
    return [
      ...own,
      ...(await fromErrors(view, {
        cause,
        stage: "limits",
        headline: ({ functions }) => `${who(functions)} ${verb(functions, "runs", "run")} into a quota`,
        summary: () => "AWS refuses a call for its rate or number.",
        remedies: () => [look, verifying(place)],
      })),
    ];
  },
});
