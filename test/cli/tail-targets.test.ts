import { describe, expect, it } from "vitest";
import { findTargets, type TailAsked } from "../../src/cli/tail-targets.ts";
import type { TailReader } from "../../src/source/tail/reader.ts";

const arn = (account: string, name: string): string => `arn:aws:logs:eu-west-1:${account}:log-group:${name}`;
const reader = {
  aws: { region: "eu-west-1" },
  callerIdentity: () => Promise.resolve({ status: "ok", body: { account: "111122223333" } }),
  lambdaFunction: ({ name }: { readonly name: string }) =>
    Promise.resolve({
      status: "ok",
      body: {
        exists: true,
        name,
        logGroup: `/aws/lambda/${name}`,
        arn: `arn:aws:lambda:eu-west-1:111122223333:function:${name}`,
      },
    }),
} as unknown as TailReader;

const followed = async (asked: Partial<TailAsked>, live = false): Promise<readonly string[]> => {
  const targets = await findTargets(reader, { stack: "", functions: [], logGroups: [], ...asked }, live);
  return targets.targets().map(({ group }) => group);
};

describe("the groups of a tail", () => {
  it.each([true, false])("are each followed once, also where one is named by its name and by its ARN", async (live) => {
    const own = arn("111122223333", "/ecs/api");
    expect(await followed({ logGroups: ["/ecs/api", own] }, live)).toEqual(["/ecs/api"]);
    expect(await followed({ logGroups: [own, "/ecs/api", own] }, live)).toEqual(["/ecs/api"]);
  });

  it("are two where the same name is in two accounts", async () => {
    const other = arn("444455556666", "/ecs/api");
    expect(await followed({ logGroups: ["/ecs/api", other] })).toEqual(["/ecs/api", other]);
  });

  it("are one where a function's own group is named as well", async () => {
    const own = arn("111122223333", "/aws/lambda/a");
    expect(await followed({ functions: ["a", "b"], logGroups: [own] })).toEqual([own, "/aws/lambda/b"]);
    expect(await followed({ functions: ["a"], logGroups: ["/aws/lambda/a"] })).toEqual(["/aws/lambda/a"]);
  });
});
