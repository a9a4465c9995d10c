import { causes } from "../../causes/registry.gen.ts";
import { checks } from "../../checks/registry.gen.ts";
import { renderExplain } from "../../report/explain.ts";
import { didYouMean } from "../did-you-mean.ts";
import { exitCodes, usageError } from "../exit.ts";
import { listStyle, listTarget, writeList } from "../output.ts";
import type { OutputFlags } from "../program.ts";
import type { Surroundings } from "../surroundings.ts";

/** `cscp explain ID`: what a check asks, or what a cause is and how it is mended. */
export async function explain(id: string, flags: OutputFlags, surroundings: Surroundings): Promise<number> {
  const check = checks.find((candidate) => candidate.id === id);
  const cause = causes.find((candidate) => candidate.id === id);
  const entry = check ?? cause;
  if (entry === undefined) {
    const ids = [...checks, ...causes].map((candidate) => candidate.id);
    throw usageError(`There is no check or cause ${id}.`, didYouMean(id, ids) ?? "cscp checks lists them");
  }
  const to = listTarget(flags.output);
  if (to.format === "json") {
    const { id: name, title } = entry;
    const rest =
      check !== undefined
        ? { kind: "check", severity: check.severity, why: check.why }
        : { kind: "cause", explanation: cause?.explanation, mending: cause?.mending };
    await writeList(to, `${JSON.stringify({ id: name, title, ...rest }, null, 2)}\n`, surroundings);
    return exitCodes.healthy;
  }
  await writeList(to, renderExplain(entry, listStyle(to, flags, surroundings)), surroundings);
  return exitCodes.healthy;
}
