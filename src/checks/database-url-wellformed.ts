import { defineCheck, findings, pass } from "../core/check.ts";
import { severities, type Severity } from "../core/finding.ts";
import { databaseUrl, databaseUse } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import { importPrediction } from "../facts/packages.ts";
import { isUnfilled, type UrlFault } from "../postgres/fault.ts";
import type { Judgement } from "../postgres/judgement.ts";
import type { DatabaseUrlShape } from "../postgres/url.ts";
import { judgementsOf, sourceEvidence, usedDriver } from "./support/driver.ts";
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
import { isParameterFault, placeText, readUrl, urlEvidence } from "./support/url.ts";

/** Parts of a URL that a driver may refuse although nothing is wrong with how they are written. */
const parts: ReadonlySet<string> = new Set(["scheme", "form", "hosts"]);

/** Well formed, and yet no function in Lambda can connect with it. */
const isHopeless = (fault: UrlFault): boolean => fault.code === "host-missing" || isUnfilled(fault);

export default defineCheck({
  id: "database-url-wellformed",
  title: "The database URL is well formed",
  severity: "error",
  why: "One character that is not encoded moves the end of the password or the host, and each driver reads something else.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl },
  uses: { prediction: importPrediction },
  run({ subject, use, setting, prediction }) {
    const reading = readUrl(subject, use, setting);
    if ("answer" in reading) return reading.answer;
    const { shape, origin } = reading;
    const used = usedDriver(use, prediction, shape);
    const judged = [...faultsOf(shape, judgementsOf(used, shape))].toSorted(
      (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity),
    );
    const [worst, ...others] = judged;
    if (worst === undefined) return pass;
    const more = others.length === 0 ? "" : `, and ${counted(others.length, "more fault")}`;
    const seen = ({ place, message }: Judged) =>
      urlEvidence(subject, origin, place === undefined ? message : `${place}: ${message}`);
    const at = worst.place === undefined ? "" : ` at ${worst.place}`;
    return findings([
      {
        code: "malformed",
        message: `The database URL of ${subject.label} (${originText(origin)}) ${worst.severity === "error" ? "is malformed" : "is doubtful"}${at}: ${clause(worst.message)}${more}.`,
        evidence: [seen(worst), ...others.map(seen), ...(used?.call === undefined ? [] : [sourceEvidence(used.call)])],
        detail: { faults: [...new Set(judged.map(({ code }) => code))].join(","), variable: origin.variable },
        severity: worst.severity,
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a password with an unencoded @",
        subject: exampleFunction(),
        given: {
          use: exampleUse("psycopg2-binary"),
          setting: literalUrl("postgresql://app:ex@mple@db.example.com/copilot?sslmode=require"),
        },
        codes: ["malformed"],
      },
      {
        name: "the same, read by a parser that looks for the last @",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          setting: literalUrl("postgresql://app:ex@mple@db.example.com/copilot?sslmode=require"),
        },
        codes: ["malformed"],
        severities: ["warning"],
      },
      {
        name: "a scheme that only SQLAlchemy knows",
        subject: exampleFunction(),
        given: {
          use: exampleUse("psycopg2-binary"),
          setting: literalUrl(goodUrl.replace("postgresql:", "postgresql+psycopg2:")),
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
        severities: ["note"],
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
  }),
});

/** A fault of the URL, and how grave it is for the code that reads it. */
interface Judged {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place?: string;
}

/** The faults of the form, each as grave as the driver takes it; then the parts that only this driver refuses. */
function faultsOf(shape: DatabaseUrlShape, judgements: readonly Judgement[]): readonly Judged[] {
  const faults = shape.faults.flatMap((fault): readonly Judged[] => {
    const own = judgements.find((judgement) => judgement.fault === fault.code);
    const severity = isElsewhere(fault, shape) ? undefined : severityOf(fault, own);
    if (severity === undefined) return [];
    return [{ code: fault.code, severity, message: fault.message, place: placeText(fault) }];
  });
  const refused = judgements.filter(
    ({ parameter, fault, outcome }) => fault === undefined && outcome === "refused" && parts.has(parameter),
  );
  return [
    ...faults,
    ...refused.map(({ parameter, explanation }): Judged => {
      return { code: `${parameter}-refused`, severity: "error", message: explanation };
    }),
  ];
}

/** What depends on the driver's list of parameters is another check's, and so is a value of sslmode that does not exist. */
function isElsewhere(fault: UrlFault, { sslmode }: DatabaseUrlShape): boolean {
  const isMode = fault.code === "bad-value" && fault.message.includes(" sslmode ");
  return isParameterFault(fault) || (isMode && sslmode !== undefined);
}

/** How grave a fault is for the code that reads the URL; undefined for what every reader copes with. */
function severityOf(fault: UrlFault, own: Judgement | undefined): Severity | undefined {
  if (isHopeless(fault) || own?.outcome === "refused") return "error";
  switch (fault.effect) {
    case "refused":
    case "misread":
      return own?.outcome === "accepted" ? "warning" : "error";
    case "fragile":
      return own?.outcome === "accepted" ? "note" : "warning";
    case "unlikely":
      return "warning";
    case "tolerated":
      return undefined;
  }
}

function exampleUse(name: string) {
  return { uses: true, because: `GetCustomerUsage imports ${name}.`, driver: { name, version: "3.2.1" } };
}
