// What is used of this client, so that a bundler can leave the rest out.
export {
  APIGatewayClient,
  GetResourcesCommand,
  GetRestApiCommand,
  GetStagesCommand,
} from "@aws-sdk/client-api-gateway";
