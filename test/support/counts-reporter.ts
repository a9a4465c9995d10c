import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line of counts, for whoever reads the output by machine. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") counts[state] += 1;
      }
    }
    console.log(`\ncscp: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
