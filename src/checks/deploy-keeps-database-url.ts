import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known } from "../core/fact.ts";
import type { Evidence, Severity } from "../core/finding.ts";
import { isBlank, showValue, type Value } from "../core/secret.ts";
import { databaseSettings, type DatabaseSetting } from "../facts/database-settings.ts";
import type { Setting } from "../facts/database.ts";
import { project, type Project } from "../facts/project.ts";
import { theStack } from "../facts/stack.ts";
import { template, type Template } from "../facts/template.ts";
import {
  denied,
  exampleFunction,
  exampleStack,
  goodUrl,
  literalUrl,
  parameterOrigin,
  settingOf,
  urlToken,
} from "./support/examples.ts";
import { undecided, unknownFrom } from "./support/missing.ts";
import { listed } from "./support/text.ts";

export default defineCheck({
  id: "deploy-keeps-database-url",
  title: "A deploy from this project keeps the database URL",
  severity: "error",
  why: "An override with an empty value in samconfig.toml blanks the database URL at every deploy, without a word.",
  subjects: theStack,
  requires: { settings: databaseSettings },
  uses: { project, template },
  run({ subject, settings, project: folder, template: deployed }) {
    if (folder.state === "unreadable") return unknownFrom(folder);
    if (folder.value === undefined) return notApplicable("cscp was not pointed at a project folder.");
    const { samconfig, brokenSamconfig } = folder.value;
    if (samconfig === undefined && brokenSamconfig === undefined)
      return notApplicable("The project has no samconfig.toml that sets parameters.");
    // What is deployed from this folder next is the folder's template; without it the deployed one is the best guess.
    const local = folder.value.template?.parsed;
    if (local === undefined && deployed.state === "unreadable") return unknownFrom(deployed);
    const source = local ?? (deployed.state === "known" ? deployed.value : undefined);
    const fed = source === undefined ? [] : fedByParameters(source, settings);
    if (fed.length === 0) return notApplicable(`No database URL of ${subject.label} comes from a stack parameter.`);
    if (samconfig === undefined) {
      const { path = "samconfig.toml", unreadable = "it is not there" } = brokenSamconfig ?? {};
      return undecided(
        path,
        `Whether a deploy from this project empties the database URL is not known: ${path} could not be read, ${unreadable}.`,
      );
    }

    const blanked = samconfig.overrides.filter(
      (override) => isBlank(override.value) && fed.some(({ parameter }) => parameter === override.name),
    );
    if (blanked.length === 0) return pass;
    const { path, environment, matchesStack } = samconfig;
    return findings(
      blanked.map(({ name, line, value }) => {
        const uses = fed.filter(({ parameter }) => parameter === name);
        const lost = uses.filter(({ entry }) => stateOf(entry) === "lost");
        const held = uses.filter(({ entry }) => stateOf(entry) === "held");
        return {
          code: "blank-override",
          message: messageOf(`${path}:${line}`, name, subject.label, lost, held),
          evidence: [
            { kind: "project", where: `${path}:${line}`, says: `${name} = ${blankText(value)} in [${environment}]` },
            ...settingEvidence(lost),
          ],
          detail: { parameter: name, file: path, line: String(line), environment },
          severity: severityOf(lost.length, held.length, matchesStack),
        };
      }),
    );
  },
  examples: () => ({
    fails: [
      {
        name: "an override that blanked the URL at the last deploy",
        subject: exampleStack,
        given: { settings: exampleSettings(lostUrl()), project: known(exampleProject("")) },
        codes: ["blank-override"],
      },
      {
        name: "the same in an environment that does not name this stack",
        subject: exampleStack,
        given: { settings: exampleSettings(lostUrl()), project: known(exampleProject("", { matchesStack: false })) },
        codes: ["blank-override"],
        severities: ["warning"],
      },
      {
        name: "an override that the next deploy will blank the URL with",
        subject: exampleStack,
        given: { settings: exampleSettings(literalUrl(goodUrl)), project: known(exampleProject(" ")) },
        codes: ["blank-override"],
        severities: ["warning"],
      },
      {
        name: "a blank by design, with the URL in a parameter of SSM",
        subject: exampleStack,
        given: {
          settings: exampleSettings(settingOf(parameterOrigin, { found: true, value: urlToken(goodUrl), version: 3 })),
          project: known(exampleProject("")),
        },
        codes: ["blank-override"],
        severities: ["note"],
      },
      {
        name: "a project without a template, judged by the one that was deployed",
        subject: exampleStack,
        given: {
          settings: exampleSettings(lostUrl()),
          project: known(exampleProject("", { withTemplate: false })),
          template: known(exampleTemplate()),
        },
        codes: ["blank-override"],
      },
    ],
    passes: [
      {
        name: "an override with a value",
        subject: exampleStack,
        given: {
          settings: exampleSettings(literalUrl(goodUrl)),
          project: known(exampleProject(urlToken(goodUrl))),
        },
      },
      {
        name: "no override, so that the stack keeps what it has",
        subject: exampleStack,
        given: { settings: exampleSettings(literalUrl(goodUrl)), project: known(exampleProject(undefined)) },
      },
      {
        name: "outside a project folder",
        subject: exampleStack,
        given: { settings: exampleSettings(lostUrl()), project: known(undefined) },
        kind: "not-applicable",
      },
      {
        name: "a project without samconfig.toml",
        subject: exampleStack,
        given: { settings: exampleSettings(lostUrl()), project: known({ requirements: [] }) },
        kind: "not-applicable",
      },
      {
        name: "a samconfig.toml that could not be read, which is not one that is absent",
        subject: exampleStack,
        given: {
          settings: exampleSettings(lostUrl()),
          project: known(brokenProject()),
        },
        kind: "unknown",
      },
      {
        name: "a samconfig.toml that could not be read, where no parameter fills the URL",
        subject: exampleStack,
        given: {
          settings: [],
          project: known(brokenProject()),
        },
        kind: "not-applicable",
      },
      {
        name: "a template in which no parameter fills the URL",
        subject: exampleStack,
        given: {
          settings: exampleSettings(lostUrl()),
          project: known(exampleProject("", { withTemplate: false })),
          template: known({ ...exampleTemplate(), functions: [] }),
        },
        kind: "not-applicable",
      },
      {
        name: "a project folder that could not be read",
        subject: exampleStack,
        given: { settings: exampleSettings(lostUrl()) },
        kind: "unknown",
      },
      {
        name: "no template anywhere that could be read",
        subject: exampleStack,
        given: {
          settings: exampleSettings(lostUrl()),
          project: known(exampleProject("", { withTemplate: false })),
          template: denied("the template of cs-copilot-backend", "cloudformation:GetTemplate"),
        },
        kind: "unknown",
      },
    ],
  }),
});

/** A function's URL variable, and the stack parameter that fills it. */
interface Fed {
  readonly entry: DatabaseSetting;
  readonly variable: string;
  readonly parameter: string;
}

function fedByParameters({ functions }: Template, settings: readonly DatabaseSetting[]): readonly Fed[] {
  return settings.flatMap((entry) => {
    const { fn, setting } = entry;
    if (setting.state === "unreadable") return [];
    const parameterOf = functions.find(({ logicalId }) => logicalId === fn.id)?.parameterOf ?? {};
    return setting.value.looked.flatMap((variable) => {
      const parameter = parameterOf[variable];
      return parameter === undefined ? [] : [{ entry, variable, parameter }];
    });
  });
}

/** Whether a function has lost its URL, holds it where the deploy would blank it, or takes it from elsewhere. */
function stateOf({ setting }: DatabaseSetting): "lost" | "held" | "elsewhere" {
  if (setting.state === "unreadable") return "elsewhere";
  const { origin } = setting.value;
  if (origin === undefined) return "lost";
  return origin.kind === "literal" || origin.kind === "unresolved-reference" ? "held" : "elsewhere";
}

/** A URL that is gone breaks the stack now; one that is still there will go at the next deploy. */
function severityOf(lost: number, held: number, matchesStack: boolean): Severity {
  if (lost > 0) return matchesStack ? "error" : "warning";
  return held > 0 ? "warning" : "note";
}

function messageOf(
  place: string,
  parameter: string,
  stack: string,
  lost: readonly Fed[],
  held: readonly Fed[],
): string {
  const what = `The deploy of ${stack} sets the parameter ${parameter} to an empty value (${place})`;
  const names = (list: readonly Fed[]): string => listed(list.map(({ entry }) => entry.fn.label));
  if (lost.length > 0) return `${what}, and ${names(lost)} ${lost.length === 1 ? "has" : "have"} no database URL.`;
  if (held.length > 0) return `${what}: the next one takes the database URL from ${names(held)}.`;
  return `${what}, which does no harm while the functions take their URL from elsewhere.`;
}

function settingEvidence(lost: readonly Fed[]): readonly Evidence[] {
  return lost.map(({ entry, variable }) => ({
    kind: "configuration",
    where: entry.fn.label,
    says: `${variable} is empty or not set, and the template fills it from the parameter`,
  }));
}

const blankText = (value: Value): string =>
  value === "" ? '""' : typeof value === "string" ? `"${value}"` : showValue(value);

function lostUrl(): Setting {
  return settingOf(undefined, { found: false, reason: "DATABASE_URL is empty on GetCustomerUsage." });
}

function exampleSettings(setting: Setting): readonly DatabaseSetting[] {
  return [{ fn: exampleFunction(), setting: known(setting) }];
}

function exampleTemplate(): Template {
  return {
    parameters: { DatabaseUrl: { defaultValue: "", noEcho: true } },
    functions: [{ logicalId: "GetCustomerUsage", events: [], parameterOf: { DATABASE_URL: "DatabaseUrl" } }],
    layers: [],
  };
}

function exampleProject(
  value: Value | undefined,
  { matchesStack = true, withTemplate = true }: { matchesStack?: boolean; withTemplate?: boolean } = {},
): Project {
  const origin = { name: "AllowedOrigin", value: "*", line: 11 };
  const overrides = value === undefined ? [origin] : [origin, { name: "DatabaseUrl", value, line: 12 }];
  const from = { path: "infra/sam-template.yaml", folder: "infra", parsed: exampleTemplate() };
  return {
    requirements: [],
    ...(withTemplate ? { template: from } : {}),
    samconfig: { path: "infra/samconfig.toml", environment: "default", matchesStack, overrides },
  };
}

function brokenProject(): Project {
  const { samconfig: _samconfig, ...rest } = exampleProject("");
  return { ...rest, brokenSamconfig: { path: "infra/samconfig.toml", unreadable: "line 4 is no valid TOML" } };
}
