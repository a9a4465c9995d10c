import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What takes longest begins first, what waits much beside what computes much. Only the order depends on it: a file that
 * is missing here runs with the others.
 */
const LONGEST = [
  "lab/doctor",
  "packages/imports.lab",
  "cli/gate",
  "lab/policy",
  "source/tail/follow",
  "lab/gate",
  "lab/smoke",
  "lab/init",
  "lab/triage",
  "lab/tail",
  "lab/front",
  "lab/runtime",
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
