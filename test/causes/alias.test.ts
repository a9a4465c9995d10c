import { expect, test } from "vitest";
import { causes } from "../../src/causes/registry.gen.ts";
import { logged, willFail } from "./builders.ts";
import { diagnosed, each } from "./world.ts";

const names = ["GetCustomerUsage", "GetContractInfo"] as const;
const usual = { DATABASE_URL: "", HMAC_PARAM_NAME: "/cs-copilot/hmac-secret" };
const old = { version: "3", codeSha256: "b2xk" };

test("an alias that leads to the code from before the fix is the cause of what that code fails at", async () => {
  const { diagnoses, unexplained } = await diagnosed(causes, {
    functions: each(names, {
      qualifier: "live",
      configuration: old,
      prediction: willFail("module-missing", "psycopg2"),
      errors: [logged(["module-missing"], "No module named 'psycopg2'", { module: "psycopg2" })],
      answer: { outcome: "function-error", status: 502, shown: "502" },
    }),
  });
  const [first] = diagnoses;
  expect(diagnoses.map(({ cause, confidence, severity }) => [cause, confidence, severity])).toEqual([
    ["alias-version-old", "certain", "error"],
  ]);
  expect(first?.headline).toBe(
    "The API still invokes version 3 of GetCustomerUsage and GetContractInfo (alias live), not what was deployed last",
  );
  expect(first?.summary).toContain("differs from it in code");
  expect(first?.remedies[0]?.commands.join("\n")).toMatch(
    /publish-version --function-name "\$fn" .*\n.*update-alias --function-name "\$fn" --name live --function-version "\$version"/,
  );
  expect(first?.remedies[1]?.title).toContain("AutoPublishAlias: live");
  expect(unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("an alias behind in its settings is told, and mended by the same commands, while everything works", async () => {
  const { diagnoses } = await diagnosed(causes, {
    functions: each(names, {
      qualifier: "live",
      configuration: { version: "3", memoryMb: 128, environment: { ...usual, MODE: "old" } },
    }),
  });
  expect(diagnoses.map(({ cause, severity }) => [cause, severity])).toEqual([["alias-version-old", "warning"]]);
  expect(diagnoses[0]?.summary).toContain("differs from it in limits and the variable MODE:");
});

test("a route that names a version is mended by the template alone, and a fault of both versions is its own cause", async () => {
  const { diagnoses } = await diagnosed(causes, {
    functions: each(names, { qualifier: "3", configuration: old }),
  });
  const commands = diagnoses[0]?.remedies.flatMap((remedy) => remedy.commands).join("\n");
  expect(commands).not.toContain("publish-version");
  expect(diagnoses[0]?.headline).toMatch(/^The API still invokes version 3 of /);
});
