// Raising a function's time and memory.
import type { Remedy, View } from "../../core/cause.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { buildAndDeploy } from "./deploy.ts";
import { groupBy } from "./groups.ts";
import { aws, configured, type Place } from "./place.ts";
import { eachFunction, remedy } from "./remedies.ts";
import { sentences } from "./text.ts";

/** Seconds after which API Gateway gives up on a function: its documented limit is 29 s for REST APIs, 30 s for HTTP APIs. */
const gatewaySeconds = 29;
/** Largest memory of a function in MB. */
const mostMemory = 10_240;

/** Doubles the time that functions have, as far as API Gateway waits. */
export async function moreTime(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  text: string,
): Promise<readonly Remedy[]> {
  const list = await configured(view, functions);
  const groups = groupBy(list, ({ configuration }) =>
    String(Math.min(gatewaySeconds, Math.max(10, configuration.timeoutSeconds * 2))),
  );
  const raised = groups.filter(([{ configuration }]) => configuration.timeoutSeconds < gatewaySeconds);
  const commands = raised.flatMap((group) => {
    const seconds = Math.min(gatewaySeconds, Math.max(10, group[0].configuration.timeoutSeconds * 2));
    const line = `lambda update-function-configuration --function-name "$fn" --timeout ${seconds} --query LastUpdateStatus --output text`;
    return eachFunction(
      place,
      group.map(({ fn }) => fn),
      aws(place, line),
    );
  });
  return remedies(
    place,
    commands,
    "Give the functions more time.",
    `Timeout in the template must say the same. ${text}`,
  );
}

/** Doubles the memory that functions have, which also gives them more of a processor. */
export async function moreMemory(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
): Promise<readonly Remedy[]> {
  const list = await configured(view, functions);
  const commands = groupBy(list, ({ configuration }) => String(configuration.memoryMb)).flatMap((group) => {
    const memory = Math.min(mostMemory, group[0].configuration.memoryMb * 2);
    const line = `lambda update-function-configuration --function-name "$fn" --memory-size ${memory} --query LastUpdateStatus --output text`;
    return eachFunction(
      place,
      group.map(({ fn }) => fn),
      aws(place, line),
    );
  });
  return remedies(place, commands, "Give the functions more memory.", "MemorySize in the template must say the same.");
}

function remedies(place: Place, commands: readonly string[], title: string, text: string): readonly Remedy[] {
  const plan = buildAndDeploy(place);
  return [
    ...(commands.length === 0 ? [] : [remedy("now", title, commands)]),
    remedy("for-good", "Write it into the template, build and deploy.", plan.commands, {
      variables: plan.variables,
      advice: sentences(text, plan.advice),
    }),
  ];
}
