// Faults in front of the functions, which show in what the API answers and nowhere else.
import type { View } from "../../core/cause.ts";
import type { Finding } from "../../core/finding.ts";
import type { ToolRef } from "../../core/subject.ts";
import { apis, type Api, type ApiRoute } from "../../facts/api.ts";
import type { SmokeOutcome } from "../../facts/smoke.ts";

/** A tool that did not answer, with the route that the API has for it. */
export interface ToolFailure {
  readonly finding: Finding;
  readonly tool: ToolRef;
  readonly api: Api | undefined;
  readonly route: ApiRoute | undefined;
}

/** The tools with one of these outcomes. */
export async function toolFailures(view: View, outcomes: readonly SmokeOutcome[]): Promise<readonly ToolFailure[]> {
  const known = (await view.value(apis, null)) ?? [];
  return view
    .of("tools-answer")
    .filter(({ code }) => (outcomes as readonly string[]).includes(code))
    .map((finding) => {
      const tool = finding.subject as ToolRef;
      const api = known.find(({ routes }) => routes.some((route) => serves(route, tool)));
      return { finding, tool, api: api ?? known[0], route: api?.routes.find((route) => serves(route, tool)) };
    });
}

function serves(route: ApiRoute, { method, path }: ToolRef): boolean {
  return route.path === path && (route.method === method || route.method === "ANY");
}
