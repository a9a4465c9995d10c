// Sentences about functions and tools, for headlines and summaries.
import type { Subject } from "../../core/subject.ts";

/** "GetCustomerUsage", "GetCustomerUsage and GetRecentTickets", "GetCustomerUsage and 3 others". */
export function who(subjects: readonly Pick<Subject, "label">[]): string {
  const [first, second] = subjects;
  if (first === undefined) return "The functions";
  if (second === undefined) return first.label;
  return subjects.length === 2
    ? `${first.label} and ${second.label}`
    : `${first.label} and ${subjects.length - 1} others`;
}

/** "The tool generate_email", "The tools generate_email and 2 others": tools' names are no words to begin a sentence with. */
export function theTools(tools: readonly Pick<Subject, "label">[]): string {
  return `The ${tools.length === 1 ? "tool" : "tools"} ${who(tools)}`;
}

/** The verb that fits their number: `one` for one, `many` for several. */
export function verb(subjects: readonly unknown[], one: string, many: string): string {
  return subjects.length === 1 ? one : many;
}

/** Sentences as one text; those that are empty are left out. */
export function sentences(...list: readonly (string | undefined)[]): string {
  return list.filter((sentence) => sentence !== undefined && sentence !== "").join(" ");
}

/** A text as a whole sentence: a full stop at the end and, where a plain word begins it, a capital there. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const whole = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // The name of a package or a file is written as it is: pg8000, _shared/db.py.
  return /^[a-z]+[\s,:]/.test(whole) ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
}

/** What callers see of a handler that cannot be imported. */
export const failsBeforeItsCode =
  "Lambda fails each request before any of the function's own code runs, and API Gateway answers 502.";
