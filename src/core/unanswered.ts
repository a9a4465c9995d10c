import type { CheckId } from "./check-ids.gen.ts";
import type { Unanswered } from "./fact.ts";
import type { Incomplete } from "./report.ts";
import type { Subject } from "./subject.ts";

/** What is asked beside what the checks cannot do without, and which checks know less without it. */
const besides: Readonly<
  Record<string, { readonly what: (params: Unanswered["params"]) => string; readonly checks: readonly CheckId[] }>
> = {
  "sts.identity": { what: () => "who the caller is", checks: ["layers-exist", "layers-newest"] },
  "cfn.events": { what: () => "the events of the last deploy", checks: ["stack-settled"] },
  "cfn.template": { what: () => "the template as it was deployed", checks: ["deploy-keeps-database-url"] },
  "lambda.url": { what: ({ name }) => `the URL of the function ${String(name)}`, checks: ["tools-answer"] },
  "lambda.policy": {
    what: ({ name, qualifier }) =>
      `whether the policy of ${String(name)}${qualifier === undefined ? "" : `:${String(qualifier)}`} lets the API invoke it`,
    checks: ["tools-answer"],
  },
  "lambda.alias": {
    what: ({ name, alias }) => `where the alias ${String(alias)} of ${String(name)} leads`,
    checks: ["alias-newest"],
  },
  "ec2.subnets": { what: () => "the subnets of the functions in a VPC", checks: ["database-reachable"] },
  "ec2.route-tables": { what: () => "the routes of the functions' VPC", checks: ["database-reachable"] },
  "ec2.security-groups": {
    what: () => "the security groups between the functions and their database",
    checks: ["database-reachable"],
  },
  "ec2.network-interfaces": {
    what: () => "the database's own place in the VPC",
    checks: ["database-reachable"],
  },
};

/** Another account's layer, which is not the caller's to read: the checks note it where it matters. */
function isForeign({ params }: Unanswered, account: string | undefined): boolean {
  const arn = params["arn"] ?? params["layerArn"];
  const owner = typeof arn === "string" ? /^arn:[^:]+:lambda:[^:]*:(\d+):layer:/.exec(arn)?.[1] : undefined;
  return account !== undefined && owner !== undefined && owner !== account;
}

/**
 * A gap for each action that was denied and that no other gap names, and for what failed beside what the checks require:
 * a run that was kept from looking has not seen everything, even where a check made do without.
 */
export function unnamedGaps(
  unanswered: readonly Unanswered[],
  named: readonly Pick<Incomplete, "action" | "what">[],
  stack: Subject,
  account: string | undefined,
): readonly Incomplete[] {
  const known = new Set(named.flatMap(({ action, what }) => [action, what]));
  const gaps = new Map<string, Incomplete>();
  for (const request of unanswered) {
    const { kind, params, message, action } = request;
    const beside = besides[kind];
    if (isForeign(request, account)) continue;
    if (action === undefined ? beside === undefined : known.has(action)) continue;
    const what = beside?.what(params) ?? `what ${action} tells`;
    if (known.has(what)) continue;
    const gap = { what, message, checks: beside?.checks ?? [], subjects: [stack] };
    gaps.set(`${what} ${action}`, {
      ...gap,
      ...(action === undefined ? { reason: "failed" } : { reason: "denied", action }),
    });
  }
  return [...gaps.values()];
}
