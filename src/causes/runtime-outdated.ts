import { defineCause, type Proposal } from "../core/cause.ts";
import { buildAndDeploy } from "./support/deploy.ts";
import { groupBy } from "./support/groups.ts";
import { functionsOf, placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "runtime-outdated",
  title: "The functions' runtime is at the end of its support",
  explanation:
    "AWS ends a runtime in two steps: first it gets no more updates, later functions that use it can no longer be updated. They go on running.",
  mending: "Move to a newer runtime, and build the packages and layers with compiled parts for it.",
  async propose(view) {
    const place = await placeOf(view);
    const plan = buildAndDeploy(place);
    const groups = groupBy(view.of("runtime-supported"), ({ code, detail }) => `${code} ${detail["runtime"]}`);
    return Promise.all(
      groups.map(async (group): Promise<Proposal> => {
        const functions = await functionsOf(view, group);
        const [{ code, detail }] = group;
        const {
          runtime = "its runtime",
          deprecated = "",
          updatesBlocked = "",
        } = detail as Readonly<Record<string, string>>;
        return {
          headline: `${who(functions)} ${verb(functions, "runs", "run")} on ${runtime}, ${endingOf(code, deprecated)}`,
          summary: updatesBlocked === "" ? "" : `Functions on ${runtime} can be updated until ${updatesBlocked}.`,
          subjects: functions,
          confidence: "certain",
          because: [],
          explains: group,
          remedies: [
            remedy("for-good", "Set a newer Runtime in the template, build and deploy.", plan.commands, {
              variables: plan.variables,
              advice: sentences(
                "Packages with compiled parts must be fetched for the new version, layers published for it; from Python 3.12 on distutils and others are gone.",
                plan.advice,
              ),
            }),
            verifying(place),
          ],
        };
      }),
    );
  },
});

function endingOf(code: string, deprecated: string): string {
  switch (code) {
    case "blocked":
      return "which can no longer be updated";
    case "deprecated":
      return `which gets no more updates${deprecated === "" ? "" : ` since ${deprecated}`}`;
    default:
      return `whose support ends${deprecated === "" ? " soon" : ` on ${deprecated}`}`;
  }
}
