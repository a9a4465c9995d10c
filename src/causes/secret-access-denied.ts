import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import { roleName } from "../checks/support/text.ts";
import { functionConfiguration } from "../facts/functions.ts";
import { restart } from "./support/environment.ts";
import { fromErrors } from "./support/errors.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { aws, functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { forEach, placeholder, quote } from "./support/shell.ts";
import { hiddenRemark, type Stage } from "./support/stages.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";
import type { FunctionRef } from "../core/subject.ts";

const cause = "secret-access-denied";

export default defineCause({
  id: cause,
  title: "The functions' role may not read a parameter or secret",
  explanation:
    "The functions read their database URL or signing key with their own role, and no statement of it allows that for this parameter or secret (or one denies it). A parameter's name without a leading slash breaks ARNs that are put together from it without a word.",
  mending:
    "Allow ssm:GetParameter or secretsmanager:GetSecretValue on that very resource, and kms:Decrypt where a key of your own encrypts it.",
  async propose(view) {
    const place = await placeOf(view);
    return [
      ...(await proposals(view, place, view.of("database-url-readable", "denied"), "database URL", "setting")),
      ...(await proposals(view, place, view.of("signing-secret", "denied"), "signing key", "signature")),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        by: "action",
        headline: ({ functions, captures }) =>
          `${who(functions)} ${verb(functions, "is", "are")} refused ${captures["action"] ?? "a parameter or secret"}`,
        summary: () =>
          "The role of the function lacks the right to read what it asks for, or it has no credentials at all.",
        remedies: async ({ functions, captures }) => [
          await policyRemedy(view, place, functions, captures["action"] ?? "<ACTION>", "<RESOURCE-ARN>"),
          verifying(place),
        ],
      })),
    ];
  },
});

function proposals(
  view: View,
  place: Place,
  found: readonly Finding[],
  noun: string,
  stage: Stage,
): Promise<readonly Proposal[]> {
  const groups = groupBy(found, ({ detail }) => [detail["action"], detail["resource"], detail["decision"]].join(" "));
  return Promise.all(
    groups.map(async (group): Promise<Proposal> => {
      const functions = await functionsOf(view, group);
      const symptoms = await symptomsOf(view, { cause, stage, functions, shows: ["env-decrypt-failed"] });
      const explains = distinct(group, symptoms);
      const { action = "", resource = "", decision = "" } = group[0].detail as Readonly<Record<string, string>>;
      const ids = functions.map(({ id }) => id);
      const isDenied = decision === "explicitDeny";
      const name = resource
        .split(":")
        .slice(5)
        .join(":")
        .replace(/^(parameter|secret:)/, "");
      return {
        headline: `The ${verb(functions, "role", "roles")} of ${who(functions)} may not read ${name}, which holds the ${noun}`,
        summary: sentences(
          isDenied
            ? `A statement denies ${action} on it, which no other statement can outweigh.`
            : `No statement of the ${verb(functions, "role", "roles")} allows ${action} on it.`,
          await hiddenRemark(view, ids, stage),
        ),
        subjects: functions,
        confidence: "certain",
        because: proof([], explains),
        explains,
        remedies: [
          isDenied
            ? remedy("now", "Take back the denial.", denials(place, group), {
                changes: false,
                advice:
                  "These list what the roles have; remove the statement with Deny, or narrow its resource or condition.",
              })
            : await policyRemedy(view, place, functions, action, resource),
          remedy("for-good", "Write the same into the template, under Policies of the functions.", [], {
            advice: `A statement with Action ${action} and Resource ${resource}. Where the ARN is put together from a parameter's name, that name must begin with a slash.`,
          }),
          verifying(place),
        ],
      };
    }),
  );
}

/** Adds one inline policy to each role; what the role has stays. */
async function policyRemedy(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  action: string,
  resource: string,
): Promise<Remedy> {
  const roles = await rolesOf(view, functions);
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  });
  // One policy for each resource: a second one of the same name would replace the first.
  const policy = `cscp-${action}-${resource.split(":").slice(5).join("-")}`
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .slice(0, 120);
  const line = aws(
    place,
    `iam put-role-policy --role-name "$role" --policy-name ${quote(policy)} --policy-document ${quote(document)}`,
  );
  return remedy(
    "now",
    "Allow it, and start the functions afresh.",
    [
      forEach("role", roles.length === 0 ? [placeholder("role-name").slice(1, -1)] : roles, [line]),
      ...restart(place, functions),
    ],
    {
      advice:
        "IAM takes some seconds to apply it. A parameter or secret that a key of your own encrypts also takes kms:Decrypt on that key.",
    },
  );
}

async function rolesOf(view: View, functions: readonly FunctionRef[]): Promise<readonly string[]> {
  const configurations = await Promise.all(functions.map((fn) => view.value(functionConfiguration, fn)));
  return [...new Set(configurations.flatMap((one) => (one === undefined ? [] : [roleName(one.role)])))];
}

function denials(place: Place, group: readonly Finding[]): readonly string[] {
  const roles = [...new Set(group.map(({ detail }) => roleName(detail["role"] ?? "")))];
  return [
    forEach("role", roles, [
      aws(place, 'iam list-role-policies --role-name "$role"'),
      aws(place, 'iam list-attached-role-policies --role-name "$role"'),
    ]),
  ];
}
