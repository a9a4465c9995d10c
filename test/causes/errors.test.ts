// Every cause that logs may name is named by them, and by nothing else in an otherwise healthy stack.
import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import { causeFiles, loadCauses } from "./all.ts";
import { logged, toolFailure } from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, type World } from "./world.ts";

const causes = await loadCauses();

/** What no log line tells: it follows from the configuration, the stack, or what the API answers. */
const notLogged = new Set([
  "alias-version-old",
  "api-access-denied",
  "api-route-missing",
  "cold-start-slow",
  "databases-differ",
  "alias-version-old",
  "function-not-active",
  "intermittent-failure",
  "layer-version-old",
  "other",
  "runtime-outdated",
  "seed-data-missing",
  "signature-unchecked",
  "stack-failed",
]);
const loggable = causeFiles.filter((id) => !notLogged.has(id)) as readonly CauseId[];

describe("a cause that one function logged", () => {
  test.each(loggable)("%s is suggested, never certain, and explains the log", async (cause) => {
    const world: World = {
      functions: { GetCustomerUsage: { errors: [logged([cause], "It failed.", { module: "m" })] } },
    };
    const { diagnoses, unexplained } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => one.cause)).toEqual([cause]);
    const [diagnosis] = diagnoses;
    if (diagnosis === undefined) throw new Error("There is no diagnosis.");
    expectPresentable(diagnosis);
    expect(diagnosis.confidence).not.toBe("certain");
    expect(diagnosis.headline).toContain("GetCustomerUsage");
    expect(unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test.each(loggable)("%s stays possible, with what would decide, where the log fits others", async (cause) => {
    const other: CauseId = cause === "auth-failed" ? "schema-missing" : "auth-failed";
    const world: World = { functions: { GetCustomerUsage: { errors: [logged([cause, other], "It failed.")] } } };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([[cause, "possible"]]);
    expect(diagnoses[0]?.decides).toBeTruthy();
  });
});

describe("a cause that was logged for a failed request", () => {
  test("takes the answer, where no function logged it before", async () => {
    const error = logged(["statement-timeout"], "canceling statement due to statement timeout");
    const world: World = {
      functions: { GetContractInfo: { answer: { ...toolFailure("QueryCanceled"), errors: [error] } } },
    };
    const { diagnoses, unexplained } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([["statement-timeout", "likely"]]);
    expect(diagnoses[0]?.explains.map(({ subject }) => subject.id)).toEqual(["get_contract_info"]);
    expect(unexplained.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("of several functions is one diagnosis", async () => {
    const error = logged(["serialization-error"], "Object of type date is not JSON serializable", { type: "date" });
    const world: World = {
      functions: {
        GetContractInfo: { errors: [error], answer: { ...toolFailure("TypeError"), errors: [error] } },
        CalculateHealth: { errors: [error], answer: { ...toolFailure("TypeError"), errors: [error] } },
      },
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map(({ headline }) => headline)).toEqual([
      "GetContractInfo and CalculateHealth cannot write a value of the type date as JSON",
    ]);
    expect(diagnoses[0]?.explains).toHaveLength(4);
  });
});

describe("what the log says decides how a cause speaks", () => {
  async function first(cause: CauseId, captures: Readonly<Record<string, string>>) {
    const world: World = { functions: { GetCustomerUsage: { errors: [logged([cause], "It failed.", captures)] } } };
    const [diagnosis] = (await diagnosed(causes, world)).diagnoses;
    if (diagnosis === undefined) throw new Error("There is no diagnosis.");
    expectPresentable(diagnosis);
    const commands = diagnosis.remedies.flatMap((each) => each.commands).join("\n");
    return { text: `${diagnosis.headline} ${diagnosis.summary}`, commands };
  }

  test("a full /tmp is no quota of calls", async () => {
    const { text, commands } = await first("quota-exceeded", { disk: "ENOSPC" });
    expect(text).toContain("/tmp");
    expect(commands).toContain("--ephemeral-storage Size=1024");
    expect(commands).not.toContain("get-account-settings");
  });

  test.each([
    [{ handles: "EMFILE" }, "1,024"],
    [{ size: "payload size" }, "6 MB"],
    [{ plan: "Disk quota" }, "database's plan"],
  ])("%j is told for what it is", async (captures, says) => {
    const { text, commands } = await first("quota-exceeded", captures);
    expect(text).toContain(says);
    expect(commands).not.toContain("get-account-settings");
  });

  test("a server that is starting up does listen", async () => {
    const { text, commands } = await first("connection-refused", { state: "starting up" });
    expect(text).toContain("starting up");
    expect(text).not.toContain("nothing listens");
    expect(commands).not.toContain("start-db");
  });
});
