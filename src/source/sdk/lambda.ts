// What is used of this client, so that a bundler can leave the rest out.
export {
  LambdaClient,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionUrlConfigCommand,
  GetLayerVersionByArnCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListLayerVersionsCommand,
} from "@aws-sdk/client-lambda";
