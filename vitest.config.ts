import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/support/longest-first.ts";

// What takes minutes by itself is left to `npm run eval:*`.
const evaluations = ["test/lab/heal.test.ts", "test/lab/denied.test.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**", ...(process.env["CSCP_EVAL"] === undefined ? evaluations : [])],
    testTimeout: 20_000,
    // Half of the time is the lab's, which waits for servers and functions: two files at once fit on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // No test mocks a module or leaves a change in the process: to load all modules again for each file would cost
    // more than most files do.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./test/support/counts-reporter.ts"],
  },
});
