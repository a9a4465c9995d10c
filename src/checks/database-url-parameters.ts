import { defineCheck, findings, pass, type FindingDraft } from "../core/check.ts";
import { known, type Fact } from "../core/fact.ts";
import type { Evidence } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { configuration, parseConfiguration } from "../facts/configuration.ts";
import { databaseUrl, databaseUse, type ValueOrigin } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import { functionErrors, type FunctionErrors } from "../facts/logs.ts";
import { importPrediction, type ImportPrediction } from "../facts/packages.ts";
import type { UrlFault } from "../postgres/fault.ts";
import type { Judgement } from "../postgres/judgement.ts";
import { masked } from "../postgres/parameters.ts";
import type { DatabaseUrlShape } from "../postgres/url.ts";
import {
  driverText,
  judgementsOf,
  refusalText,
  sourceEvidence,
  usedDriver,
  type UsedDriver,
} from "./support/driver.ts";
import { requestLog } from "./support/errors.ts";
import {
  denied,
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
import { clause, continued, oneLine } from "./support/text.ts";
import { isParameterFault, readUrl, urlEvidence } from "./support/url.ts";

/** Parts of a URL that are no parameters: what is wrong with them is the form's fault. */
const notParameters: ReadonlySet<string> = new Set(["scheme", "form", "hosts", "user", "password"]);

export default defineCheck({
  id: "database-url-parameters",
  title: "The driver takes the parameters of the database URL",
  severity: "error",
  why: "Each driver knows other parameters: what one needs another refuses, or hands to a server that refuses it.",
  subjects: functions,
  requires: { use: databaseUse, setting: databaseUrl, settings: configuration },
  uses: { prediction: importPrediction, errors: functionErrors },
  run({ subject, use, setting, settings, prediction, errors }) {
    const reading = readUrl(subject, use, setting);
    if ("answer" in reading) return reading.answer;
    const { shape, origin } = reading;
    const used = usedDriver(use, prediction, shape);
    const judged = judgementsOf(used, shape).filter(({ parameter }) => !notParameters.has(parameter));
    const about: About = { fn: subject, origin, shape, used };
    const binding = bindingFinding(about, judged, errors);
    const others = judged
      .filter(({ parameter, value }) => parameter !== "channel_binding" && value !== undefined)
      .map((judgement) => parameterFinding(about, judgement, settings.sslmodes));
    const unjudged = used === undefined || judged.length === 0 ? libpqFindings(about) : [];
    const found = [binding, ...others, ...unjudged].filter((finding) => finding !== undefined);
    return found.length === 0 ? pass : findings(found);
  },
  examples: () => ({
    fails: [
      {
        name: "channel_binding=require passed on to pg8000",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(`${goodUrl}&channel_binding=require`),
          prediction: exampleSources("pg8000.dbapi.connect", ["**"]),
        },
        codes: ["channel-binding", "parameter-refused"],
      },
      {
        name: "channel_binding=require, which the driver can do",
        subject: exampleFunction(),
        given: exampleGiven(`${goodUrl}&channel_binding=require`, "psycopg2-binary", "2.9.9"),
        codes: ["channel-binding"],
        severities: ["warning"],
      },
      {
        name: "channel_binding=require, of which the log shows that it fails",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(`${goodUrl}&channel_binding=require`, "psycopg2-binary", "2.9.9"),
          errors: exampleErrors("channel binding required, but server did not offer it"),
        },
        codes: ["channel-binding"],
      },
      {
        name: "channel_binding=prefer, which asyncpg hands to the server",
        subject: exampleFunction(),
        given: exampleGiven(`${goodUrl}&channel_binding=prefer`, "asyncpg", "0.30.0"),
        codes: ["channel-binding"],
      },
      {
        name: "a parameter of another driver, which libpq refuses",
        subject: exampleFunction(),
        given: exampleGiven(`${goodUrl}&pgbouncer=true`, "psycopg2-binary", "2.9.9"),
        codes: ["parameter-refused"],
      },
      {
        name: "a parameter of another driver, and none that is known",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(`${goodUrl}&pgbouncer=true`),
          use: { uses: true, because: "The configuration names GetCustomerUsage." },
        },
        codes: ["parameter-refused"],
        severities: ["warning"],
      },
      {
        name: "sslmode=verify-full without the authority's certificate",
        subject: exampleFunction(),
        given: exampleGiven(goodUrl.replace("require", "verify-full"), "psycopg2-binary", "2.9.9"),
        codes: ["parameter-refused"],
      },
      {
        name: "an sslmode that the code drops when it takes the URL apart, for a provider that refuses plain text",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(goodUrl),
          prediction: exampleSources("pg8000.dbapi.connect", ["user", "password", "host"]),
        },
        codes: ["parameter-weak"],
      },
      {
        name: "an sslmode that may have been dropped",
        subject: exampleFunction(),
        given: exampleGiven(goodUrl),
        codes: ["parameter-weak"],
        severities: ["note"],
      },
      {
        name: "an sslmode that this project accepts and that goes on without encryption",
        subject: exampleFunction(),
        given: {
          ...exampleGiven("postgresql://app:example@db.example.com/copilot?sslmode=prefer", "psycopg2-binary", "2.9.9"),
          settings: parseConfiguration({ sslmodes: ["prefer", "require"] }),
        },
        codes: ["parameter-weak"],
        severities: ["note"],
      },
    ],
    passes: [
      {
        name: "parameters that the driver takes",
        subject: exampleFunction(),
        given: exampleGiven(`${goodUrl}&connect_timeout=5`, "psycopg2-binary", "2.9.9"),
      },
      {
        name: "an sslmode that the code turns into an ssl_context",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(goodUrl),
          prediction: exampleSources("pg8000.dbapi.connect", ["user", "password", "host", "ssl_context"]),
        },
      },
      {
        name: "no parameters at all, which another check speaks of",
        subject: exampleFunction(),
        given: exampleGiven("postgresql://app:example@db.example.com/copilot"),
      },
      {
        name: "a function that uses no database",
        subject: exampleFunction("GenerateEmail"),
        given: { ...exampleGiven(`${goodUrl}&channel_binding=require`), use: usesNoDatabase },
        kind: "not-applicable",
      },
      {
        name: "a parameter of SSM that the caller may not read",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(goodUrl),
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

interface About {
  readonly fn: FunctionRef;
  readonly origin: ValueOrigin;
  readonly shape: DatabaseUrlShape;
  readonly used: UsedDriver | undefined;
}

/** channel_binding by itself: what it does depends on driver, server and pooler, so that the log may know more than the driver's rules. */
function bindingFinding(
  about: About,
  judged: readonly Judgement[],
  errors: Fact<FunctionErrors>,
): FindingDraft | undefined {
  const { fn, origin, shape, used } = about;
  const value = shape.channelBinding;
  if (value === undefined) return undefined;
  const judgement = judged.find(({ parameter }) => parameter === "channel_binding");
  const refused = judgement?.outcome === "refused";
  if (value !== "require" && !refused) return undefined;
  const logged = errors.state === "known" ? errors.value.groups.filter(isBinding) : [];
  const why = refused
    ? `, which ${driverName(used)} refuses: ${continued(refusalText(judgement))}`
    : logged.length > 0
      ? ", and its log shows that this fails"
      : ", which fails with drivers, servers and poolers that cannot bind the login to the connection";
  return {
    code: "channel-binding",
    message: `${urlOf(about)} has channel_binding=${value}${why}.`,
    evidence: [
      urlEvidence(fn, origin, `channel_binding=${value}`),
      ...callEvidence(used),
      ...requestLog(logged, undefined).map((evidence) => ({ ...evidence, where: `log of ${fn.label}` })),
    ],
    detail: detailOf(used, judgement, { parameter: "channel_binding", refused }),
    severity: refused || logged.length > 0 ? "error" : "warning",
  };
}

const isBinding = ({ candidates }: FunctionErrors["groups"][number]): boolean =>
  candidates[0]?.cause === "channel-binding";

function parameterFinding(about: About, judgement: Judgement, accepted: readonly string[]): FindingDraft | undefined {
  const { fn, origin, used } = about;
  const { parameter, value = "", outcome } = judgement;
  const shown = parameter === masked ? "a parameter that nobody is known to use" : `${parameter}=${value}`;
  const base = {
    evidence: [urlEvidence(fn, origin, shown), ...callEvidence(used)] as [Evidence, ...Evidence[]],
    detail: detailOf(used, judgement, { parameter, refused: outcome === "refused" }),
  };
  if (outcome === "refused") {
    const why = continued(refusalText(judgement));
    return {
      ...base,
      code: "parameter-refused",
      message: `${urlOf(about)} has ${shown}, which ${driverName(used)} refuses: ${why}.`,
    };
  }
  // A mode that is not accepted is the finding of the check on sslmode.
  if (parameter === "sslmode" && !accepted.includes(value)) return undefined;
  const weak = outcome === "weaker-than-it-looks" || outcome === "plain-text";
  const dropped = parameter === "sslmode" && outcome === "ignored" && !passesTls(used);
  if (!weak && !dropped) return undefined;
  // The driver's own error, without TLS, is known only where the call that leaves TLS out was seen.
  const fails = dropped && used?.call !== undefined && judgement.message !== undefined;
  const ending = fails ? `, and the call that connects passes nothing of it on` : "";
  return {
    ...base,
    code: "parameter-weak",
    message: `${urlOf(about)} has ${shown}${ending}: ${continued(judgement.explanation)}.`,
    severity: fails ? "error" : "note",
  };
}

/** Whether code that takes the URL apart passes TLS settings on by itself. */
function passesTls(used: UsedDriver | undefined): boolean {
  return used?.call?.keywords?.some((name) => ["ssl_context", "ssl", "sslmode"].includes(name)) ?? false;
}

/** Without a driver that is known: what libpq, on which most rest, would refuse. */
function libpqFindings(about: About): readonly FindingDraft[] {
  const { fn, origin, shape } = about;
  return shape.faults
    .filter((fault) => isParameterFault(fault) && fault.effect === "refused")
    .map((fault: UrlFault) => ({
      code: "parameter-refused",
      message: `${urlOf(about)} has a parameter that drivers on libpq refuse: ${clause(fault.message)}.`,
      evidence: [urlEvidence(fn, origin, fault.message)],
      detail: { parameter: parameterAt(fault, shape), driver: "", message: oneLine(fault.message) },
      severity: "warning",
    }));
}

/** The parameter that a fault speaks of: the only one that libpq does not know, where there is just one. */
function parameterAt({ message }: UrlFault, { parameters }: DatabaseUrlShape): string {
  return parameters.find(({ name }) => name !== masked && message.includes(` ${name} `))?.name ?? masked;
}

const urlOf = ({ fn, origin }: About): string => `The database URL of ${fn.label} (${originText(origin)})`;
const driverName = (used: UsedDriver | undefined): string =>
  used === undefined ? "the driver" : driverText(used.driver);
const callEvidence = (used: UsedDriver | undefined): readonly Evidence[] =>
  used?.call === undefined ? [] : [sourceEvidence(used.call)];

/** `driver` is the driver that refuses the parameter, and empty where it is not known that it does. */
function detailOf(
  used: UsedDriver | undefined,
  judgement: Judgement | undefined,
  { parameter, refused }: { readonly parameter: string; readonly refused: boolean },
): Readonly<Record<string, string>> {
  const message = judgement === undefined ? "" : refusalText(judgement);
  return { parameter, driver: refused ? driverName(used) : "", message: oneLine(message, 1000) };
}

function exampleGiven(url: string, name = "pg8000", version = "1.30.5") {
  const prediction: Fact<ImportPrediction> = known({ verdict: "will-import", drivers: [], sourceFacts: [], notes: [] });
  return {
    use: { ...usesDatabase, driver: { name, version } },
    setting: literalUrl(url),
    settings: parseConfiguration({}),
    prediction,
  };
}

function exampleErrors(headline: string): Fact<FunctionErrors> {
  const at = "2026-11-20T10:02:53.118Z";
  const candidates = [{ cause: "channel-binding" as const, score: 1, captures: {}, decides: "the URL's parameters" }];
  const group = {
    shape: headline,
    headline,
    example: headline,
    count: 4,
    first: at,
    last: at,
    requestIds: [],
    candidates,
  };
  return known({ logGroup: "/aws/lambda/usage", exists: true, from: at, to: at, groups: [group], truncated: false });
}
