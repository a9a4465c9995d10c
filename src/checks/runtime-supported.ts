import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { run } from "../facts/run.ts";
import { runtimeNamed, type Runtime } from "../packages/runtimes.ts";
import { daysBetween } from "./support/days.ts";
import { exampleConfiguration, exampleFunction } from "./support/examples.ts";

/** How long before its end a runtime is worth a note, in days. */
const noticeDays = 180;

export default defineCheck({
  id: "runtime-supported",
  title: "The functions' runtimes are still maintained",
  severity: "warning",
  why: "A deprecated runtime gets no security fixes, and from a later day on its functions can no longer be updated.",
  subjects: functions,
  requires: { configuration: functionConfiguration, at: run },
  run({ subject, configuration, at }) {
    const { packageType, runtime: name } = configuration;
    if (packageType === "Image")
      return notApplicable(`${subject.label} is a container image and brings its own runtime.`);
    const runtime = name === undefined ? undefined : runtimeNamed(name);
    if (runtime === undefined) {
      return notApplicable(
        `The runtime of ${subject.label}, ${name ?? "which has no name"}, is not one that cscp has dates for.`,
      );
    }
    const finding = findingOf(subject, runtime, at.startedAt.slice(0, 10));
    return finding === undefined ? pass : findings([finding]);
  },
  examples: () => ({
    fails: [
      {
        name: "a runtime whose functions can no longer be updated",
        subject: exampleFunction(),
        given: exampleGiven("python3.9", "2027-03-03T09:00:00.000Z"),
        codes: ["blocked"],
      },
      {
        name: "a runtime that is deprecated",
        subject: exampleFunction(),
        given: exampleGiven("nodejs18.x", "2026-11-20T10:10:00.000Z"),
        codes: ["deprecated"],
      },
      {
        name: "a runtime that will be deprecated within half a year",
        subject: exampleFunction(),
        given: exampleGiven("python3.11", "2027-01-01T00:00:00.000Z"),
        codes: ["deprecated-soon"],
        severities: ["note"],
      },
    ],
    passes: [
      {
        name: "a runtime with years to go",
        subject: exampleFunction(),
        given: exampleGiven("python3.12", "2026-11-20T10:10:00.000Z"),
      },
      {
        name: "a runtime whose end is 181 days away",
        subject: exampleFunction(),
        given: exampleGiven("python3.11", "2026-12-31T23:59:59.000Z"),
      },
      {
        name: "a container image",
        subject: exampleFunction(),
        given: {
          ...exampleGiven("python3.12", "2026-11-20T10:10:00.000Z"),
          configuration: exampleConfiguration({ packageType: "Image", runtime: undefined }),
        },
        kind: "not-applicable",
      },
      {
        name: "a runtime that is not in the table",
        subject: exampleFunction(),
        given: exampleGiven("java21", "2026-11-20T10:10:00.000Z"),
        kind: "not-applicable",
      },
    ],
  }),
});

function findingOf(fn: FunctionRef, runtime: Runtime, today: string): FindingDraft | undefined {
  const { name, deprecated, updatesBlocked } = runtime;
  const base = {
    evidence: [
      {
        kind: "configuration",
        where: fn.label,
        says: `Runtime = ${name}: maintained until ${deprecated}, updated until ${updatesBlocked}`,
      },
    ],
    detail: { runtime: name, deprecated, updatesBlocked },
  } as const;
  if (today >= updatesBlocked) {
    const message = `${fn.label} runs on ${name}: it still answers, but since ${updatesBlocked} its code and settings can no longer be updated.`;
    return { ...base, code: "blocked", message };
  }
  if (today >= deprecated) {
    const message = `${fn.label} runs on ${name}, which has had no fixes since ${deprecated} and can be updated until ${updatesBlocked} only.`;
    return { ...base, code: "deprecated", message };
  }
  const days = daysBetween(today, deprecated);
  if (days > noticeDays) return undefined;
  const message = `${fn.label} runs on ${name}, which gets no more fixes after ${deprecated}, in ${days} days.`;
  return { ...base, code: "deprecated-soon", message, severity: "note" };
}

function exampleGiven(runtime: string, startedAt: string) {
  return {
    configuration: exampleConfiguration({ runtime }),
    at: {
      startedAt,
      region: "ap-southeast-1",
      stackName: "cs-copilot-backend",
      endpointOverride: false,
      smoke: true,
      configuration: {},
    },
  };
}
