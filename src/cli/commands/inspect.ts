import { renderInspect, renderInspectJson, type InspectDocument, type InspectedTarget } from "../../report/inspect.ts";
import { exitCodes } from "../exit.ts";
import { casesOf, projectOf, type CaseContext, type InspectCase, type InspectFlags } from "../inspect-cases.ts";
import { judge } from "../inspect-judge.ts";
import type { OpenLive } from "../open-live.ts";
import { listStyle, listTarget, writeList } from "../output.ts";
import { version } from "../program.ts";
import type { Surroundings } from "../surroundings.ts";

/** `cscp inspect`: whether packages and layers will import on Lambda, before or after they are deployed. */
export async function inspect(
  targets: readonly string[],
  flags: InspectFlags,
  surroundings: Surroundings,
): Promise<number> {
  const to = listTarget(flags.output);
  let opened: Promise<OpenLive> | undefined;
  const live = (): Promise<OpenLive> => (opened ??= openSource(flags, surroundings));
  const context: CaseContext = {
    flags,
    surroundings,
    live,
    stackName: async () => stackNameOf(await live()),
    project: await projectOf(flags, surroundings),
  };
  try {
    const cases: InspectCase[] = [];
    for (const target of targets) cases.push(...(await casesOf(target, context)));
    const judged: InspectedTarget[] = [];
    for (const one of cases) judged.push(await judge(one, context));
    const document: InspectDocument = { schemaVersion: 1, tool: { name: "cscp", version }, targets: judged };
    const text =
      to.format === "json" ? renderInspectJson(document) : renderInspect(document, listStyle(to, flags, surroundings));
    await writeList(to, text, surroundings);
    return exitCodeOf(judged);
  } finally {
    (await opened?.catch(() => undefined))?.close();
  }
}

async function openSource(flags: InspectFlags, surroundings: Surroundings): Promise<OpenLive> {
  const { openLive } = await import("../open-live.ts");
  const { limitedTo } = await import("../../facts/permissions.ts");
  const live = await openLive({ ...flags, smoke: false }, surroundings, false);
  return { ...live, source: limitedTo("inspect", live.source) };
}

/** The stack that is given or configured; empty where none is. */
async function stackNameOf({ source }: OpenLive): Promise<string> {
  const { ask } = await import("../../facts/requests/index.ts");
  const { runStart } = await import("../../facts/requests/run.ts");
  const reply = await ask({ ask: (kind, params) => source.ask({ kind, params }) }, runStart, {});
  return reply.status === "ok" ? reply.body.stackName : "";
}

function exitCodeOf(targets: readonly InspectedTarget[]): number {
  if (targets.some(({ verdict }) => verdict === "will-fail")) return exitCodes.findings;
  return targets.some(({ verdict }) => verdict === "unknown") ? exitCodes.incomplete : exitCodes.healthy;
}
