import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { ACCOUNT, type Clients } from "./emulator.ts";
import type { Credentials } from "./sigv4.ts";

/** Makes an IAM user with one inline policy and a key, which the emulator then holds to that policy. */
export async function makeUser(clients: Clients, name: string, policy: unknown): Promise<Credentials> {
  const { iam } = clients;
  await iam.send(new CreateUserCommand({ UserName: name }));
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

/** A policy that allows everything. */
export const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/**
 * The ARN of the user who owns the key when that user's policies do not allow the action; undefined when they do.
 * For calls that the lab answers itself, past the emulator's own enforcement. Keys of no user belong to the root.
 */
export async function refusedUser(
  clients: Clients,
  accessKeyId: string,
  action: string,
  resource: string,
): Promise<string | undefined> {
  const found = await clients.iam
    .send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }))
    .catch(() => undefined);
  if (found?.UserName === undefined) return undefined;
  const user = `arn:aws:iam::${ACCOUNT}:user/${found.UserName}`;
  const { EvaluationResults } = await clients.iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: user,
      ActionNames: [action],
      ResourceArns: [resource],
    }),
  );
  return EvaluationResults?.[0]?.EvalDecision === "allowed" ? undefined : user;
}
