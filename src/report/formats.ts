import type { Report } from "../core/report.ts";

export const formats = ["text", "json", "markdown", "junit", "github"] as const;
export type Format = (typeof formats)[number];

export function isFormat(text: string): text is Format {
  return (formats as readonly string[]).includes(text);
}

/** How a text report is laid out; the other formats are the same everywhere. */
interface RenderOptions {
  readonly columns: number;
  readonly colour: boolean;
  readonly verbose: 0 | 1 | 2;
  /** Milliseconds since 1970, for "7 min ago". */
  readonly now?: number;
}

type Renderer = (report: Report, options: RenderOptions) => string;

// A run loads the one format that it writes: none of the others' libraries are read.
const renderers: Readonly<Record<Format, () => Promise<Renderer>>> = {
  text: async () => (await import("./terminal.ts")).renderTerminal,
  json: async () => (await import("./json.ts")).renderJson,
  markdown: async () => (await import("./markdown.ts")).renderMarkdown,
  junit: async () => (await import("./junit.ts")).renderJunit,
  github: async () => (await import("./github.ts")).renderGithub,
};

/** The report in a format. Every text ends with a line break. */
export async function renderReport(format: Format, report: Report, options: RenderOptions): Promise<string> {
  const render = await renderers[format]();
  return render(report, options);
}
