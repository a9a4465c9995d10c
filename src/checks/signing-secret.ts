import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known, type Fact, type Known } from "../core/fact.ts";
import {
  signingSecret,
  signingSecretAccess,
  type ResolvedValue,
  type RoleAccess,
  type Setting,
} from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { denied, exampleConfiguration, exampleFunction, exampleToken, noAccessNeeded } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { accessFinding, presenceOf, setVariable } from "./support/setting.ts";

const origin = { kind: "ssm", variable: "HMAC_PARAM_NAME", name: "/cs-copilot/hmac-secret" } as const;
const viaParameter = exampleConfiguration({ environment: { HMAC_SECRET: "", HMAC_PARAM_NAME: origin.name } });
const key = exampleToken("key");

export default defineCheck({
  id: "signing-secret",
  title: "Functions have the secret that they check signatures with",
  severity: "error",
  why: "Without its secret a function refuses every request, and what it answers reads as if the caller were at fault.",
  subjects: functions,
  requires: { setting: signingSecret, configuration: functionConfiguration },
  uses: { access: signingSecretAccess },
  run({ subject, setting, configuration, access }) {
    if (setting.origin === undefined && setVariable(setting, configuration.environment) === undefined) {
      return notApplicable(`${subject.label} has no variable for a signing secret.`);
    }
    const presence = presenceOf(subject, setting, configuration.environment, "signing secret");
    const refused = access.state === "known" ? accessFinding(subject, access.value, "signing secret") : undefined;
    const found = [
      ...(presence.state === "absent" ? [presence.finding] : []),
      ...(refused === undefined ? [] : [refused]),
    ];
    if (found.length > 0) return findings(found);
    const gaps = [
      ...(presence.state === "unreadable" ? [presence.fact] : []),
      ...(access.state === "unreadable" ? [access] : []),
    ];
    return gaps.length > 0 ? unknownFrom(...gaps) : pass;
  },
  examples: () => ({
    fails: [
      {
        name: "a secret that is blank, with no parameter in its place",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(undefined, { found: false, reason: "HMAC_SECRET is empty on GetCustomerUsage." }),
          configuration: exampleConfiguration({ environment: { HMAC_SECRET: "" } }),
          access: noAccessNeeded,
        },
        codes: ["empty"],
      },
      {
        name: "a parameter that does not exist",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, { found: false, reason: "There is no parameter /cs-copilot/hmac-secret." }),
          configuration: viaParameter,
          access: exampleAccess("allowed"),
        },
        codes: ["parameter-missing"],
      },
      {
        name: "a parameter that is blank and that the role may not read",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, { found: true, value: exampleToken("key", { length: 1, blank: true }) }),
          configuration: viaParameter,
          access: exampleAccess("implicitDeny"),
        },
        codes: ["parameter-empty", "denied"],
      },
      {
        name: "a name without a leading slash, which the policy's ARN swallowed",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, { found: true, value: key }),
          configuration: viaParameter,
          access: exampleAccess("implicitDeny"),
        },
        codes: ["denied"],
      },
      {
        name: "a role that may not read what the caller may not read either",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, denied("the SSM parameter /cs-copilot/hmac-secret", "ssm:GetParameter")),
          configuration: viaParameter,
          access: exampleAccess("explicitDeny"),
        },
        codes: ["denied"],
      },
      {
        name: "a secret of Secrets Manager that does not exist",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(
            { kind: "secrets-manager", variable: "HMAC_SECRET_ARN", id: "cs-copilot/hmac" },
            { found: false, reason: "There is no secret cs-copilot/hmac." },
          ),
          configuration: exampleConfiguration({ environment: { HMAC_SECRET_ARN: "cs-copilot/hmac" } }),
          access: noAccessNeeded,
        },
        codes: ["secret-missing"],
      },
    ],
    passes: [
      {
        name: "a secret in a parameter that the role may read",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, { found: true, value: key }),
          configuration: viaParameter,
          access: exampleAccess("allowed"),
        },
      },
      {
        name: "a secret on the function itself",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting({ kind: "literal", variable: "HMAC_SECRET" }, { found: true, value: key }),
          configuration: exampleConfiguration({ environment: { HMAC_SECRET: key } }),
          access: noAccessNeeded,
        },
      },
      {
        name: "a function that checks no signatures",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(undefined, { found: false, reason: "HMAC_SECRET is not set on GetCustomerUsage." }),
          configuration: exampleConfiguration(),
          access: noAccessNeeded,
        },
        kind: "not-applicable",
      },
      {
        name: "a caller who may read neither the parameter nor the role",
        subject: exampleFunction(),
        given: {
          setting: exampleSetting(origin, denied("the SSM parameter /cs-copilot/hmac-secret", "ssm:GetParameter")),
          configuration: viaParameter,
          access: denied("whether the role of GetCustomerUsage has ssm:GetParameter", "iam:SimulatePrincipalPolicy"),
        },
        kind: "unknown",
      },
    ],
  }),
});

function exampleSetting(from: Setting["origin"], value: ResolvedValue | Fact<ResolvedValue>): Setting {
  const fact = "state" in value ? value : known(value);
  return { looked: ["HMAC_SECRET", "SIGNING_SECRET"], ...(from === undefined ? {} : { origin: from }), value: fact };
}

function exampleAccess(decision: "allowed" | "implicitDeny" | "explicitDeny"): Known<RoleAccess> {
  const resource = "arn:aws:ssm:ap-southeast-1:111122223333:parameter/cs-copilot/hmac-secret";
  const { role } = exampleConfiguration();
  const allowed = decision === "allowed";
  return known({ needed: true, allowed, action: "ssm:GetParameter", resource, role, decision });
}
