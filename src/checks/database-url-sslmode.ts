import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known, type Fact } from "../core/fact.ts";
import type { Severity } from "../core/finding.ts";
import { parseConfiguration, configuration } from "../facts/configuration.ts";
import { databaseUrl, databaseUse } from "../facts/database.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../facts/functions.ts";
import { importPrediction, type ImportPrediction } from "../facts/packages.ts";
import { driverFamily } from "../postgres/driver-names.ts";
import type { Judgement } from "../postgres/judgement.ts";
import { masked, sslModes } from "../postgres/parameters.ts";
import { driverText, judgementsOf, sourceEvidence, usedDriver, type UsedDriver } from "./support/driver.ts";
import {
  denied,
  exampleConfiguration,
  exampleFunction,
  exampleSources,
  goodUrl,
  literalUrl,
  parameterOrigin,
  settingWith,
  usesDatabase,
  usesNoDatabase,
} from "./support/examples.ts";
import { originText } from "./support/setting.ts";
import { continued, listed } from "./support/text.ts";
import { readUrl, urlEvidence } from "./support/url.ts";

const bare = "postgresql://app:example@db.example.com/copilot";
const neon = "postgresql://app:example@ep-cool-leaf-a1b2c3d4.ap-southeast-1.aws.neon.tech/copilot";

export default defineCheck({
  id: "database-url-sslmode",
  title: "The database URL asks for an encrypted connection",
  severity: "error",
  why: "Without an sslmode some drivers connect in plain text, and databases in the cloud refuse them or let passwords travel in the clear.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl, settings: configuration, configuration: functionConfiguration },
  uses: { prediction: importPrediction },
  run({ subject, use, setting, settings, configuration: configured, prediction }) {
    const reading = readUrl(subject, use, setting);
    if ("answer" in reading) return reading.answer;
    const { shape, origin } = reading;
    if (shape.form === "unknown")
      return notApplicable(`What ${subject.label} has for a database URL cannot be read as one.`);
    const { provider } = shape;
    const used = usedDriver(use, prediction, shape);
    const own = shape.sslmode === undefined || shape.sslmode === "" ? undefined : shape.sslmode;
    const fromEnvironment = own === undefined ? modeOfEnvironment(configured, used) : undefined;
    const mode = own ?? fromEnvironment;
    if (mode !== undefined && settings.sslmodes.includes(mode)) return pass;
    if (provider.kind === "local") {
      return notApplicable(
        `The database URL of ${subject.label} leads to the machine itself, where nothing is to be encrypted.`,
      );
    }
    const accepted = `accepted ${settings.sslmodes.length === 1 ? "is" : "are"} ${listed(settings.sslmodes)}`;
    const place = `The database URL of ${subject.label} (${originText(origin)})`;
    const judgement = judgementsOf(used, shape).find(({ parameter }) => parameter === "sslmode" || parameter === "ssl");
    const detail = { sslmode: mode ?? "", provider: provider.title, variable: origin.variable };
    const call = used?.call === undefined ? [] : [sourceEvidence(used.call)];
    if (mode === undefined) {
      return findings([
        {
          code: "sslmode-missing",
          message: `${place} has no sslmode${consequence(judgement, used)}.`,
          evidence: [urlEvidence(subject, origin, `no sslmode; ${accepted}`), ...call],
          detail,
          severity: severityOf(judgement),
        },
      ]);
    }
    const shown = mode === masked ? "(a value that is not shown)" : mode;
    const says = fromEnvironment === undefined ? `sslmode=${shown}` : `no sslmode, but PGSSLMODE = ${shown}`;
    return findings([
      {
        code: "sslmode-unaccepted",
        message: `${place} has sslmode=${shown}${weakness(mode)}; ${accepted}.`,
        evidence: [urlEvidence(subject, origin, says), ...call],
        detail,
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "no sslmode for a driver that then connects in plain text",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(bare),
          prediction: exampleSources("pg8000.dbapi.connect", ["user", "password", "host"]),
        },
        codes: ["sslmode-missing"],
      },
      {
        name: "no sslmode for a provider that refuses plain text",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(neon),
          prediction: exampleSources("pg8000.dbapi.connect", ["user", "password", "host"]),
        },
        codes: ["sslmode-missing"],
      },
      {
        name: "no sslmode for a driver that encrypts where the server offers it",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(bare, "psycopg2-binary", "2.9.9"),
          prediction: exampleSources("psycopg2.connect", []),
        },
        codes: ["sslmode-missing"],
        severities: ["warning"],
      },
      {
        name: "no sslmode, and no driver that is known",
        subject: exampleFunction(),
        given: { ...exampleGiven(bare), use: { uses: true, because: "The configuration names GetCustomerUsage." } },
        codes: ["sslmode-missing"],
        severities: ["warning"],
      },
      {
        name: "an sslmode that goes on without encryption",
        subject: exampleFunction(),
        given: exampleGiven(`${bare}?sslmode=prefer`),
        codes: ["sslmode-unaccepted"],
      },
      {
        name: "an sslmode that does not exist",
        subject: exampleFunction(),
        given: exampleGiven(`${bare}?sslmode=required`),
        codes: ["sslmode-unaccepted"],
      },
      {
        name: "an sslmode that is too weak for this project",
        subject: exampleFunction(),
        given: { ...exampleGiven(goodUrl), settings: parseConfiguration({ sslmodes: ["verify-full"] }) },
        codes: ["sslmode-unaccepted"],
      },
      {
        name: "a weak sslmode in the environment, which libpq takes where the URL has none",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(bare, "psycopg", "3.2.1"),
          configuration: exampleConfiguration({ environment: { PGSSLMODE: "allow" } }),
        },
        codes: ["sslmode-unaccepted"],
      },
    ],
    passes: [
      { name: "sslmode=require", subject: exampleFunction(), given: exampleGiven(goodUrl) },
      { name: "sslmode=verify-full", subject: exampleFunction(), given: exampleGiven(`${bare}?sslmode=verify-full`) },
      {
        name: "sslmode in the environment, for a driver that rests on libpq",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(bare, "psycopg", "3.2.1"),
          configuration: exampleConfiguration({ environment: { PGSSLMODE: "require" } }),
        },
      },
      {
        name: "a database on the machine itself",
        subject: exampleFunction(),
        given: exampleGiven("postgresql://app:example@localhost/copilot"),
        kind: "not-applicable",
      },
      {
        name: "a text that is no URL",
        subject: exampleFunction(),
        given: exampleGiven("{{resolve:ssm:/cs-copilot/database-url}}"),
        kind: "not-applicable",
      },
      {
        name: "a function that uses no database",
        subject: exampleFunction("GenerateEmail"),
        given: { ...exampleGiven(bare), use: usesNoDatabase },
        kind: "not-applicable",
      },
      {
        name: "a parameter that the caller may not read",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(bare),
          setting: settingWith(
            parameterOrigin,
            denied("the SSM parameter /cs-copilot/database-url", "ssm:GetParameter"),
          ),
        },
        kind: "unknown",
      },
    ],
  }),
});

/** PGSSLMODE, for the drivers that take it where the URL has no sslmode (their documentation). */
function modeOfEnvironment({ environment }: FunctionConfiguration, used: UsedDriver | undefined): string | undefined {
  const value = environment["PGSSLMODE"];
  const family = used === undefined ? undefined : driverFamily(used.driver);
  if (typeof value !== "string" || value.trim() === "" || family === undefined) return undefined;
  return family.includes("pg8000") || family === "postgres.js" || family === "prisma" ? undefined : value.trim();
}

/** Plain text, or no connection at all, is an error; a driver that tries to encrypt is worth a warning. */
function severityOf(judgement: Judgement | undefined): Severity {
  return judgement?.outcome === "refused" || judgement?.outcome === "plain-text" ? "error" : "warning";
}

function consequence(judgement: Judgement | undefined, used: UsedDriver | undefined): string {
  if (judgement === undefined || used === undefined) return "";
  return `: ${continued(judgement.explanation)} (${driverText(used.driver)})`;
}

/** What is wrong with a mode by itself; nothing with one that is only weaker than this project wants. */
function weakness(mode: string): string {
  switch (sslModes.find((known) => known === mode)) {
    case "disable":
      return ", which switches encryption off";
    case "allow":
    case "prefer":
      return ", which goes on without encryption where the server has none";
    case "require":
    case "verify-ca":
    case "verify-full":
      return "";
    case undefined:
      return ", which is no sslmode";
  }
}

function exampleGiven(url: string, name = "pg8000", version = "1.30.5") {
  const prediction: Fact<ImportPrediction> = known({ verdict: "will-import", drivers: [], sourceFacts: [], notes: [] });
  return {
    use: { ...usesDatabase, driver: { name, version } },
    setting: literalUrl(url),
    settings: parseConfiguration({}),
    configuration: exampleConfiguration(),
    prediction,
  };
}
