// Faults that only a change of the functions' own code mends.
import type { Remedy } from "../../core/cause.ts";
import { buildAndDeploy } from "./deploy.ts";
import type { Place } from "./place.ts";
import { remedy } from "./remedies.ts";
import { sentences } from "./text.ts";

/** What to change, and the commands that bring the changed code to the functions. */
export function changeCode(place: Place, what: string): Remedy {
  const plan = buildAndDeploy(place);
  return remedy("for-good", "Change the code, build and deploy.", plan.commands, {
    variables: plan.variables,
    advice: sentences(what, plan.advice),
  });
}
