import { defineCheck, findings, pass } from "../core/check.ts";
import { severities, type Severity } from "../core/finding.ts";
import { databaseUrl, databaseUse } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import type { FaultCode, UrlFault } from "../postgres/fault.ts";
import {
  denied,
  exampleFunction,
  exampleToken,
  goodUrl,
  literalUrl,
  parameterOrigin,
  settingOf,
  settingWith,
  urlToken,
  usesDatabase,
  usesNoDatabase,
} from "./support/examples.ts";
import { originText } from "./support/setting.ts";
import { clause, counted } from "./support/text.ts";
import { placeText, readerOf, readUrl, urlEvidence, type Reader } from "./support/url.ts";

/** Faults of parameters: what they do depends on the driver and is judged by the checks on parameters and sslmode. */
const leftToOthers: ReadonlySet<FaultCode> = new Set([
  "unknown-parameter",
  "parameter-capitals",
  "duplicate-parameter",
  "bad-value",
  "weak-sslmode",
]);

/** Well formed, and yet no function in Lambda can connect with it. */
const hopeless: ReadonlySet<FaultCode> = new Set(["host-missing", "placeholder", "hidden-password"]);

/** What stands around a URL: Python's and JavaScript's own parsers drop it, libpq does not. */
const around: ReadonlySet<FaultCode> = new Set(["blank-around", "line-break-around", "invisible-character"]);

export default defineCheck({
  id: "database-url-wellformed",
  title: "The database URL is well formed",
  severity: "error",
  why: "One character that is not encoded moves the end of the password or the host, and each driver reads something else.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl },
  run({ subject, use, setting }) {
    const reading = readUrl(subject, use, setting);
    if ("answer" in reading) return reading.answer;
    const { shape, origin } = reading;
    const reader = readerOf(use);
    const judged = shape.faults.flatMap((fault) => {
      const severity = severityOf(fault, reader);
      return severity === undefined ? [] : [{ fault, severity }];
    });
    const sorted = judged.toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
    const [worst, ...others] = sorted;
    if (worst === undefined) return pass;
    const more = others.length === 0 ? "" : `, and ${counted(others.length, "more fault")}`;
    const seen = ({ fault }: { fault: UrlFault }) =>
      urlEvidence(subject, origin, `${placeText(fault)}: ${fault.message}`);
    return findings([
      {
        code: "malformed",
        message: `The database URL of ${subject.label} (${originText(origin)}) ${worst.severity === "error" ? "is malformed" : "is doubtful"} at ${placeText(worst.fault)}: ${clause(worst.fault.message)}${more}.`,
        evidence: [seen(worst), ...others.map(seen)],
        detail: {
          faults: [...new Set(sorted.map(({ fault }) => fault.code))].join(","),
          variable: origin.variable,
        },
        severity: worst.severity,
      },
    ]);
  },
  examples: {
    fails: [
      {
        name: "a password with an unencoded @",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: literalUrl("postgresql://app:ex@mple@db.example.com/copilot?sslmode=require"),
        },
        codes: ["malformed"],
      },
      {
        name: "quotation marks that were pasted into a parameter",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, { found: true, value: urlToken(`"${goodUrl}"`) }),
        },
        codes: ["malformed"],
      },
      {
        name: "a line break at the end, read by libpq",
        subject: exampleFunction(),
        given: { use: exampleUse("psycopg2-binary"), setting: literalUrl(`${goodUrl}\n`) },
        codes: ["malformed"],
      },
      {
        name: "a line break at the end, read by a parser that drops it",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl(`${goodUrl}\n`) },
        codes: ["malformed"],
        severities: ["warning"],
      },
      {
        name: "a # in the password, at which Python's urllib ends the URL",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl("postgresql://app:ex#mple@db.example.com/copilot") },
        codes: ["malformed"],
      },
      {
        name: "a # in the password, which libpq reads",
        subject: exampleFunction(),
        given: { use: exampleUse("psycopg"), setting: literalUrl("postgresql://app:ex#mple@db.example.com/copilot") },
        codes: ["malformed"],
        severities: ["warning"],
      },
      {
        name: "a password that was never filled in",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl("postgresql://app:[YOUR-PASSWORD]@db.example.com/copilot") },
        codes: ["malformed"],
      },
      {
        name: "a URL without a user",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl("postgresql://db.example.com/copilot") },
        codes: ["malformed"],
        severities: ["warning"],
      },
      {
        name: "text that is no secret and no URL",
        subject: exampleFunction(),
        given: {
          use: { uses: true, because: "The configuration names GetCustomerUsage." },
          setting: settingOf({ kind: "literal", variable: "DATABASE_URL" }, { found: true, value: "undefined" }),
        },
        codes: ["malformed"],
      },
    ],
    passes: [
      {
        name: "a URL as it should be",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl(goodUrl) },
      },
      {
        name: "a parameter that only some drivers know, which is another check's question",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: literalUrl(`${goodUrl}&pgbouncer=true`) },
      },
      {
        name: "a function that uses no database",
        subject: exampleFunction("GenerateEmail"),
        given: { use: usesNoDatabase, setting: literalUrl("postgresql://[") },
        kind: "not-applicable",
      },
      {
        name: "no URL at all",
        subject: exampleFunction(),
        given: { use: usesDatabase, setting: settingOf(undefined, { found: false, reason: "DATABASE_URL is empty." }) },
        kind: "not-applicable",
      },
      {
        name: "a parameter that is not there",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, { found: false, reason: "There is no such parameter." }),
        },
        kind: "not-applicable",
      },
      {
        name: "libpq's own variables in place of a URL",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf({ kind: "pg-variables", variable: "PGHOST" }, { found: true, value: "db.example.com" }),
        },
        kind: "not-applicable",
      },
      {
        name: "a reference that nothing resolved",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(
            {
              kind: "unresolved-reference",
              variable: "DATABASE_URL",
              reference: "{{resolve:ssm:/cs-copilot/database-url}}",
            },
            { found: false, reason: "DATABASE_URL holds a reference as text." },
          ),
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
        },
        kind: "unknown",
      },
      {
        name: "a secret of which no shape was recorded",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: settingOf(parameterOrigin, { found: true, value: exampleToken("value") }),
        },
        kind: "unknown",
      },
    ],
  },
});

/** How grave a fault is for the code that reads the URL; undefined for what every reader copes with. */
function severityOf({ code, effect }: UrlFault, reader: Reader): Severity | undefined {
  if (leftToOthers.has(code)) return undefined;
  if (hopeless.has(code)) return "error";
  if (around.has(code) && reader === "other") return "warning";
  switch (effect) {
    case "refused":
    case "misread":
      return "error";
    case "fragile":
      return reader === "other" ? "error" : "warning";
    case "unlikely":
      return "warning";
    case "tolerated":
      return undefined;
  }
}

function exampleUse(name: string) {
  return { uses: true, because: `GetCustomerUsage imports ${name}.`, driver: { name, version: "3.2.1" } };
}
