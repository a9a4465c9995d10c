/** What a triage can be written as. */
export const triageFormats = ["text", "json", "ndjson", "markdown"] as const;
/** How CloudWatch is read: by FilterLogEvents, or by CloudWatch Logs Insights. */
export const triageEngines = ["scan", "insights"] as const;
export type TriageEngine = (typeof triageEngines)[number];
export type TriageFormat = (typeof triageFormats)[number];
