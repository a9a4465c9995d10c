import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// What takes minutes by itself is left to `npm run eval:*`.
const evaluations = ["test/lab/heal.test.ts", "test/lab/denied.test.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**", ...(process.env["CSCP_EVAL"] === undefined ? evaluations : [])],
    testTimeout: 20_000,
    // Half of the time is the lab's, which waits for servers and functions: two files at once fit on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", "./test/support/counts-reporter.ts"],
  },
});
