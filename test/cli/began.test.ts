// When a cause began, over a stack that fails: by what was logged before the run, never by what the run itself brought about.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cscp } from "../lab/cli.ts";
import { crash, fakeStack, type FakeStack } from "./fake-stack.ts";

const moduleMissing =
  "[ERROR] Runtime.ImportModuleError: Unable to import module 'app.handler': No module named 'asyncpg'";
const seconds = 1000;

describe("when a cause began", () => {
  let stack: FakeStack;
  beforeAll(async () => {
    stack = await fakeStack();
  });
  afterAll(() => stack.aws.close());

  /** The text of a run without --since, over a stack that was deployed five minutes ago and fails at every request. */
  async function text(loggedAfter: readonly number[], ...flags: readonly string[]): Promise<string> {
    const deployedAt = Date.now() - 300 * seconds;
    Object.assign(stack.state, {
      deployedAt,
      failing: { ListOrders: { answer: crash, logs: moduleMissing } },
      log: loggedAfter.map((after) => ({ name: "ListOrders", at: deployedAt + after, message: moduleMissing })),
    });
    const { stdout } = await cscp(["doctor", "--stack", "orders", "--api-url", stack.apiUrl, ...flags], stack.env);
    return stdout.replaceAll(/\s+/g, " ");
  }

  it("is told of the first error that users met", async () => {
    expect(await text([42 * seconds, 50 * seconds])).toMatch(/This began 42 s after the deploy of [\d:]+ UTC\./);
    expect(await text([42 * seconds], "--only", "known-errors", "--since", "1h")).toMatch(/This began 42 s after/);
  });

  it("is not told where nobody but the run itself met the error", async () => {
    const said = await text([]);
    expect(said).toContain("No module named 'asyncpg'");
    expect(said).not.toMatch(/This (?:began|was first logged)/);
  });
});
