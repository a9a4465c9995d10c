import { subjectFact } from "../core/fact.ts";
import type { ToolRef } from "../core/subject.ts";

/** Whether the policy of the function behind a route lets the API invoke it. */
export interface InvokePermission {
  readonly allowed: boolean;
  /** The route, as the policy would have to name it: arn:aws:execute-api:<region>:<account>:<api>/<stage>/POST/usage. */
  readonly source: string;
  /** What the policy says instead, a line for each of its statements; empty where the function has no policy. */
  readonly statements: readonly string[];
}

export const invokePermission = subjectFact<ToolRef, InvokePermission>("invokePermission");

export interface PolicyStatement {
  readonly effect: string;
  readonly principal: string;
  readonly actions: readonly string[];
  /** Several stand in one text, with commas between them. */
  readonly sourceArn?: string | undefined;
}

/** Whether a function's resource policy lets API Gateway invoke it for a source, as IAM would decide it. */
export function mayInvoke(statements: readonly PolicyStatement[], source: string): boolean {
  const fits = statements.filter((statement) => concerns(statement, source));
  return fits.some(({ effect }) => effect === "Allow") && !fits.some(({ effect }) => effect === "Deny");
}

function concerns({ principal, actions, sourceArn }: PolicyStatement, source: string): boolean {
  const principals = principal.split(",").map((one) => one.trim());
  const patterns = sourceArn?.split(",").map((one) => one.trim());
  return (
    principals.some((one) => one === "*" || one === "apigateway.amazonaws.com") &&
    actions.some((action) => like(action.toLowerCase(), "lambda:invokefunction")) &&
    (patterns === undefined || patterns.some((pattern) => like(pattern, source)))
  );
}

/** IAM's wildcards: `*` for any characters, `?` for one. */
function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}
