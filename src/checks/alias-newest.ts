import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import {
  aliasTarget,
  functionConfiguration,
  functions,
  latestConfiguration,
  type AliasTarget,
} from "../facts/functions.ts";
import { exampleConfiguration, exampleFunction } from "./support/examples.ts";
import { listed } from "./support/text.ts";
import { differences } from "./support/versions.ts";

export default defineCheck({
  id: "alias-newest",
  title: "Aliases that the API invokes lead to what was deployed last",
  severity: "warning",
  why: "A deploy changes $LATEST; callers of an alias or a fixed version get it only when a version is published and the alias moved.",
  subjects: functions,
  requires: { configuration: functionConfiguration, latest: latestConfiguration },
  uses: { target: aliasTarget },
  run({ subject, configuration, latest, target }) {
    const { qualifier } = subject;
    if (qualifier === undefined || qualifier === "$LATEST")
      return notApplicable(`The API invokes ${subject.label} without an alias.`);
    const differ = differences(configuration, latest);
    const isOlder = configuration.version !== latest.version && differ.length > 0;
    const found = [
      isOlder ? behindFinding(subject, configuration.version, differ, latest.lastModified) : undefined,
      target.state === "known" ? shiftedFinding(subject, target.value) : undefined,
    ].filter((one) => one !== undefined);
    return found.length === 0 ? pass : findings(found);
  },
  examples: () => ({
    fails: [
      {
        name: "a deploy of new code that no alias leads to",
        subject: exampleFunction("GetCustomerUsage", "live"),
        given: {
          configuration: exampleConfiguration({ version: "3" }),
          latest: exampleConfiguration({ codeSha256: "bmV3", lastModified: "2026-11-23T10:02:11.000Z" }),
        },
        codes: ["behind"],
      },
      {
        name: "a route that names a version, and a variable that was set since",
        subject: exampleFunction("GetCustomerUsage", "3"),
        given: {
          configuration: exampleConfiguration({ version: "3" }),
          latest: exampleConfiguration({ environment: { LOG_LEVEL: "debug" } }),
        },
        codes: ["behind"],
      },
      {
        name: "an alias in the middle of a shift of its traffic",
        subject: exampleFunction("GetCustomerUsage", "live"),
        given: {
          configuration: exampleConfiguration({ version: "3" }),
          latest: exampleConfiguration(),
          target: known<AliasTarget>({ exists: true, version: "3", shifted: [{ version: "4", share: 0.1 }] }),
        },
        codes: ["shifted"],
      },
    ],
    passes: [
      {
        name: "an alias on the version that was published of the last deploy",
        subject: exampleFunction("GetCustomerUsage", "live"),
        given: {
          configuration: exampleConfiguration({ version: "3" }),
          latest: exampleConfiguration(),
          target: known<AliasTarget>({ exists: true, version: "3", shifted: [] }),
        },
      },
      {
        name: "a function that is invoked as it is",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration(), latest: exampleConfiguration() },
        kind: "not-applicable",
      },
    ],
  }),
});

function behindFinding(fn: FunctionRef, version: string, differ: readonly string[], changed: string): FindingDraft {
  const { label, qualifier = "" } = fn;
  const invoked =
    qualifier === version ? `version ${version} of ${label}` : `${label}:${qualifier}, which is version ${version}`;
  return {
    code: "behind",
    message: `The API invokes ${invoked}; what was deployed last is in $LATEST only, and differs in ${listed(differ)}.`,
    evidence: [
      { kind: "configuration", where: `${label}:${qualifier}`, says: `Version = ${version}` },
      { kind: "configuration", where: `${label}:$LATEST`, says: `other ${listed(differ)}`, first: changed },
    ],
    detail: { qualifier, version, differ: listed(differ) },
  };
}

function shiftedFinding(
  { label, qualifier = "" }: FunctionRef,
  target: AliasTarget | undefined,
): FindingDraft | undefined {
  if (target === undefined || target.shifted.length === 0) return undefined;
  const { version, shifted } = target;
  const shares = shifted.map((one) => `${Math.round(one.share * 1000) / 10} % to version ${one.version}`);
  return {
    code: "shifted",
    message: `The alias ${qualifier} of ${label} sends ${listed(shares)} and the rest to version ${version}: version ${version} is what is judged here, and requests may meet either.`,
    evidence: [{ kind: "configuration", where: `${label}:${qualifier}`, says: `RoutingConfig: ${listed(shares)}` }],
    detail: { qualifier, version, others: shifted.map((one) => one.version).join(",") },
  };
}
