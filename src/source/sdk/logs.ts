// What is used of this client, so that a bundler can leave the rest out.
export { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
