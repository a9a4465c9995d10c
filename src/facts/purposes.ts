/** What cscp is run for; each takes other permissions. */
export const purposes = ["doctor", "smoke", "tail", "capture", "triage", "inspect", "db", "init"] as const;
export type Purpose = (typeof purposes)[number];
