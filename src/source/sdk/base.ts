// What every client is made with.
export { fromNodeProviderChain } from "@aws-sdk/credential-providers";
export { NodeHttpHandler } from "@smithy/node-http-handler";
