// One stack as it is found in the field, in order unless a test says otherwise: facts are stubs, checks and causes real.
import { scrubShapes } from "../../src/source/shapes.ts";
import type { Cause } from "../../src/core/cause.ts";
import { collector, createFacts, known, unreadable, type Collector, type Fact } from "../../src/core/fact.ts";
import { diagnose, type DiagnoseResult } from "../../src/core/diagnose.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { runChecks } from "../../src/core/run-checks.ts";
import { layerRef, type FunctionRef, type ToolRef } from "../../src/core/subject.ts";
import { checks } from "../../src/checks/registry.gen.ts";
import { exampleConfiguration, exampleInventory, goodUrl, literalUrl } from "../../src/checks/support/examples.ts";
import { collectors } from "../../src/collect/registry.gen.ts";
import { apis, tools, type Api } from "../../src/facts/api.ts";
import { configuration, parseConfiguration } from "../../src/facts/configuration.ts";
import {
  databaseNetwork,
  databaseProbe,
  databaseUrl,
  databaseUrlAccess,
  databaseUse,
  signingSecret,
  signingSecretAccess,
  type DatabaseNetwork,
  type DatabaseProbe,
  type RoleAccess,
  type Setting,
} from "../../src/facts/database.ts";
import { functionPresence, functions, type FunctionConfiguration } from "../../src/facts/functions.ts";
import type { Inventory } from "../../src/facts/inventory.ts";
import { layerVersion, newestLayerVersion } from "../../src/facts/layers.ts";
import { functionErrors, type ErrorGroup } from "../../src/facts/logs.ts";
import {
  functionInventory,
  importPrediction,
  importPredictionWithNewestLayers,
  layerInventory,
  type ImportPrediction,
} from "../../src/facts/packages.ts";
import { project, type Project } from "../../src/facts/project.ts";
import type { BodyOf } from "../../src/facts/requests/index.ts";
import type { runStart } from "../../src/facts/requests/run.ts";
import { identity, run } from "../../src/facts/run.ts";
import { signingKey, smokeResult, type SigningKey, type SmokeResult } from "../../src/facts/smoke.ts";
import { deploy, resources, stack, theStack, type Deploy, type Stack } from "../../src/facts/stack.ts";
import { template, type Template } from "../../src/facts/template.ts";
import { plannedRequest } from "../../src/smoke/facts.ts";
import {
  account,
  allNames,
  databaseNames,
  driverImport,
  fnRef,
  fromLayer,
  keySetting,
  keyToken,
  layerWith,
  parsedTemplate,
  probeOf,
  projectFolder,
  region,
  stackName,
  toolNames,
  willImport,
  type FunctionName,
} from "./builders.ts";

/** What a test may change of one function. */
interface FunctionWorld {
  readonly configuration?: Partial<FunctionConfiguration>;
  readonly prediction?: ImportPrediction;
  readonly newest?: ImportPrediction;
  readonly url?: Setting;
  readonly urlAccess?: RoleAccess;
  readonly key?: Setting;
  readonly keyAccess?: RoleAccess;
  readonly errors?: readonly ErrorGroup[];
  readonly answer?: Partial<SmokeResult>;
  readonly qualifier?: string;
  readonly missing?: true;
}

export interface World {
  readonly functions?: Partial<Record<FunctionName, FunctionWorld>>;
  readonly newestLayers?: readonly string[];
  readonly deletedLayers?: readonly string[];
  readonly layerContents?: Readonly<Record<string, Inventory>>;
  readonly network?: DatabaseNetwork;
  readonly probe?: DatabaseProbe;
  readonly key?: SigningKey;
  readonly project?: Project | null;
  /** As it was deployed. */
  readonly template?: Template;
  readonly stack?: Partial<Stack>;
  readonly deploy?: Partial<Deploy>;
  readonly routes?: readonly Partial<Api["routes"][number]>[];
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly smoke?: false;
  /** `smoke` of the project's configuration. */
  readonly smokeConfiguration?: JsonValue;
}

/** The same change for several functions. */
export function each(
  names: readonly FunctionName[],
  change: FunctionWorld,
): Partial<Record<FunctionName, FunctionWorld>> {
  return Object.fromEntries(names.map((name) => [name, change]));
}

/** Changes of one function over those of others. */
export function merge(
  ...list: readonly Partial<Record<FunctionName, FunctionWorld>>[]
): Partial<Record<FunctionName, FunctionWorld>> {
  const result: Partial<Record<FunctionName, FunctionWorld>> = {};
  for (const part of list) {
    for (const name of allNames) if (part[name] !== undefined) result[name] = { ...result[name], ...part[name] };
  }
  return result;
}

const healthy: SmokeResult = {
  outcome: "ok",
  status: 200,
  shown: "200",
  detail: "The tool answered as expected.",
  latencyMs: 200,
  attempts: 1,
  signedWith: "hmac",
  errors: [],
};

/** The stubs, and beside them the real collectors of whatever follows from other facts. */
function collectorsOf(world: World): readonly Collector[] {
  const of = (fn: FunctionRef): FunctionWorld => world.functions?.[fn.id as FunctionName] ?? {};
  const list = allNames.map((name) => fnRef(name, world.functions?.[name]?.qualifier));
  const usesDatabase = (name: string): boolean => (databaseNames as readonly string[]).includes(name);
  const found = (fn: FunctionRef): FunctionConfiguration => ({
    ...exampleConfiguration({
      name: fn.functionName,
      arn: `arn:aws:lambda:${region}:${account}:function:${fn.functionName}`,
      role: `arn:aws:iam::${account}:role/${stackName}-${fn.id.replace(":$LATEST", "")}Role-5E6F`,
      logGroup: `/aws/lambda/${fn.functionName}`,
      environment: { DATABASE_URL: "", HMAC_PARAM_NAME: "/cs-copilot/hmac-secret" },
      runtime: "python3.12",
    }),
    ...of(fn).configuration,
  });
  const driver = driverImport("pg8000", fromLayer(8), "1.30.5");
  const prediction = (fn: FunctionRef): ImportPrediction =>
    of(fn).prediction ?? (usesDatabase(fn.id) ? willImport(driver) : willImport());
  const notNeeded: RoleAccess = { needed: false };
  const stubs: readonly Collector[] = [
    collector(run, async () =>
      known<BodyOf<typeof runStart>>({
        startedAt: "2026-11-20T10:10:00.000Z",
        region,
        stackName,
        ...(world.profile === undefined ? {} : { profile: world.profile }),
        ...(world.endpointUrl === undefined ? {} : { endpointUrl: world.endpointUrl }),
        endpointOverride: false,
        smoke: world.smoke ?? true,
        configuration: {},
      }),
    ),
    collector(identity, async () => known({ account, arn: `arn:aws:iam::${account}:user/ci-deploy` })),
    collector(configuration, async () => known(parseConfiguration({ smoke: world.smokeConfiguration ?? {} }))),
    collector(theStack, async () => known([{ kind: "stack" as const, id: stackName, label: stackName }])),
    collector(stack, async () =>
      known<Stack>({
        exists: true,
        id: "stack/1",
        name: stackName,
        status: "UPDATE_COMPLETE",
        created: "2026-09-01T08:00:00.000Z",
        updated: "2026-11-20T10:00:40.000Z",
        parameters: [
          { name: "AllowedOrigin", value: "*" },
          { name: "DatabaseUrl", value: "****" },
        ],
        outputs: [],
        ...world.stack,
      }),
    ),
    collector(deploy, async () =>
      known<Deploy>({
        kind: "update",
        startedAt: "2026-11-20T10:00:40.000Z",
        finishedAt: "2026-11-20T10:02:11.000Z",
        status: "UPDATE_COMPLETE",
        failures: [],
        ...world.deploy,
      }),
    ),
    collector(resources, async () => known([])),
    collector(template, async () => known(world.template ?? parsedTemplate())),
    collector(project, async () => known(world.project === null ? undefined : (world.project ?? projectFolder()))),
    collector(functions, async () => known(list)),
    collector(functionPresence, async (_context, fn) =>
      of(fn).missing === true ? known({ exists: false as const }) : known(found(fn)),
    ),
    collector(importPrediction, async (_context, fn) => known(prediction(fn))),
    collector(importPredictionWithNewestLayers, async (_context, fn) => known(of(fn).newest ?? prediction(fn))),
    collector(functionInventory, async () => known(exampleInventory({ files: { "_shared/db.py": 900 } }))),
    collector(layerInventory, async (_context, ref) => known(world.layerContents?.[ref.label] ?? layerWith())),
    collector(layerVersion, async (_context, ref) =>
      world.deletedLayers?.includes(ref.label) === true
        ? known({ exists: false as const })
        : known({
            exists: true as const,
            runtimes: ["python3.12"],
            architectures: ["x86_64"],
            codeSha256: ref.label,
            codeSize: 1,
          }),
    ),
    collector(newestLayerVersion, async (_context, ref) => {
      const newest = (world.newestLayers ?? [])
        .map((arn) => layerRef(arn))
        .find((one) => one?.layerArn === ref.layerArn);
      return known(newest ?? ref);
    }),
    collector(databaseUse, async (_context, fn) =>
      known(
        usesDatabase(fn.id)
          ? { uses: true, because: `${fn.label} imports pg8000.`, driver: { name: "pg8000", version: "1.30.5" } }
          : { uses: false, because: `${fn.label} imports no Postgres driver.` },
      ),
    ),
    collector(databaseUrl, async (_context, fn) => known(of(fn).url ?? literalUrl(goodUrl))),
    collector(databaseUrlAccess, async (_context, fn) => known(of(fn).urlAccess ?? notNeeded)),
    collector(signingSecret, async (_context, fn) => known(of(fn).key ?? keySetting("aaaaaaaaaaaa"))),
    collector(signingSecretAccess, async (_context, fn) => known(of(fn).keyAccess ?? notNeeded)),
    collector(signingKey, async () =>
      known<SigningKey | undefined>(
        world.key ?? {
          from: "function",
          described: "the SSM parameter /cs-copilot/hmac-secret",
          token: keyToken("aaaaaaaaaaaa"),
        },
      ),
    ),
    collector(databaseProbe, async () => known(world.probe ?? probeOf())),
    collector(databaseNetwork, async () => known(world.network ?? { port: 5432, ways: [], missing: [] })),
    collector(apis, async () =>
      known<readonly Api[]>([
        {
          apiId: "a1b2c3",
          type: "rest",
          stage: "Prod",
          url: "https://a1b2c3.execute-api.ap-southeast-1.amazonaws.com/Prod",
          routes: (world.routes ?? Object.keys(toolNames).map((name) => ({ path: `/${name}` }))).map((route) => ({
            method: "POST",
            path: "/",
            apiKeyRequired: false,
            ...route,
          })),
        },
      ]),
    ),
    collector(tools, async () =>
      known(
        Object.entries(toolNames).map(([id, functionId]): ToolRef => ({
          kind: "tool",
          id,
          label: id,
          method: "POST",
          path: `/${id}`,
          functionId,
        })),
      ),
    ),
    collector(plannedRequest, async (_context, tool) => unreadable("skipped", tool.label, "It is not planned.")),
    collector(smokeResult, async (_context, tool): Promise<Fact<SmokeResult>> => {
      if (world.smoke === false) return unreadable("skipped", tool.label, "Smoke requests were switched off.");
      return known({ ...healthy, ...world.functions?.[tool.functionId as FunctionName]?.answer });
    }),
    collector(functionErrors, async (_context, fn) =>
      known({
        logGroup: `/aws/lambda/${fn.functionName}`,
        exists: true,
        from: "2026-11-20T10:00:40.000Z",
        to: "2026-11-20T10:10:00.000Z",
        groups: of(fn).errors ?? [],
        truncated: false,
      }),
    ),
  ];
  const stubbed = new Set(stubs.map(({ name }) => name));
  return [...stubs, ...collectors.filter(({ name }) => !stubbed.has(name))];
}

/** Every finding of the real checks over this world, and what the causes make of them. */
export async function diagnosed(
  causes: readonly Cause[],
  world: World,
  more: readonly Finding[] = [],
): Promise<DiagnoseResult & { readonly findings: readonly Finding[] }> {
  const facts = createFacts(collectorsOf(world), { ask: async () => ({ status: "not-recorded" }) });
  const reports = await runChecks(checks, facts);
  const crashed = reports.flatMap(({ subjects }) => subjects.filter(({ verdict }) => verdict === "crashed"));
  if (crashed[0] !== undefined) throw new Error(`A check crashed: ${crashed[0].reason ?? ""}`);
  const findings = [...reports.flatMap(({ subjects }) => subjects.flatMap((result) => result.findings)), ...more];
  const result = await diagnose(causes, findings, facts);
  // Whatever is printed is scrubbed once more: what takes a secret from a variable must come through that as it is.
  for (const command of result.diagnoses.flatMap(({ remedies }) => remedies.flatMap(({ commands }) => commands))) {
    if (scrubShapes(command) !== command) throw new Error(`A command does not come through as it is: ${command}`);
  }
  return { findings, ...result };
}
