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
      return `The last deploy of ${stack} ${status.endsWith("ROLLBACK_IN_PROGRESS") ? "is being" : "was"} rolled back`;
    case "deleted":
      return `The stack ${stack} ${status === "DELETE_COMPLETE" ? "was deleted" : "is being deleted"}`;
    case "not-created":
      return `The stack ${stack} was never created: no change set of it was executed`;
    default:
      return `The stack ${stack} is left in the state ${status}`;
  }
}

/** What CloudFormation allows in the state that the stack is in; the rest it refuses. */
function remediesOf(place: Place, code: string, status: string): readonly Remedy[] {
  const name = quote(place.stack);
  const cloudFormation = (command: string, more = ""): string =>
    aws(place, `cloudformation ${command} --stack-name ${name}${more}`);
  const looking = { changes: false };
  const plan = buildAndDeploy(place);
  const deploying = { variables: plan.variables, advice: plan.advice };
  const deleting = [cloudFormation("delete-stack"), cloudFormation("wait stack-delete-complete")];
  const query = (text: string): string => ` --query ${quote(text)} --output text`;
  if (code === "not-created") {
    const sets = query("Summaries[].[ChangeSetName,ExecutionStatus,CreationTime]");
    return [
      remedy("now", "See which change set waits.", [cloudFormation("list-change-sets", sets)], looking),
      remedy("for-good", "Execute it, or deploy anew.", plan.commands, deploying),
    ];
  }
  if (code === "deleted") {
    const wait = remedy("now", "Wait until it is deleted.", [cloudFormation("wait stack-delete-complete")], looking);
    return [
      ...(status === "DELETE_COMPLETE" ? [] : [wait]),
      remedy("for-good", "Deploy it again, if it is still wanted.", plan.commands, deploying),
    ];
  }
  if (code === "in-progress") {
    const [, what = ""] = /^(CREATE|IMPORT)/.exec(status) ?? [undefined, "update"];
    const wait = cloudFormation(`wait stack-${what.toLowerCase()}-complete`);
    return [remedy("now", "Wait until the deploy is done.", [wait], looking)];
  }
  const failures = query(
    "StackEvents[?contains(ResourceStatus, 'FAILED')].[Timestamp,LogicalResourceId,ResourceStatusReason]",
  );
  const events = [cloudFormation("describe-stack-events", failures)];
  const look = remedy("now", "See what failed; the lowest line came first.", events, looking);
  const again = remedy("for-good", "Correct it and deploy again.", plan.commands, deploying);
  const rolledBack = cloudFormation("wait stack-rollback-complete");
  switch (status) {
    case "UPDATE_ROLLBACK_IN_PROGRESS":
    case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
      return [
        look,
        remedy("now", "Wait: until the roll-back is done no deploy is accepted.", [rolledBack], looking),
        again,
      ];
    case "UPDATE_FAILED": {
      const back = [cloudFormation("rollback-stack"), rolledBack];
      const parts = {
        advice: "To keep what was changed and go on from there, deploy the correction with --disable-rollback instead.",
      };
      return [look, remedy("now", "Roll it back: in this state no usual deploy is accepted.", back, parts), again];
    }
    case "UPDATE_ROLLBACK_FAILED": {
      const parts = {
        advice:
          "It fails again until what stood in its way is mended. --resources-to-skip with the failed ones' names gets it past them; they then differ from the template, and want to be put right before the next deploy.",
      };
      const on = [cloudFormation("continue-update-rollback"), rolledBack];
      return [look, remedy("now", "Let the roll-back go on.", on, parts), again];
    }
    case "DELETE_FAILED":
      return [
        look,
        remedy(
          "for-good",
          "Delete it to the end, once what stood in the way is gone, and deploy anew what is still wanted.",
          [...deleting, ...plan.commands],
          {
            variables: plan.variables,
            advice: sentences("--retain-resources with the failed ones' names leaves them behind.", plan.advice),
          },
        ),
      ];
    case "ROLLBACK_IN_PROGRESS":
    case "ROLLBACK_COMPLETE":
    case "ROLLBACK_FAILED":
    case "CREATE_FAILED": {
      // That wait is for a creation, and ends as failed when the roll-back is over.
      const first =
        status === "ROLLBACK_IN_PROGRESS" ? [`${cloudFormation("wait stack-create-complete")} || true`] : [];
      const title = "Correct it, delete the stack, which never came to be, and create it again.";
      return [look, { ...again, title, commands: [...first, ...deleting, ...plan.commands] }];
    }
    default:
      return [look, again];
  }
}
