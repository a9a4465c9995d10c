import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { roleName } from "../checks/support/text.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { restart } from "./support/environment.ts";
import { fromErrors } from "./support/errors.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { aws, functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { advice, remedy } from "./support/remedies.ts";
import { forEach, quote } from "./support/shell.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { verb, who } from "./support/text.ts";

const cause = "env-decrypt-failed";

export default defineCause({
  id: cause,
  title: "Lambda cannot decrypt the function's environment",
  explanation:
    "The environment is encrypted with a KMS key that Lambda may not use for this function: the key is disabled or about to be deleted, its policy or the role's lacks kms:Decrypt, or the role was deleted and made again, which leaves the old grant behind.",
  mending: "Enable the key, allow the role kms:Decrypt on it, or write the environment anew.",
  async propose(view) {
    const place = await placeOf(view);
    const groups = groupBy(
      view.of("environment-decryptable"),
      ({ detail }) => `${detail["errorCode"]} ${detail["key"]}`,
    );
    const proven = await Promise.all(
      groups.map(async (group): Promise<Proposal> => {
        const functions = await functionsOf(view, group);
        const [{ detail }] = group;
        const symptoms = await symptomsOf(view, {
          cause,
          stage: "function",
          functions,
          shows: ["secret-access-denied"],
        });
        const explains = distinct(group, symptoms);
        return {
          headline: `Lambda cannot decrypt the environment of ${who(functions)}`,
          summary: `KMS answers ${detail["errorCode"] ?? "with a refusal"}, and the ${verb(functions, "function is", "functions are")} not started.`,
          subjects: functions,
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [...(await remediesOf(view, place, functions, group[0])), verifying(place)],
        };
      }),
    );
    return [
      ...proven,
      ...(await fromErrors(view, {
        cause,
        stage: "function",
        shows: ["secret-access-denied"],
        headline: ({ functions }) => `Lambda or ${who(functions)} may not decrypt with the KMS key`,
        summary: () => "KMS refused to decrypt.",
      })),
    ];
  },
});

async function remediesOf(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  { detail }: Finding,
): Promise<readonly Remedy[]> {
  const configurations = await Promise.all(functions.map((fn) => view.value(functionConfiguration, fn)));
  const key = detail["key"] ?? configurations.find((one) => one?.kmsKeyArn !== undefined)?.kmsKeyArn ?? "<KMS-KEY-ARN>";
  const code = detail["errorCode"] ?? "";
  const afresh = restart(place, functions);
  if (code.includes("Disabled")) {
    return [remedy("now", "Enable the key.", [aws(place, `kms enable-key --key-id ${quote(key)}`), ...afresh])];
  }
  if (code.includes("InvalidState")) {
    return [
      remedy("now", "Keep the key from being deleted, and enable it.", [
        aws(place, `kms cancel-key-deletion --key-id ${quote(key)} --query KeyId --output text`),
        aws(place, `kms enable-key --key-id ${quote(key)}`),
        ...afresh,
      ]),
    ];
  }
  if (code.includes("NotFound")) {
    return [
      advice(
        "now",
        "Write the environment anew under a key that exists.",
        "The key is gone, and with it the values: deploy the stack again with another KmsKeyArn, or without one.",
      ),
    ];
  }
  const roles = [...new Set(configurations.flatMap((one) => (one === undefined ? [] : [roleName(one.role)])))];
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "kms:Decrypt", Resource: key }],
  });
  const line = aws(
    place,
    `iam put-role-policy --role-name "$role" --policy-name cscp-kms-decrypt-environment --policy-document ${quote(document)}`,
  );
  return [
    remedy("now", "Allow the role to decrypt with the key.", [forEach("role", roles, [line]), ...afresh], {
      advice: "The key's own policy must let the account's IAM policies decide, or name the role.",
    }),
  ];
}
