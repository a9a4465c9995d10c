import { defineCause, type Proposal, type Remedy } from "../core/cause.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { aws, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { quote } from "./support/shell.ts";
import { sentence, sentences } from "./support/text.ts";

export default defineCause({
  id: "stack-failed",
  title: "The last deploy of the stack failed",
  explanation:
    "CloudFormation rolled the stack back, could not, or is still at it. What runs is what was there before, or a mixture; what was meant to be deployed is not there.",
  mending: "Correct what the first failed resource names, bring the stack out of its state, and deploy again.",
  async propose(view) {
    const place = await placeOf(view);
    return view.of("stack-settled").map((finding): Proposal => {
      const { status = "", reason = "", resource } = finding.detail as Readonly<Record<string, string>>;
      const running = finding.code === "in-progress";
      return {
        headline: running
          ? `The stack ${place.stack} is still being deployed`
          : finding.code === "rolled-back"
            ? `The last deploy of ${place.stack} was rolled back`
            : `The stack ${place.stack} is left in the state ${status}`,
        summary: sentences(
          resource === undefined ? "" : `${resource} failed first.`,
          sentence(reason),
          running ? "What is read meanwhile may be half old and half new." : "",
        ),
        subjects: [finding.subject],
        confidence: "certain",
        because: [],
        explains: [finding],
        remedies: [...remediesOf(place, status, running), verifying(place)],
      };
    });
  },
});

function remediesOf(place: Place, status: string, running: boolean): readonly Remedy[] {
  const name = quote(place.stack);
  if (running) {
    const what = status.startsWith("CREATE") ? "create" : "update";
    return [
      remedy(
        "now",
        "Wait until the deploy is done.",
        [aws(place, `cloudformation wait stack-${what}-complete --stack-name ${name}`)],
        {
          changes: false,
        },
      ),
    ];
  }
  const failures = `StackEvents[?contains(ResourceStatus, 'FAILED')].[Timestamp,LogicalResourceId,ResourceStatusReason]`;
  const look = remedy(
    "now",
    "See what failed; the lowest line came first.",
    [aws(place, `cloudformation describe-stack-events --stack-name ${name} --query ${quote(failures)} --output text`)],
    { changes: false },
  );
  const plan = buildAndDeploy(place);
  const again = remedy("for-good", "Correct it and deploy again.", plan.commands, {
    variables: plan.variables,
    advice: plan.advice,
  });
  if (status === "UPDATE_ROLLBACK_FAILED") {
    return [
      look,
      remedy("now", "Let the roll-back go on.", [
        aws(place, `cloudformation continue-update-rollback --stack-name ${name}`),
        aws(place, `cloudformation wait stack-rollback-complete --stack-name ${name}`),
      ]),
      again,
    ];
  }
  if (status === "ROLLBACK_COMPLETE" || status === "ROLLBACK_FAILED" || status === "CREATE_FAILED") {
    const { title, commands, ...rest } = again;
    return [
      look,
      {
        ...rest,
        title: `Delete the stack, which never came to be, and create it again. ${title}`,
        commands: [
          aws(place, `cloudformation delete-stack --stack-name ${name}`),
          aws(place, `cloudformation wait stack-delete-complete --stack-name ${name}`),
          ...commands,
        ],
      },
    ];
  }
  return [look, again];
}
