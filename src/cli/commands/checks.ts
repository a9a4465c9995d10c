import { causes } from "../../causes/registry.gen.ts";
import { checks } from "../../checks/registry.gen.ts";
import { renderList } from "../../report/explain.ts";
import { exitCodes } from "../exit.ts";
import { listStyle, listTarget, writeList } from "../output.ts";
import type { OutputFlags } from "../program.ts";
import type { Surroundings } from "../surroundings.ts";

/** `cscp checks`: every check and every cause. */
export async function listChecks(flags: OutputFlags, surroundings: Surroundings): Promise<number> {
  const to = listTarget(flags.output);
  if (to.format === "json") {
    const document = {
      checks: checks.map(({ id, title, severity, why }) => ({ id, title, severity, why })),
      causes: causes.map(({ id, title, explanation, mending }) => ({ id, title, explanation, mending })),
    };
    await writeList(to, `${JSON.stringify(document, null, 2)}\n`, surroundings);
    return exitCodes.healthy;
  }
  await writeList(to, renderList(checks, causes, listStyle(to, flags, surroundings)), surroundings);
  return exitCodes.healthy;
}
