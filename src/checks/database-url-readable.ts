import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known } from "../core/fact.ts";
import { databaseUrl, databaseUrlAccess, databaseUse } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import {
  denied,
  exampleFunction,
  goodUrl,
  literalUrl,
  noAccessNeeded,
  parameterAccess,
  parameterOrigin,
  secretOrigin,
  settingOf,
  urlToken,
  usesDatabase,
  usesNoDatabase,
} from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { accessFinding } from "./support/setting.ts";

const inParameter = settingOf(parameterOrigin, { found: true, value: urlToken(goodUrl), version: 3 });

export default defineCheck({
  id: "database-url-readable",
  title: "The functions' roles may read the database URL",
  severity: "error",
  why: "A URL that is kept in a parameter or secret is of no use to a function whose role may not read it.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl },
  uses: { access: databaseUrlAccess },
  run({ subject, use, setting, access }) {
    if (!use.uses) return notApplicable(use.because);
    if (setting.origin === undefined) return notApplicable(`${subject.label} has no database URL to read.`);
    if (access.state === "unreadable") return unknownFrom(access);
    if (!access.value.needed) {
      return notApplicable(
        `${subject.label} has its database URL in ${setting.origin.variable} and reads it from nowhere else.`,
      );
    }
    const finding = accessFinding(subject, access.value, "database URL");
    return finding === undefined ? pass : findings([finding]);
  },
  examples: () => ({
    fails: [
      {
        name: "a role that no statement allows to read the parameter",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: inParameter, access: parameterAccess("implicitDeny") },
        codes: ["denied"],
      },
      {
        name: "a role that a statement denies the parameter",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: inParameter, access: parameterAccess("explicitDeny") },
        codes: ["denied"],
      },
      {
        name: "a role that may not read the secret",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(secretOrigin, { found: true, value: urlToken(goodUrl) }),
          access: known({
            needed: true,
            allowed: false,
            action: "secretsmanager:GetSecretValue",
            resource: "arn:aws:secretsmanager:ap-southeast-1:111122223333:secret:cs-copilot/database-??????",
            role: "arn:aws:iam::111122223333:role/service-role/usage-role",
            decision: "implicitDeny",
          }),
        },
        codes: ["denied"],
      },
    ],
    passes: [
      {
        name: "a role that may read the parameter",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: inParameter, access: parameterAccess("allowed") },
      },
      {
        name: "a URL on the function itself",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl(goodUrl), access: noAccessNeeded },
        kind: "not-applicable",
      },
      {
        name: "no URL anywhere",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is not set on GetCustomerUsage." }),
          access: noAccessNeeded,
        },
        kind: "not-applicable",
      },
      {
        name: "a function that uses no database, though its role may not read the URL",
        subject: exampleFunction("GenerateEmail"),
        given: { use: usesNoDatabase, setting: inParameter, access: parameterAccess("implicitDeny") },
        kind: "not-applicable",
      },
      {
        name: "a caller who may not ask what the role may do",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: inParameter,
          access: denied("whether the role of GetCustomerUsage has ssm:GetParameter", "iam:SimulatePrincipalPolicy"),
        },
        kind: "unknown",
      },
    ],
  }),
});
