import { causes } from "../../causes/registry.gen.ts";
import { checks } from "../../checks/registry.gen.ts";
import { renderList } from "../../report/explain.ts";
import { exitCodes } from "../exit.ts";
import { listTarget } from "../output.ts";
import type { OutputFlags } from "../program.ts";
import { wantsColour, type Surroundings } from "../surroundings.ts";

/** `cscp checks`: every check and every cause. */
export async function listChecks(flags: OutputFlags, surroundings: Surroundings): Promise<number> {
  if (listTarget(flags.output) === "json") {
    const document = {
      checks: checks.map(({ id, title, severity, why }) => ({ id, title, severity, why })),
      causes: causes.map(({ id, title, explanation, mending }) => ({ id, title, explanation, mending })),
    };
    await surroundings.out(`${JSON.stringify(document, null, 2)}\n`);
    return exitCodes.healthy;
  }
  const colour = wantsColour(surroundings, surroundings.stdoutIsTerminal, flags.color);
  await surroundings.out(renderList(checks, causes, { colour, columns: surroundings.columns }));
  return exitCodes.healthy;
}
