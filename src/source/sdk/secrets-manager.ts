// What is used of this client, so that a bundler can leave the rest out.
export { SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
