/** The formats of `cscp logs tail`. */
export const tailFormats = ["text", "ndjson", "raw"] as const;
export type TailFormat = (typeof tailFormats)[number];
