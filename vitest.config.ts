import { defineConfig } from "vitest/config";

// What takes minutes by itself is left to `npm run eval:*`.
const evaluations = ["test/lab/heal.test.ts", "test/lab/denied.test.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**", ...(process.env["CSCP_EVAL"] === undefined ? evaluations : [])],
    testTimeout: 20_000,
    reporters: ["default", "./test/support/counts-reporter.ts"],
  },
});
