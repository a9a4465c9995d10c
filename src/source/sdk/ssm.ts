// What is used of this client, so that a bundler can leave the rest out.
export { SSMClient, GetParameterCommand } from "@aws-sdk/client-ssm";
