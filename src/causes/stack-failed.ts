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
    "CloudFormation rolled the stack back, could not, is still at it, or deletes it. What runs is what was there before, or a mixture; what was meant to be deployed is not there.",
  mending: "Correct what the first failed resource names, bring the stack out of its state, and deploy again.",
  async propose(view) {
    const place = await placeOf(view);
    return view.of("stack-settled").map((finding): Proposal => {
      const { status = "", reason = "", resource } = finding.detail as Readonly<Record<string, string>>;
      return {
        headline: headlineOf(finding.code, place.stack, status),
        summary: sentences(
          resource === undefined ? "" : `${resource} failed first.`,
          sentence(reason),
          consequenceOf(finding.code, status),
        ),
        subjects: [finding.subject],
        confidence: "certain",
        because: [],
        explains: [finding],
        remedies: [...remediesOf(place, finding.code, status), verifying(place)],
      };
    });
  },
});

/** What it means for callers where the stack was to be created: nothing is there from before. */
const ofCreations: Readonly<Record<string, string>> = {
  ROLLBACK_IN_PROGRESS: "Nothing of it was there before, and what was created is being deleted: nothing will serve.",
  ROLLBACK_COMPLETE: "Nothing of it was there before, and what was created was deleted again: nothing serves.",
  ROLLBACK_FAILED: "Nothing of it was there before; remains of what was created are left, which no update can mend.",
  CREATE_FAILED: "Nothing of it was there before; what was created until then is left, and the rest is not there.",
};

/** What it means for callers. */
function consequenceOf(code: string, status: string): string {
  const ofCreation = ofCreations[status];
  if (ofCreation !== undefined) return ofCreation;
  switch (code) {
    case "in-progress":
      return "What is read meanwhile may be half old and half new; --wait 5m waits for the end.";
    case "rolled-back":
      return "What was deployed last is not there: what runs is what was there before.";
    case "deleted":
      return "What still answers of it is going away.";
    case "not-created":
      return "Nothing of it is there yet.";
    default:
      return status === "DELETE_FAILED"
        ? "A part of it was deleted, and what is left cannot be updated any more."
        : "What is there may be half old and half new, or not be there at all.";
  }
}

function headlineOf(code: string, stack: string, status: string): string {
  if (status in ofCreations) return `The stack ${stack} could not be created (${status})`;
  switch (code) {
    case "in-progress":
      return `The stack ${stack} is still being deployed (--wait 5m waits for it)`;
    case "rolled-back":
      return `The last deploy of ${stack} was rolled back`;
    case "deleted":
      return `The stack ${stack} ${status === "DELETE_COMPLETE" ? "was deleted" : "is being deleted"}`;
    case "not-created":
      return `The stack ${stack} was never created: a change set of it waits to be executed`;
    default:
      return `The stack ${stack} is left in the state ${status}`;
  }
}

function remediesOf(place: Place, code: string, status: string): readonly Remedy[] {
  const name = quote(place.stack);
  const plan = buildAndDeploy(place);
  const deploying = { variables: plan.variables, advice: plan.advice };
  if (code === "not-created") {
    const sets = "Summaries[].[ChangeSetName,ExecutionStatus,CreationTime]";
    return [
      remedy(
        "now",
        "See which change set waits.",
        [aws(place, `cloudformation list-change-sets --stack-name ${name} --query ${quote(sets)} --output text`)],
        { changes: false },
      ),
      remedy("for-good", "Execute it, or deploy anew.", plan.commands, deploying),
    ];
  }
  if (code === "deleted") {
    const gone =
      status === "DELETE_COMPLETE"
        ? []
        : [
            remedy(
              "now",
              "Wait until it is deleted.",
              [aws(place, `cloudformation wait stack-delete-complete --stack-name ${name}`)],
              { changes: false },
            ),
          ];
    return [...gone, remedy("for-good", "Deploy it again, if it is still wanted.", plan.commands, deploying)];
  }
  if (code === "in-progress") {
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
  const again = remedy("for-good", "Correct it and deploy again.", plan.commands, deploying);
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
  if (status === "DELETE_FAILED") {
    return [
      look,
      remedy(
        "for-good",
        "Delete it to the end, once what stood in the way is gone, and deploy anew what is still wanted.",
        [
          aws(place, `cloudformation delete-stack --stack-name ${name}`),
          aws(place, `cloudformation wait stack-delete-complete --stack-name ${name}`),
          ...plan.commands,
        ],
        {
          variables: plan.variables,
          advice: sentences("--retain-resources with the failed ones' names leaves them behind.", plan.advice),
        },
      ),
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
