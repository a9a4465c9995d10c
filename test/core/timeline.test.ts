import { describe, expect, it } from "vitest";
import { collector, createFacts, known, type Collector, type Facts } from "../../src/core/fact.ts";
import type { Evidence } from "../../src/core/finding.ts";
import type { Diagnosis } from "../../src/core/report.ts";
import { layerRef, type FunctionRef } from "../../src/core/subject.ts";
import { timelineOf } from "../../src/core/timeline.ts";
import { databaseUrl, type Setting } from "../../src/facts/database.ts";
import { functionConfiguration, functions } from "../../src/facts/functions.ts";
import { layerVersion, newestLayerVersion } from "../../src/facts/layers.ts";
import { run } from "../../src/facts/run.ts";
import { deploy } from "../../src/facts/stack.ts";

const fn: FunctionRef = { kind: "function", id: "GetUsage", label: "GetUsage", functionName: "demo-GetUsage" };
const arn = (version: number): string => `arn:aws:lambda:eu-west-1:111122223333:layer:common:${version}`;
const layer = (version: number) => layerRef(arn(version)) as NonNullable<ReturnType<typeof layerRef>>;
const at = (time: string): string => `2026-11-23T${time}.000Z`;

/** A stack that was deployed between 10:01:00 and 10:02:11, and looked at from 12:00 on. */
async function stack({
  changed = at("10:01:30"),
  published = at("10:01:58"),
  set = at("09:00:00"),
  secret = undefined as string | undefined,
} = {}): Promise<Facts> {
  const published8 = { exists: true, created: published, runtimes: [], architectures: [], codeSha256: "", codeSize: 1 };
  const setting: Setting = {
    looked: ["DATABASE_URL"],
    origin:
      secret === undefined
        ? { kind: "ssm", variable: "DATABASE_URL_PARAM_NAME", name: "/demo/url" }
        : { kind: "secrets-manager", variable: "DATABASE_URL_SECRET_ARN", id: secret },
    value: known({ found: true, value: "x", ...(secret === undefined ? { version: 3 } : {}), lastModified: set }),
  };
  const collectors: readonly Collector[] = [
    collector(run, async () => known({ startedAt: at("12:00:00") } as never)),
    collector(deploy, async () =>
      known({
        kind: "update",
        startedAt: at("10:01:00"),
        finishedAt: at("10:02:11"),
        status: "",
        failures: [],
      } as const),
    ),
    collector(functions, async () => known([fn])),
    collector(functionConfiguration, async () =>
      known({ lastModified: changed, layers: [{ arn: arn(8), codeSize: 1 }] } as never),
    ),
    collector(layerVersion, async (_, { version }) =>
      known({ ...published8, created: version === 8 ? published : at("11:00:00") } as never),
    ),
    collector(newestLayerVersion, async () => known(layer(9))),
    collector(databaseUrl, async () => known(setting)),
  ];
  const facts = createFacts(collectors, { ask: async () => ({ status: "not-recorded" }) });
  await Promise.all([
    ...[run, deploy, functions].map((handle) => facts.get<null, unknown>(handle as never, null)),
    facts.get(functionConfiguration, fn),
    facts.get(databaseUrl, fn),
    ...[8, 9].map((version) => facts.get(layerVersion, layer(version))),
    facts.get(newestLayerVersion, layer(8)),
  ]);
  return facts;
}

const log = (first: string, last = first): Evidence => ({
  kind: "log",
  where: "log",
  says: "no",
  count: 2,
  first,
  last,
});
const says = (text: string): Evidence => ({ kind: "package", where: text, says: "" });

function told(facts: Facts, because: readonly Evidence[], more: Partial<Diagnosis> = {}): readonly string[] {
  const diagnosis = { headline: "", summary: "", subjects: [fn], because, explains: [], ...more };
  return timelineOf(diagnosis, facts).map(({ at: time, kind, of }) =>
    [time.slice(11, 19), kind, ...(of === undefined ? [] : [of])].join(" "),
  );
}

describe("the timeline of a cause", () => {
  it("goes from what changed over the deploy to the last error", async () => {
    const errors = [log(at("10:02:53"), at("10:05:00")), log(at("10:04:00"), at("10:09:40"))];
    expect(told(await stack(), [says("layer common:8"), ...errors])).toEqual([
      "10:01:58 layer-published common:8",
      "10:02:11 deploy",
      "10:02:53 first-error",
      "10:09:40 last-error",
    ]);
  });

  it("names a layer or parameter only where the cause speaks of it, and no other whose name it begins with", async () => {
    const facts = await stack();
    expect(told(facts, [says("layer common:80"), says("/demo/url-old")])).toEqual(["10:02:11 deploy"]);
    expect(told(facts, [says("SSM parameter /demo/url")])).toEqual([
      "09:00:00 parameter-changed /demo/url:3",
      "10:02:11 deploy",
    ]);
    expect(told(facts, [], { summary: "The layer common:9 has it." })).toEqual([
      "10:02:11 deploy",
      "11:00:00 layer-published common:9",
    ]);
  });

  it("names the parameter of a database that does not answer", async () => {
    const subjects = [{ kind: "database", id: "0", label: "the database" } as const];
    expect(told(await stack(), [], { subjects })).toContain("09:00:00 parameter-changed /demo/url:3");
  });

  it.each([
    ["prod/db", "prod/db"],
    ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3", "prod/db"],
  ])("names a secret of Secrets Manager that it speaks of, by its name: %s", async (id, name) => {
    const facts = await stack({ secret: id, set: at("11:58:00") });
    expect(told(facts, [says(`the secret ${id}`)])).toContain(`11:58:00 secret-changed ${name}`);
    expect(told(facts, [says("the secret prod/other")])).toEqual(["10:02:11 deploy"]);
    const subjects = [{ kind: "database", id: "0", label: "the database" } as const];
    expect(told(facts, [], { subjects })).toContain(`11:58:00 secret-changed ${name}`);
  });

  it("names a function that was changed beside the deploy, and none that the deploy changed", async () => {
    expect(told(await stack({ changed: at("10:30:00") }), [])).toContain("10:30:00 function-changed GetUsage");
    expect(told(await stack(), []).join()).not.toContain("function-changed");
  });

  it("leaves out what changed long before, and errors of the run's own requests", async () => {
    const facts = await stack({ published: "2026-11-01T10:00:00.000Z" });
    expect(told(facts, [says("common:8"), log(at("12:00:01"))])).toEqual(["10:02:11 deploy"]);
  });

  it("collects nothing itself", () => {
    const facts = createFacts([], {
      ask: () => {
        throw new Error("It asked.");
      },
    });
    expect(told(facts, [log(at("10:02:53"))])).toEqual(["10:02:53 first-error"]);
    expect(facts.seen(functions, null)).toBeUndefined();
  });
});
