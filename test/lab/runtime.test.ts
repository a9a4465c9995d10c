import { describe, expect, it } from "vitest";
import { runImportCases } from "../../scripts/runtime/run.ts";
import { labOrSkip } from "./available.ts";

describe.runIf(await labOrSkip())(
  "what the runtime client prints of a package that cannot be loaded",
  { timeout: 60_000 },
  () => {
    // Drivers and a server take longer: npm run eval:runtime.
    it("is told by its cause", async () => {
      const results = await runImportCases();
      expect(results.length).toBeGreaterThan(12);
      for (const { name, right, said, text } of results)
        expect(right, `${name}: said ${said.join(", ")} of\n${text}`).toBe("first");
    });
  },
);
