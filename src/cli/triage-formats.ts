/** What a triage can be written as. */
export const triageFormats = ["text", "json", "ndjson", "markdown"] as const;
export type TriageFormat = (typeof triageFormats)[number];
