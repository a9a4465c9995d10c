// What is used of this client, so that a bundler can leave the rest out.
export { IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
