import { defineCause, type Proposal, type Remedy } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { aws, configured, functionsOf, placeOf, verifying, type Configured, type Place } from "./support/place.ts";
import { reasonOf } from "./support/state-reasons.ts";
import { forFunctions, remedy } from "./support/remedies.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentence, sentences, verb, who } from "./support/text.ts";

const cause = "function-not-active";

export default defineCause({
  id: cause,
  title: "A function is not there, or not ready to run",
  explanation:
    "Lambda does not run the function: it was deleted outside of the stack, its last update failed, its state is Failed or still Pending, or its reserved concurrency of 0 lets no instance run. Requests are refused, or still answered by the version from before the update.",
  mending: "Correct what the reason code names, and deploy again.",
  async propose(view) {
    const place = await placeOf(view);
    const groups = groupBy(view.of("function-active"), ({ code, detail }) => `${code} ${detail["reasonCode"] ?? ""}`);
    return Promise.all(
      groups.map(async (group): Promise<Proposal> => {
        const functions = await functionsOf(view, group);
        const [{ code, severity, detail }] = group;
        const reasonCode = detail["reasonCode"] ?? "";
        const symptoms =
          severity === "error" && code !== "update-failed"
            ? await symptomsOf(view, { cause, stage: "function", functions })
            : [];
        const explains = distinct(group, symptoms);
        return {
          headline: headlineOf(code, detail["state"] ?? "", functions),
          summary: sentences(sentence(detail["reason"] ?? ""), reasonOf(reasonCode)?.text ?? summaryOf(code)),
          subjects: functions,
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [...remediesOf(place, await configured(view, functions), functions, group[0]), verifying(place)],
        };
      }),
    );
  },
});

function headlineOf(code: string, state: string, functions: readonly FunctionRef[]): string {
  const names = who(functions);
  switch (code) {
    case "missing":
      return `${names} ${verb(functions, "does", "do")} not exist, though the stack lists ${verb(functions, "it", "them")}`;
    case "update-failed":
      return `The last update of ${names} failed`;
    case "updating":
      return `${names} ${verb(functions, "is", "are")} still being updated`;
    case "switched-off":
      return `${names} ${verb(functions, "is", "are")} switched off: the reserved concurrency is 0`;
    default:
      return `${names} ${verb(functions, "is", "are")} not ready to run${state === "" ? "" : ` (${state})`}`;
  }
}

function summaryOf(code: string): string {
  switch (code) {
    case "missing":
      return "It was deleted outside of the stack.";
    case "switched-off":
      return "No instance of it may run, so that Lambda refuses every request.";
    case "updating":
      return "What is read meanwhile may be half old and half new.";
    case "update-failed":
      return "What runs is the function from before the update.";
    default:
      return "";
  }
}

function remediesOf(
  place: Place,
  list: readonly Configured[],
  functions: readonly FunctionRef[],
  { code, detail }: Finding,
): readonly Remedy[] {
  if (code === "updating") {
    const line = aws(place, 'lambda wait function-updated --function-name "$fn"');
    return [remedy("now", "Wait until the update is done.", forFunctions(functions, [line]), { changes: false })];
  }
  const plan = buildAndDeploy(place);
  if (code === "switched-off") {
    const line = aws(place, 'lambda delete-function-concurrency --function-name "$fn"');
    return [
      remedy("now", "Take the limit away, once it is known why it was set.", forFunctions(functions, [line])),
      remedy(
        "for-good",
        "Set ReservedConcurrentExecutions in the template to what is meant, and deploy.",
        plan.commands,
        {
          variables: plan.variables,
          advice: plan.advice,
        },
      ),
    ];
  }
  const look = reasonOf(detail["reasonCode"] ?? "")?.look(list.map(({ configuration }) => configuration)) ?? [];
  return [
    ...(look.length === 0
      ? []
      : [
          remedy(
            "now",
            "See what is there of what the reason names.",
            look.map((line) => aws(place, line)),
            { changes: false },
          ),
        ]),
    remedy("for-good", "Correct it and deploy again.", plan.commands, {
      variables: plan.variables,
      advice: sentences(
        code === "missing"
          ? "CloudFormation still holds the function for existing: rename it in the template, or delete the stack and create it again."
          : "",
        plan.advice,
      ),
    }),
  ];
}
