import type { CheckId } from "./check-ids.gen.ts";
import type { Denial } from "./fact.ts";
import type { Incomplete } from "./report.ts";
import type { Subject } from "./subject.ts";

/** What is asked beside what the checks cannot do without, and which checks know less without it. */
const besides: Readonly<Record<string, { readonly what: string; readonly checks: readonly CheckId[] }>> = {
  "sts.identity": { what: "who the caller is", checks: ["layers-exist", "layers-newest"] },
  "cfn.events": { what: "the events of the last deploy", checks: ["stack-settled"] },
  "cfn.template": { what: "the template as it was deployed", checks: ["deploy-keeps-database-url"] },
};

/** Another account's layer, which is not the caller's to read: the checks note it where it matters. */
function isForeign({ params }: Denial, account: string | undefined): boolean {
  const arn = params["arn"] ?? params["layerArn"];
  const owner = typeof arn === "string" ? /^arn:[^:]+:lambda:[^:]*:(\d+):layer:/.exec(arn)?.[1] : undefined;
  return account !== undefined && owner !== undefined && owner !== account;
}

/**
 * A gap for each action that was denied and that no other gap names: a run that was kept from looking has not seen
 * everything, even where a check made do without.
 */
export function unnamedDenials(
  denials: readonly Denial[],
  named: readonly Pick<Incomplete, "action">[],
  stack: Subject,
  account: string | undefined,
): readonly Incomplete[] {
  const known = new Set(named.map(({ action }) => action));
  const byAction = new Map<string, Incomplete>();
  for (const denial of denials) {
    const { kind, action, message } = denial;
    if (isForeign(denial, account)) continue;
    if (known.has(action) || byAction.has(action)) continue;
    const { what, checks } = besides[kind] ?? { what: `what ${action} tells`, checks: [] };
    byAction.set(action, { what, message, reason: "denied", action, checks, subjects: [stack] });
  }
  return [...byAction.values()];
}
