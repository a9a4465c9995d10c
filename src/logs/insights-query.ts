import { scanTerms } from "./scan-terms.ts";

/** Rows that one query returns at most: a page of results holds 10,000, and pages go up to 100,000. */
export const insightsPage = 10_000;
export const insightsRows = 100_000;

const special = /[.*+?^${}()|[\]\\/]/g;

function asExpression(term: string): string {
  return term.replace(special, String.raw`\$&`).replaceAll("\t", String.raw`\t`);
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
