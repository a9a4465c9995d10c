import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { databaseUrl, databaseUse } from "../facts/database.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import {
  denied,
  exampleConfiguration,
  exampleFunction,
  exampleToken,
  goodUrl,
  literalUrl,
  parameterOrigin,
  secretOrigin,
  settingOf,
  settingWith,
  urlToken,
  usesDatabase,
  usesNoDatabase,
} from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { presenceOf } from "./support/setting.ts";

const viaParameter = exampleConfiguration({
  environment: {
    DATABASE_URL: "",
    DATABASE_URL_PARAM_NAME: parameterOrigin.name,
    DATABASE_URL_PARAM_VERSION: parameterOrigin.version,
  },
});
const viaSecret = exampleConfiguration({ environment: { DATABASE_URL_SECRET_ARN: secretOrigin.id } });
const blank = exampleToken("database-url", { length: 0, blank: true });

export default defineCheck({
  id: "database-url-present",
  title: "Functions that use the database have its URL",
  severity: "error",
  why: "A deploy can blank DATABASE_URL without failing; every request that needs the database then does.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl, configuration: functionConfiguration },
  run({ subject, use, setting, configuration }) {
    if (!use.uses) return notApplicable(use.because);
    const presence = presenceOf(subject, setting, configuration.environment, "database URL");
    switch (presence.state) {
      case "there":
        return pass;
      case "absent":
        return findings([presence.finding]);
      case "unreadable":
        return unknownFrom(presence.fact);
    }
  },
  examples: () => ({
    fails: [
      {
        name: "no variable of any of its names",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is not set on GetCustomerUsage." }),
          configuration: exampleConfiguration({ environment: { LOG_LEVEL: "INFO" } }),
        },
        codes: ["unset"],
      },
      {
        name: "a URL that the last deploy blanked",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is empty on GetCustomerUsage." }),
          configuration: exampleConfiguration({ environment: { DATABASE_URL: "" } }),
        },
        codes: ["empty"],
      },
      {
        name: "a URL of white space",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is empty on GetCustomerUsage." }),
          configuration: exampleConfiguration({
            environment: { DATABASE_URL: exampleToken("database-url", { length: 2, blank: true }) },
          }),
        },
        codes: ["empty"],
      },
      {
        name: "a parameter that does not exist",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, {
            found: false,
            reason: "The parameter /cs-copilot/database-url has no version 3.",
          }),
          configuration: viaParameter,
        },
        codes: ["parameter-missing"],
      },
      {
        name: "a parameter that is blank",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, { found: true, value: blank, version: 3 }),
          configuration: viaParameter,
        },
        codes: ["parameter-empty"],
      },
      {
        name: "a secret that does not exist",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(secretOrigin, { found: false, reason: "There is no secret cs-copilot/database." }),
          configuration: viaSecret,
        },
        codes: ["secret-missing"],
      },
      {
        name: "a secret that is blank",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(secretOrigin, { found: true, value: blank }),
          configuration: viaSecret,
        },
        codes: ["secret-empty"],
      },
      {
        name: "a dynamic reference that arrived as text",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(
            {
              kind: "unresolved-reference",
              variable: "DATABASE_URL",
              reference: "{{resolve:ssm-secure:/cs-copilot/database-url:3}}",
            },
            { found: false, reason: "DATABASE_URL holds a reference as text." },
          ),
          configuration: exampleConfiguration({
            environment: { DATABASE_URL: "{{resolve:ssm-secure:/cs-copilot/database-url:3}}" },
          }),
        },
        codes: ["unresolved-reference"],
      },
      {
        name: "libpq's own variables, of which PGHOST is blank",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf({ kind: "pg-variables", variable: "PGHOST" }, { found: true, value: " " }),
          configuration: exampleConfiguration({ environment: { PGHOST: " " } }),
        },
        codes: ["empty"],
      },
    ],
    passes: [
      {
        name: "a URL on the function itself",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: literalUrl(goodUrl),
          configuration: exampleConfiguration({ environment: { DATABASE_URL: urlToken(goodUrl) } }),
        },
      },
      {
        name: "an empty DATABASE_URL by design: the URL is in a parameter",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, { found: true, value: urlToken(goodUrl), version: 3 }),
          configuration: viaParameter,
        },
      },
      {
        name: "a function that uses no database",
        subject: exampleFunction("GenerateEmail"),
        given: {
          use: usesNoDatabase,
          setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is empty on GenerateEmail." }),
          configuration: exampleConfiguration({ environment: { DATABASE_URL: "" } }),
        },
        kind: "not-applicable",
      },
      {
        name: "a parameter that the caller may not read",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingWith(
            parameterOrigin,
            denied("the SSM parameter /cs-copilot/database-url", "ssm:GetParameter"),
          ),
          configuration: viaParameter,
        },
        kind: "unknown",
      },
    ],
  }),
});
