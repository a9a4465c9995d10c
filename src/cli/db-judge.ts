// One database judged by its URL, its drivers, the connection and the network: what `cscp db check` says of it.
import { hostsText } from "../causes/support/databases.ts";
import { causes } from "../causes/registry.gen.ts";
import { isParameterFault } from "../checks/support/url.ts";
import { isWithoutTls, probeFindings } from "../checks/support/probe.ts";
import type { CauseId } from "../core/cause-ids.gen.ts";
import type { Cause, Remedy } from "../core/cause.ts";
import type { CheckedDatabase, CheckedDriver, CheckedNetwork } from "../core/database-report.ts";
import type { DatabaseProbe } from "../facts/database.ts";
import { correctedUrl, givenUrl, urlText } from "../postgres/corrected-url.ts";
import { isUnfilled, type UrlFault } from "../postgres/fault.ts";
import type { Judgement } from "../postgres/judgement.ts";
import { pitfallTexts } from "../postgres/providers.ts";
import type { DatabaseUrlShape } from "../postgres/url.ts";
import { describeServer, describeStages, observedOf, describeTables } from "./db-describe.ts";
import { causeOfFailure, particularOf } from "./db-particular.ts";

/** Where connections are made from, in every report of them. */
export const seenFrom = "this machine, which is not Lambda";

type Found = CheckedDatabase["findings"][number];

/** `db.example.com:5432`; every host that can be shown. */
export const databaseName = (shape: DatabaseUrlShape, otherwise: string): string => hostsText(shape) ?? otherwise;

export const placeholder = (name: string): string => `<${name.toUpperCase().replaceAll("_", "-")}>`;

/** The URL with placeholders; null for what is none. */
export function shownUrl(shape: DatabaseUrlShape): string | null {
  return shape.empty || shape.form === "unknown" ? null : urlText(givenUrl(shape), placeholder);
}

export function checkedDriver(
  of: Pick<CheckedDriver, "name" | "version" | "usage" | "functions" | "calledAt">,
  judgements: readonly Judgement[],
): CheckedDriver {
  const { name, version, usage, functions, calledAt } = of;
  return {
    name,
    version,
    usage,
    functions,
    calledAt,
    judgements: judgements.map(({ parameter, value, outcome, explanation, message, basis, measuredWith }) => ({
      parameter,
      value: value ?? null,
      outcome,
      explanation,
      message: message ?? null,
      basis,
      measuredWith: measuredWith ?? null,
    })),
  };
}

/** The parts of a checked database that follow from its URL alone. */
export function fromUrl(shape: DatabaseUrlShape) {
  const { provider, faults } = shape;
  return {
    url: shownUrl(shape),
    provider: { kind: provider.kind, title: provider.title, access: provider.access },
    pitfalls: provider.pitfalls.map((id) => pitfallTexts[id]),
    faults: faults.map(({ code, effect, at, length, message }) => ({ code, effect, at, length, message })),
  };
}

/** What is judged where no stack is: one URL, the drivers that are asked about, and a connection if one was made. */
export interface UrlInput {
  readonly shape: DatabaseUrlShape;
  readonly source: string;
  readonly kind: "argument" | "stdin" | "environment" | "file";
  readonly drivers: readonly CheckedDriver[];
  /** True where the drivers were named by the caller, so that what they refuse is a fault. */
  readonly named: boolean;
  /** Undefined where no connection was tried. */
  readonly probe: DatabaseProbe | undefined;
  readonly today: string;
  /** The command that makes the same check again. */
  readonly again: string;
}

export function judgeTarget(input: UrlInput): CheckedDatabase {
  const { shape, source, drivers, probe } = input;
  const name = databaseName(shape, "the database");
  const found = [...faultFindings(input), ...driverFindings(input), ...serverFindings(input, name)];
  const cause = causeOf(input);
  const title = particularOf(shape, probe)?.title ?? causeNamed(cause)?.title;
  const verdict = verdictOf(found, probe);
  return {
    name,
    source,
    functions: [],
    verdict,
    headline: headlineOf(verdict, input, name, title, found),
    cause: cause ?? null,
    ...fromUrl(shape),
    drivers,
    seenFrom: probe === undefined ? null : seenFrom,
    stages: probe === undefined ? [] : describeStages(probe),
    server: probe === undefined ? [] : describeServer(probe, undefined, undefined, shape.provider),
    tables: probe === undefined ? [] : describeTables(probe),
    observed: observedOf(probe),
    network: [],
    findings: found,
    correctedUrl: correctedFor(input),
    remedies: remediesOf(input, cause, verdict),
  };
}

/** Faults that make of a URL another one than was meant, or none; what only libpq's list of parameters lacks is none. */
export const isGrave = (fault: UrlFault): boolean =>
  isUnfilled(fault) || ((fault.effect === "refused" || fault.effect === "misread") && !isParameterFault(fault));

function faultFindings({ shape, named }: UrlInput): readonly Found[] {
  if (shape.empty) return [{ code: "empty", severity: "error", message: "The URL is empty." }];
  return (
    shape.faults
      .filter(({ effect }) => effect !== "tolerated")
      // Of a driver that is named the matrix knows better what it does with a parameter.
      .filter((fault) => !named || !isParameterFault(fault))
      .map((fault) => ({ code: fault.code, severity: isGrave(fault) ? "error" : "warning", message: fault.message }))
  );
}

function driverFindings({ drivers, named }: UrlInput): readonly Found[] {
  if (!named) return [];
  return drivers.flatMap(({ name, version, judgements }) =>
    judgements.flatMap(({ parameter, outcome, explanation }): Found[] => {
      if (outcome === "accepted" || outcome === "ignored") return [];
      const severity = outcome === "refused" ? "error" : "warning";
      const who = version === null ? name : `${name} ${version}`;
      return [{ code: `driver-${outcome}`, severity, message: `${who}, ${parameter}: ${explanation}` }];
    }),
  );
}

function serverFindings({ probe, shape, today }: UrlInput, label: string): readonly Found[] {
  if (probe === undefined) return [];
  const around = { label, functionIds: [], today, load: undefined, provider: shape.provider };
  return probeFindings(probe, around).map(({ code, severity = "error", message }) => ({ code, severity, message }));
}

/** A connection that fails for what may be this machine's own network is no verdict on the database. */
function verdictOf(found: readonly Found[], probe: DatabaseProbe | undefined): CheckedDatabase["verdict"] {
  if (found.some(({ severity }) => severity === "error")) return "fails";
  return probe?.stages.some(({ ok }) => !ok) === true ? "unknown" : "works";
}

function causeOf({ shape, probe, drivers, named }: UrlInput): CauseId | undefined {
  if (shape.empty || shape.form === "unknown" || shape.faults.some(isGrave)) {
    return shape.empty ? "database-url-empty" : "database-url-malformed";
  }
  if (named && drivers.some(({ judgements }) => judgements.some(({ outcome }) => outcome === "refused")))
    return "database-url-parameter-unsupported";
  const failed = probe?.stages.find(({ ok }) => !ok);
  if (probe !== undefined && failed !== undefined) return causeOfFailure(shape, probe);
  if (probe?.tables.some(({ exists }) => !exists) === true) return "schema-missing";
  return probe?.tables.some(({ readable }) => !readable) === true ? "permission-denied-db" : undefined;
}

export const causeNamed = (id: CauseId | undefined): Cause | undefined => causes.find((cause) => cause.id === id);

function headlineOf(
  verdict: CheckedDatabase["verdict"],
  { shape, probe }: UrlInput,
  name: string,
  title: string | undefined,
  found: readonly Found[],
): string {
  if (verdict === "unknown") return `Whether ${name} works cannot be told from this machine`;
  if (verdict === "fails")
    return shape.hosts.length === 0 || title === undefined
      ? (title ?? found[0]?.message ?? "")
      : `${name}: ${lower(title)}`;
  if (probe === undefined) return "The URL is well formed; no connection was made";
  return worksLine(name, probe);
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** `db.example.com:5432 answers: Postgres 15.18, encrypted, 3 tables there, in 84 ms`. */
export function worksLine(name: string, probe: DatabaseProbe): string {
  const ms = Math.round(probe.stages.reduce((sum, stage) => sum + stage.ms, 0));
  const there = probe.tables.length;
  const tables = there === 0 ? "" : there === 1 ? ", its table there" : `, all ${there} tables there`;
  return `${name} answers: Postgres ${probe.serverVersion ?? "of an unknown version"}, ${probe.encrypted === true ? "encrypted" : "in plain text"}${tables}, in ${ms} ms`;
}

const notParameters: ReadonlySet<string> = new Set(["scheme", "form", "hosts", "user", "password"]);

/** The URL as it should be, with placeholders; null where nothing of it is to be changed. `named`: these drivers will read it. */
export function correctedFor({
  shape,
  drivers,
  named,
  probe,
}: Pick<UrlInput, "shape" | "drivers" | "named" | "probe">): string | null {
  if (shape.empty || shape.form === "unknown") return null;
  const refused = !named
    ? []
    : drivers.flatMap(({ judgements }) =>
        judgements.flatMap(({ parameter, outcome, value }) =>
          outcome === "refused" && value !== null && !notParameters.has(parameter) ? [parameter] : [],
        ),
      );
  const speaksTls = probe === undefined || !isWithoutTls(probe);
  const bare =
    speaksTls && shape.sslmode === undefined && shape.provider.kind !== "local" && shape.provider.kind !== "unknown";
  const isFaulty = shape.faults.some(
    (fault) => isUnfilled(fault) || (!["tolerated", "unlikely"].includes(fault.effect) && !isParameterFault(fault)),
  );
  const set = bare && !refused.includes("sslmode") ? { set: { sslmode: "require" } } : {};
  const corrected = urlText(correctedUrl(shape, { without: refused, ...set }), placeholder);
  // What another driver knows is left as it is: no change is no correction.
  return isFaulty || corrected !== shownUrl(shape) ? corrected : null;
}

/** Faults that percent-encoding mends. */
const encodable = /^(?:unescaped-|bad-percent|at-in-query)/;

const encoder = `node -p 'encodeURIComponent(require("fs").readFileSync(0, "utf8").trimEnd())'`;

function remediesOf(
  input: UrlInput,
  cause: CauseId | undefined,
  verdict: CheckedDatabase["verdict"],
): readonly Remedy[] {
  const { shape, source, kind, again } = input;
  const url = correctedFor(input);
  const place = kind === "file" ? ` in ${source.split(" in ")[1] ?? source}` : "";
  const variable = kind === "argument" || kind === "stdin" ? "DATABASE_URL" : (source.split(" ")[0] ?? source);
  const encodes = shape.faults.some(({ code }) => encodable.test(code));
  const rewrite: readonly Remedy[] =
    url === null
      ? []
      : [
          {
            kind: "now",
            title: `Write the URL${place} so, with user and password percent-encoded.`,
            commands: [`${variable}='${url}'`, ...(encodes ? [encoder] : [])],
            ...(encodes ? { advice: "The second command encodes what is typed into it, up to Ctrl-D." } : {}),
            placeholders: [...new Set(url.match(/<[A-Z-]+>/g) ?? [])],
            changes: false,
          },
        ];
  const mending = particularOf(shape, input.probe)?.mending ?? causeNamed(cause)?.mending;
  const mend: readonly Remedy[] =
    mending === undefined || (url !== null && cause === "database-url-malformed") || verdict === "works"
      ? []
      : [{ kind: "now", title: mending, commands: [], changes: false }];
  const verify: Remedy = { kind: "verify", title: "Check that it is gone.", commands: [again], changes: false };
  const all = [...rewrite, ...mend];
  return all.length === 0 ? [] : [...all, verify];
}

/** What the network proves closed, as findings. */
export function networkFindings(network: readonly CheckedNetwork[]): readonly Found[] {
  return network.flatMap(({ aspects }) =>
    aspects
      .filter(({ verdict }) => verdict === "closed")
      .map(({ aspect, says }): Found => ({ code: `network-${aspect}`, severity: "error", message: says })),
  );
}
