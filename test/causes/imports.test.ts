import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/core/cause-ids.gen.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { DriverImport } from "../../src/facts/packages.ts";
import { loadCauses } from "./all.ts";
import {
  badGateway,
  databaseNames,
  distribution,
  driverImport,
  fromLayer,
  layer,
  layerWith,
  logged,
  willFail,
  willImport,
} from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, each, merge, type World } from "./world.ts";

const causes = await loadCauses();
const subjectsOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ check, subject }) => `${check} ${subject.id}`).toSorted();
const errors = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity }) => severity === "error");

/** Four functions that cannot import: the prediction, the log and the answers agree. */
function broken(
  cause: CauseId,
  module: string,
  candidates: readonly CauseId[],
  origin?: DriverImport["origin"],
): World {
  return {
    functions: each(databaseNames, {
      prediction: willFail(cause, module, { origin }),
      errors: [logged(candidates, `Unable to import module 'x': ${module}`, { module })],
      answer: badGateway,
    }),
    layerContents: { "cs-copilot-common:8": layerWith(distribution("psycopg2-binary", "2.9.9")) },
  };
}

const oldLayer: World = {
  functions: each(databaseNames, {
    configuration: { layers: [{ arn: layer(7).id, codeSize: 1 }] },
    prediction: willFail("module-missing", "pg8000"),
    newest: willImport(driverImport("pg8000", fromLayer(8), "1.30.5")),
    errors: [logged(["module-missing"], "No module named 'pg8000'", { module: "pg8000" })],
    answer: badGateway,
  }),
  newestLayers: [layer(8).id],
};

describe("a fault of the files", () => {
  test.each<[CauseId, string, readonly CauseId[], DriverImport["origin"] | undefined]>([
    ["module-missing", "pg8000", ["module-missing", "transitive-dependency-missing"], undefined],
    ["transitive-dependency-missing", "scramp", ["transitive-dependency-missing", "module-missing"], undefined],
    ["driver-backend-missing", "psycopg.pq", ["driver-backend-missing"], fromLayer(8)],
    // The log alone fits several platforms; the files say which it is.
    ["wrong-platform-macos", "psycopg2._psycopg", ["wrong-python-abi", "wrong-arch"], fromLayer(8)],
    ["wrong-platform-windows", "psycopg2._psycopg", ["wrong-python-abi"], fromLayer(8)],
    ["wrong-platform-unspecified", "psycopg2._psycopg", ["wrong-arch"], fromLayer(8)],
    ["wrong-arch", "psycopg2._psycopg", ["wrong-platform-macos", "wrong-python-abi"], fromLayer(8)],
    ["wrong-python-abi", "psycopg2._psycopg", ["wrong-platform-macos", "wrong-arch"], fromLayer(8)],
    ["wrong-libc-musl", "psycopg2._psycopg", ["wrong-libc-musl"], fromLayer(8)],
    ["glibc-too-old", "psycopg2._psycopg", ["glibc-too-old"], fromLayer(8)],
    ["native-extension-missing", "psycopg2._psycopg", ["wrong-platform-macos"], fromLayer(8)],
    ["shared-library-missing", "psycopg2._psycopg", ["shared-library-missing"], { kind: "package" }],
    ["symbol-mismatch", "psycopg2._psycopg", ["symbol-mismatch"], { kind: "package" }],
    ["corrupt-artifact", "psycopg2._psycopg", ["corrupt-artifact"], { kind: "package" }],
    ["permission-denied-files", "_shared.db", ["permission-denied-files"], { kind: "package" }],
    ["handler-file-missing", "tools.handler", ["handler-file-missing"], undefined],
    ["handler-not-found", "tools.handler", ["handler-not-found"], { kind: "package" }],
    ["syntax-error", "_shared.db", ["syntax-error"], { kind: "package" }],
    ["relative-import-error", "_shared", ["module-missing", "relative-import-error"], undefined],
    ["circular-import-or-name-missing", "_shared.db", ["dependency-conflict"], { kind: "package" }],
    ["stdlib-module-removed", "imp", ["stdlib-module-removed"], undefined],
    ["dependency-conflict", "urllib3.util", ["dependency-conflict"], { kind: "package" }],
    ["wrong-runtime-configured", "tools.handler", ["wrong-runtime-configured"], { kind: "package" }],
    ["esm-cjs-mismatch", "pg", ["esm-cjs-mismatch"], { kind: "package" }],
    ["engine-binary-missing", "@prisma/client", ["engine-binary-missing"], { kind: "package" }],
    ["init-crash", "_shared.db", ["init-crash"], { kind: "package" }],
  ])("%s is certain, alone, and takes all symptoms", async (cause, module, candidates, origin) => {
    const { diagnoses, unexplained, findings } = await diagnosed(causes, broken(cause, module, candidates, origin));
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([[cause, "certain"]]);
    const [diagnosis] = diagnoses;
    if (diagnosis === undefined) throw new Error("There is no diagnosis.");
    expectPresentable(diagnosis);
    expect(errors(unexplained)).toEqual([]);
    // Four predictions, four logs, four answers, one pattern.
    expect(subjectsOf(diagnosis.explains)).toEqual(subjectsOf(errors(findings)));
    expect(diagnosis.explains).toHaveLength(13);
    expect(diagnosis.headline).toContain("GetCustomerUsage and 3 others");
    expect(diagnosis.subjects.map(({ id }) => id)).toEqual([...databaseNames]);
  });

  test("is not blamed for errors about another module", async () => {
    const world: World = {
      functions: merge(
        { GetCustomerUsage: { prediction: willFail("module-missing", "pg8000"), answer: badGateway } },
        {
          GetCustomerUsage: {
            errors: [logged(["module-missing"], "No module named 'requests'", { module: "requests" })],
          },
        },
      ),
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => one.cause)).toEqual(["module-missing", "module-missing"]);
    expect(diagnoses[0]?.explains.some(({ check }) => check === "known-errors")).toBe(false);
    expect(diagnoses[1]?.explains.map(({ check }) => check)).toEqual(["known-errors"]);
  });

  test.each<[string, Parameters<typeof each>[1]]>([
    ["an answer as it should be", {}],
    [
      "an answer that it failed",
      { answer: { outcome: "tool-error", status: 500, code: "TOOL_FAILURE", shown: "500" } },
    ],
    ["neutral values", { answer: { outcome: "masked-failure", shown: "200" } }],
    ["a newer layer that has it", { newest: willImport(driverImport("pg8000", fromLayer(8), "1.30.5")) }],
  ])("is no cause where the function's code answers all the same: %s", async (_, change) => {
    const prediction = willFail("module-missing", "pg8000");
    const { diagnoses, findings } = await diagnosed(causes, {
      functions: { GetCustomerUsage: { prediction, ...change } },
    });
    expect(findings.filter(({ check }) => check === "imports-work")).toEqual([]);
    expect(diagnoses.filter((one) => one.cause === "module-missing" || one.cause === "layer-version-old")).toEqual([]);
  });

  test.each<[string, Parameters<typeof each>[1]]>([
    ["a failure that nobody's code names", { answer: { outcome: "tool-error", status: 500, shown: "500" } }],
    ["a refusal", { answer: { outcome: "unauthorized", status: 401, shown: "401" } }],
  ])("is certain where the answer may be the API's: %s", async (_, change) => {
    const prediction = willFail("module-missing", "pg8000");
    const { diagnoses } = await diagnosed(causes, { functions: { GetCustomerUsage: { prediction, ...change } } });
    expect(diagnoses.find((one) => one.cause === "module-missing")?.confidence).toBe("certain");
  });

  test("splits by package, not by function", async () => {
    const world: World = {
      functions: merge(
        each(["GetCustomerUsage", "GetRecentTickets"], {
          prediction: willFail("module-missing", "pg8000"),
          answer: badGateway,
        }),
        each(["GetContractInfo", "CalculateHealth"], {
          prediction: willFail("module-missing", "asyncpg"),
          answer: badGateway,
        }),
      ),
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map(({ headline }) => headline.split(",")[0]).toSorted()).toEqual([
      "GetContractInfo and CalculateHealth import asyncpg",
      "GetCustomerUsage and GetRecentTickets import pg8000",
    ]);
  });
});

describe("an old layer version", () => {
  test("is the cause where the newest would import, and a missing module is not proposed", async () => {
    const { diagnoses, unexplained, findings } = await diagnosed(causes, oldLayer);
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([["layer-version-old", "certain"]]);
    const [diagnosis] = diagnoses;
    if (diagnosis === undefined) throw new Error("There is no diagnosis.");
    expectPresentable(diagnosis);
    expect(diagnosis.headline).toBe("GetCustomerUsage and 3 others run on an old layer that lacks pg8000");
    expect(diagnosis.summary).toContain("cs-copilot-common:8 has pg8000 1.30.5; these functions are still on :7");
    expect(errors(unexplained)).toEqual([]);
    expect(diagnosis.explains.filter(({ check }) => check === "layers-newest")).toHaveLength(4);
    expect(diagnosis.explains.length).toBe(errors(findings).length + 4);
  });

  test("is attached with every other layer of the function in its place", async () => {
    const other = layer(3, "observability").id;
    const world: World = {
      ...oldLayer,
      functions: merge(oldLayer.functions ?? {}, {
        GetCustomerUsage: {
          configuration: {
            layers: [
              { arn: other, codeSize: 1 },
              { arn: layer(7).id, codeSize: 1 },
            ],
          },
          qualifier: "live",
        },
      }),
    };
    const [diagnosis] = (await diagnosed(causes, world)).diagnoses;
    const [now] = diagnosis?.remedies ?? [];
    const text = now?.commands.join("\n") ?? "";
    expect(text).toContain(`--layers ${other} ${layer(8).id} `);
    expect(text).toContain(`--layers ${layer(8).id} `);
    expect(text).toContain("update-alias --function-name cs-copilot-backend-GetCustomerUsage-1A2B3C4D --name live");
    expect(text).not.toContain(layer(7).id);
  });

  test("that does no harm is a diagnosis of its own, and only a warning", async () => {
    const world: World = {
      functions: each(["GenerateEmail"], { configuration: { layers: [{ arn: layer(7).id, codeSize: 1 }] } }),
      newestLayers: [layer(8).id],
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.severity])).toEqual([["layer-version-old", "warning"]]);
    expect(diagnoses[0]?.headline).toContain(
      "GenerateEmail uses cs-copilot-common:7, of which version 8 is the newest",
    );
  });

  test("is not the cause where the newest would fail as well", async () => {
    const world: World = {
      functions: each(databaseNames, {
        configuration: { layers: [{ arn: layer(7).id, codeSize: 1 }] },
        prediction: willFail("wrong-platform-macos", "psycopg2._psycopg", { origin: fromLayer(7) }),
        newest: willFail("wrong-platform-macos", "psycopg2._psycopg", { origin: fromLayer(8) }),
        answer: badGateway,
      }),
      newestLayers: [layer(8).id],
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.severity])).toEqual([
      ["wrong-platform-macos", "error"],
      ["layer-version-old", "warning"],
    ]);
    expect(diagnoses[0]?.explains.some(({ check }) => check === "layers-newest")).toBe(false);
  });
});

describe("an import error that was only logged", () => {
  test("is possible at most while the files would import", async () => {
    const world: World = {
      functions: each(["GetCustomerUsage"], {
        errors: [logged(["module-missing"], "No module named 'pg8000'", { module: "pg8000" })],
      }),
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([["module-missing", "possible"]]);
    expect(diagnoses[0]?.decides).toContain("by its files");
  });

  test("is likely where nothing speaks against it", async () => {
    const unknown = { verdict: "unknown", drivers: [], sourceFacts: [], notes: [] } as const;
    const world: World = {
      functions: each(["GetCustomerUsage"], {
        prediction: unknown,
        errors: [logged(["glibc-too-old"], "version `GLIBC_2.28' not found")],
        answer: badGateway,
      }),
    };
    const { diagnoses, unexplained } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => [one.cause, one.confidence])).toEqual([["glibc-too-old", "likely"]]);
    expect(errors(unexplained)).toEqual([]);
  });
});

describe("layers made for something else", () => {
  test("are named where the functions can be imported all the same", async () => {
    const world: World = { functions: each(["GenerateEmail"], { configuration: { runtime: "python3.13" } }) };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => one.cause)).toEqual(["wrong-runtime-configured"]);
    const [diagnosis] = diagnoses;
    if (diagnosis !== undefined) expectPresentable(diagnosis);
  });

  test("belong to the failed import where there is one", async () => {
    const world: World = {
      functions: each(["GetCustomerUsage"], {
        configuration: { architecture: "arm64" },
        prediction: willFail("wrong-arch", "psycopg2._psycopg", { origin: fromLayer(8) }),
        answer: badGateway,
      }),
    };
    const { diagnoses } = await diagnosed(causes, world);
    expect(diagnoses.map((one) => one.cause)).toEqual(["wrong-arch"]);
    expect(diagnoses[0]?.explains.some(({ check }) => check === "layers-match")).toBe(true);
    expect(diagnoses[0]?.remedies[0]?.commands.join("\n")).toContain("manylinux2014_aarch64");
  });
});

describe("a function in a container image", () => {
  const image = "111122223333.dkr.ecr.ap-southeast-1.amazonaws.com/tools:7";
  const world: World = {
    functions: {
      GetCustomerUsage: {
        configuration: { packageType: "Image", runtime: undefined, imageUri: image, layers: [] },
        errors: [logged(["module-missing"], "No module named 'pg8000'", { module: "pg8000" })],
        answer: badGateway,
      },
    },
  };

  test("is looked into as an image: it has no package to download", async () => {
    const { diagnoses } = await diagnosed(causes, world);
    const missing = diagnoses.find(({ cause }) => cause === "module-missing");
    const commands = missing?.remedies.flatMap((remedy) => remedy.commands).join("\n");
    expect(commands).toContain(`docker run --rm --entrypoint sh ${image} -c `);
    expect(commands).not.toContain("Code.Location");
  });
});
