import { scanTerms } from "./scan-terms.ts";

/** Rows that one query returns at most: a page of results holds 10,000, and pages go up to 100,000. */
export const insightsPage = 10_000;
export const insightsRows = 100_000;

const special = /[.*+?^${}()|[\]\\/]/g;

function asExpression(term: string): string {
  return term.replace(special, String.raw`\$&`).replaceAll("\t", String.raw`\t`);
}

const terms = /([?-]?)("(?:[^"\\]|\\.)*"|%[^%]+%|\S+)/g;

/**
 * What CloudWatch's filter pattern lets through, as a filter of Insights, empty for none; undefined where the pattern is of
 * a kind that Insights has nothing like: of JSON fields, of columns, or of terms some of which may and some of which must
 * be there.
 */
export function insightsFilter(pattern: string | undefined): string | undefined {
  const text = pattern?.trim() ?? "";
  if (/^[{[]/.test(text)) return undefined;
  const found = [...text.matchAll(terms)].map(([, sign = "", term = ""]) => ({ sign, like: likeOf(term) }));
  const any = found.filter(({ sign }) => sign === "?");
  if (any.length > 0 && any.length < found.length) return undefined;
  if (any.length > 0) return `| filter ${any.map(({ like }) => like).join(" or ")}`;
  return found.map(({ sign, like }) => `| filter ${sign === "-" ? `not (${like})` : like}`).join("\n");
}

function likeOf(term: string): string {
  const expression = /^%(.+)%$/.exec(term)?.[1]?.replaceAll("/", String.raw`\/`);
  const plain = /^"(.*)"$/s.exec(term)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? term;
  return `@message like /${expression ?? asExpression(plain)}/`;
}

/** A query of CloudWatch Logs Insights for everything that a filter lets through, oldest first. */
export function insightsTailQuery(filter: string, limit: number): string {
  return [
    "fields @timestamp, @ingestionTime, @message, @logStream",
    ...(filter === "" ? [] : [filter]),
    "| sort @timestamp asc",
    `| limit ${limit}`,
  ].join("\n");
}

/**
 * A query of CloudWatch Logs Insights for what `logs triage` counts: the events that hold one of the terms of which every
 * signature's wording has at least one, oldest first. Its text is far below the 10,000 characters that StartQuery takes.
 */
export function insightsQuery(limit: number): string {
  return [
    "fields @timestamp, @message, @logStream, @log",
    `| filter @message like /${scanTerms.map(asExpression).join("|")}/`,
    "| sort @timestamp asc",
    `| limit ${limit}`,
  ].join("\n");
}
