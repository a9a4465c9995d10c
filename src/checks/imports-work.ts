import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { known, type Fact } from "../core/fact.ts";
import type { Evidence } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../facts/functions.ts";
import type { Inventory } from "../facts/inventory.ts";
import { functionLayerContents, type LayerContent } from "../facts/layers.ts";
import {
  functionInventory,
  importPrediction,
  importPredictionWithNewestLayers,
  type ImportFailure,
  type ImportPrediction,
} from "../facts/packages.ts";
import { ownAnswer } from "../facts/smoke.ts";
import { denied, exampleConfiguration, exampleFunction, exampleInventory, exampleLayer } from "./support/examples.ts";
import { absenceText } from "./support/inventory.ts";
import { undecided, unknownFrom } from "./support/missing.ts";
import { chainText, shortPath } from "./support/paths.ts";
import { clause, oneLine } from "./support/text.ts";

/** The runtimes of languages whose imports can be followed, also those that are newer than the table of them. */
const followed = /^(?:$|python|nodejs)/;

export default defineCheck({
  id: "imports-work",
  title: "The functions' handlers can be imported",
  severity: "error",
  why: "A handler that cannot be imported fails every request before any of its own code runs.",
  subjects: functions,
  requires: { configuration: functionConfiguration },
  uses: {
    prediction: importPrediction,
    newest: importPredictionWithNewestLayers,
    own: functionInventory,
    contents: functionLayerContents,
    answer: ownAnswer,
  },
  run({ subject, configuration, prediction, newest, own, contents, answer }) {
    if (configuration.packageType === "Image") {
      return notApplicable(`${subject.label} is a container image, which is not looked into.`);
    }
    // Nothing that the caller could do would make it known, as with an image.
    if (!followed.test(configuration.runtime ?? "")) {
      return notApplicable(`${subject.label} runs on ${configuration.runtime}, whose imports are not followed.`);
    }
    // What ran was imported, whatever its files look like.
    const answered = answer.state === "known" ? answer.value : undefined;
    if (answered?.steady === true) return pass;
    if (prediction.state === "unreadable") return unknownFrom(prediction);
    const { verdict, failure, notes } = prediction.value;
    if (verdict === "will-import") return pass;
    if (verdict === "unknown" || failure === undefined) {
      const why =
        notes.length === 0 ? "Its imports could not be followed to their end." : notes.map(sentence).join(" ");
      return undecided(`whether ${subject.label} can be imported`, why);
    }
    if (answered !== undefined) {
      const seen = `By its files it cannot import ${failure.module}: ${clause(failure.explanation)}.`;
      const says = `All the same its code has run since it was last changed (${answered.where}: ${oneLine(answered.says, 200)}).`;
      return undecided(`whether ${subject.label} can be imported every time`, `${seen} ${says}`);
    }
    const distribution = distributionOf(prediction.value, failure, own, contents);
    return findings([
      {
        code: "will-fail",
        message: `${subject.label} cannot import ${failure.module}: ${clause(failure.explanation)}.`,
        evidence: [
          chainEvidence(subject, failure),
          ...fileEvidence(failure, contents),
          ...absenceEvidence(subject, configuration, failure, own, contents),
          ...newestEvidence(newest),
        ],
        detail: {
          cause: failure.cause,
          module: failure.module,
          message: oneLine(failure.message, 1000),
          ...(distribution === undefined ? {} : { distribution }),
          ...(failure.file === undefined ? {} : { file: failure.file }),
        },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a driver that the attached layer lacks and the newest has",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({ layers: [{ arn: exampleLayer(7).id, codeSize: 52_000 }] }),
          prediction: examplePrediction(missingDriver()),
          newest: known<ImportPrediction>({ verdict: "will-import", drivers: [], sourceFacts: [], notes: [] }),
          own: known(
            exampleInventory({ files: { "_shared/db.py": 2_100, "tools/get_customer_usage/handler.py": 900 } }),
          ),
          contents: known([
            { layer: exampleLayer(7), inventory: known(exampleInventory({ files: { "python/six.py": 34_549 } })) },
          ]),
        },
        codes: ["will-fail"],
      },
      {
        name: "a driver that was installed on a Mac",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration(),
          prediction: examplePrediction({
            module: "psycopg2._psycopg",
            cause: "wrong-platform-macos",
            message: "Unable to import module 'tools.get_customer_usage.handler': No module named 'psycopg2._psycopg'",
            file: "/opt/python/psycopg2/_psycopg.cpython-312-darwin.so",
            explanation:
              "/opt/python/psycopg2/_psycopg.cpython-312-darwin.so is a macOS (arm64) library; Lambda runs Linux x86_64.",
            chain: [
              { file: "/var/task/tools/get_customer_usage/handler.py", line: 3, imports: "_shared.db" },
              { file: "/var/task/_shared/db.py", line: 6, imports: "psycopg2" },
              { file: "/opt/python/psycopg2/__init__.py", line: 51, imports: "psycopg2._psycopg" },
            ],
            origin: { kind: "layer", arn: exampleLayer(8).id },
          }),
          contents: known([
            {
              layer: exampleLayer(8),
              inventory: known({
                ...exampleInventory({ files: { "python/psycopg2/__init__.py": 4_800 } }),
                distributions: [
                  {
                    path: "python/psycopg2_binary-2.9.9.dist-info",
                    name: "psycopg2-binary",
                    version: "2.9.9",
                    topLevel: ["psycopg2"],
                    requires: [],
                    tags: ["cp312-cp312-macosx_11_0_arm64"],
                    natives: [],
                  },
                ],
              }),
            },
          ]),
        },
        codes: ["will-fail"],
      },
      {
        name: "a handler whose file is not in the package, of which nothing else could be read",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration(),
          prediction: examplePrediction({
            module: "tools.get_customer_usage.handler",
            cause: "handler-file-missing",
            message: "Unable to import module 'tools/get_customer_usage/handler': No module named 'tools'",
            explanation: "There is no file for the handler's module in the package.",
            chain: [],
          }),
          own: denied("the package of GetCustomerUsage", "lambda:GetFunction"),
        },
        codes: ["will-fail"],
      },
      {
        name: "a client for Node that no part of the function has",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({ runtime: "nodejs22.x", handler: "index.handler" }),
          prediction: examplePrediction({
            module: "pg",
            cause: "module-missing",
            message: "Error: Cannot find module 'pg'\nRequire stack:\n- /var/task/index.js",
            explanation: "pg is neither in the package nor in its layers.",
            chain: [{ file: "/var/task/index.js", line: 1, imports: "pg" }],
          }),
          own: known(exampleInventory({ files: { "index.js": 1_200 } })),
          contents: known([
            { layer: exampleLayer(8), inventory: known(exampleInventory({ files: { "nodejs/package.json": 120 } })) },
          ]),
        },
        codes: ["will-fail"],
      },
    ],
    passes: [
      {
        name: "a handler that imports",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration(), prediction: examplePrediction() },
      },
      {
        name: "a function that answers in spite of what its files seem to lack",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration(),
          prediction: examplePrediction(missingDriver()),
          answer: known({ where: "smoke get_customer_usage", says: "200", steady: true }),
        },
      },
      {
        name: "a function whose handler has logged an error since it was deployed, and that seems to lack a driver",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration(),
          prediction: examplePrediction(missingDriver()),
          answer: known({
            where: "log of GetCustomerUsage",
            says: 'an error inside its handler: File "/var/task/app.py", line 12, in handler',
            steady: false,
          }),
        },
        kind: "unknown",
      },
      {
        name: "a container image",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration({ packageType: "Image", runtime: undefined }) },
        kind: "not-applicable",
      },
      {
        name: "a package that the caller may not read",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration(),
          prediction: denied("the package of GetCustomerUsage", "lambda:GetFunction"),
        },
        kind: "unknown",
      },
      {
        name: "imports that cannot be followed",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({ runtime: "python3.19" }),
          prediction: known<ImportPrediction>({
            verdict: "unknown",
            drivers: [],
            sourceFacts: [],
            notes: ["Imports are not followed for the runtime python3.19."],
          }),
        },
        kind: "unknown",
      },
      {
        name: "what was built for another language",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({ runtime: "provided.al2023" }),
          prediction: known<ImportPrediction>({ verdict: "unknown", drivers: [], sourceFacts: [], notes: [] }),
        },
        kind: "not-applicable",
      },
    ],
  }),
});

const sentence = (text: string): string => `${clause(text)}.`;

/** The way to the failed import, one step a file, as a reader would follow it. */
function chainEvidence(fn: FunctionRef, { chain, module, message }: ImportFailure): Evidence {
  const where = chain.length === 0 ? `handler of ${fn.label}` : chainText(chain);
  return { kind: "package", where, says: chain.length === 0 ? oneLine(message) : `imports ${module}` };
}

function fileEvidence(
  { file, explanation, origin }: ImportFailure,
  contents: Fact<readonly LayerContent[]>,
): readonly Evidence[] {
  if (file === undefined) return [];
  const layer =
    origin?.kind === "layer" && contents.state === "known"
      ? contents.value.find((content) => content.layer.id === origin.arn)?.layer
      : undefined;
  const where = layer === undefined ? shortPath(file) : `layer ${layer.label}`;
  return [{ kind: "package", where, says: oneLine(explanation) }];
}

/** What is missing, said of each part of the function that was looked through. */
function absenceEvidence(
  fn: FunctionRef,
  { runtime = "" }: FunctionConfiguration,
  { module, file, chain }: ImportFailure,
  own: Fact<Inventory>,
  contents: Fact<readonly LayerContent[]>,
): readonly Evidence[] {
  if (file !== undefined || chain.length === 0) return [];
  const parts = contents.state === "known" ? contents.value : [];
  const layers = parts.flatMap(({ layer, inventory }): readonly Evidence[] => {
    const says =
      inventory.state === "known" ? absenceText(inventory.value, module, { kind: "layer", runtime }) : undefined;
    return says === undefined ? [] : [{ kind: "package", where: `layer ${layer.label}`, says }];
  });
  const says = own.state === "known" ? absenceText(own.value, module, { kind: "package", runtime }) : undefined;
  return says === undefined ? layers : [...layers, { kind: "package", where: `package of ${fn.label}`, says }];
}

function newestEvidence(newest: Fact<ImportPrediction>): readonly Evidence[] {
  if (newest.state === "unreadable" || newest.value.verdict !== "will-import") return [];
  return [{ kind: "package", where: "newest layer versions", says: "with them attached, the import works" }];
}

/** The distribution that the failed module belongs to: a driver's by what was imported, else by whose metadata claims it. */
function distributionOf(
  { drivers }: ImportPrediction,
  { module }: ImportFailure,
  own: Fact<Inventory>,
  contents: Fact<readonly LayerContent[]>,
): string | undefined {
  const top = module.split(".", 1)[0] ?? module;
  const driver = drivers.find((use) => use.module === module || use.module.split(".", 1)[0] === top);
  if (driver !== undefined) return driver.name;
  const inventories = [own, ...(contents.state === "known" ? contents.value.map(({ inventory }) => inventory) : [])];
  return inventories
    .flatMap((inventory) => (inventory.state === "known" ? inventory.value.distributions : []))
    .find(({ topLevel }) => topLevel.includes(top))?.name;
}

function missingDriver(): ImportFailure {
  return {
    module: "pg8000",
    cause: "module-missing",
    message: "Unable to import module 'tools.get_customer_usage.handler': No module named 'pg8000'",
    explanation: "pg8000 is neither in the package nor in its layers.",
    chain: [
      { file: "/var/task/tools/get_customer_usage/handler.py", line: 3, imports: "_shared.db" },
      { file: "/var/task/_shared/db.py", line: 5, imports: "pg8000" },
    ],
  };
}

function examplePrediction(failure?: ImportFailure): Fact<ImportPrediction> {
  if (failure === undefined) return known({ verdict: "will-import", drivers: [], sourceFacts: [], notes: [] });
  const driver = failure.module === "pg8000" ? [{ name: "pg8000", module: "pg8000", chain: failure.chain }] : [];
  return known({ verdict: "will-fail", failure, drivers: driver, sourceFacts: [], notes: [] });
}
