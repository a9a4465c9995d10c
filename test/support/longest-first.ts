import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, longest first. Only the order depends on it: a file that is missing here runs with the others. */
const LONGEST = [
  "lab/doctor",
  "packages/imports.lab",
  "lab/policy",
  "lab/gate",
  "lab/init",
  "lab/smoke",
  "cli/gate",
  "lab/triage",
  "source/tail/follow",
  "lab/tail",
  "lab/runtime",
  "lab/front",
  "cli/db-check",
  "cli/completion",
  "cli/triage",
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(path.join("test", `${name}.test.ts`)));
  return at === -1 ? LONGEST.length : at;
};

/**
 * Starts the files that take minutes first, so that no worker is left alone with one at the end. vitest knows how long
 * a file took from its last run only, and after a fresh installation orders by size, which says nothing of it.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = await super.sort(files);
    return known.toSorted((a, b) => rank(a) - rank(b));
  }
}
