import type { Report } from "../core/report.ts";
import { documentOf } from "./document.ts";
import { visibleJson } from "../core/visible.ts";

/**
 * The report as one JSON document, as `schemas/report.schema.json` describes it: two spaces of indentation, keys always
 * in the same order, characters that act on a terminal written as JSON escapes. Ends with a line break.
 */
export function renderJson(report: Report): string {
  return `${visibleJson(JSON.stringify(documentOf(report), null, 2))}\n`;
}
