import type { LiveContext } from "./context.ts";

/** The names of the log groups that begin so, 50 at most; none where they cannot be listed: they only help a reader. */
export function readLogGroupNames({ aws }: LiveContext): (prefix: string) => Promise<readonly string[]> {
  return async (prefix) => {
    try {
      const { sdk, client } = await aws.logs();
      const { logGroups = [] } = await aws.send("logs:DescribeLogGroups", "logs.groups", (options) =>
        client.send(
          new sdk.DescribeLogGroupsCommand({ limit: 50, ...(prefix === "" ? {} : { logGroupNamePrefix: prefix }) }),
          options,
        ),
      );
      return logGroups.flatMap(({ logGroupName }) => logGroupName ?? []);
    } catch {
      return [];
    }
  };
}
