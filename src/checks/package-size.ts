import { sizeText } from "../core/bytes.ts";
import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known } from "../core/fact.ts";
import type { Evidence } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import type { Inventory } from "../facts/inventory.ts";
import { functionLayerContents } from "../facts/layers.ts";
import { functionInventory } from "../facts/packages.ts";
import { sizeReport, unpackedLimit, type SizeReport, type Weight } from "../packages/size.ts";
import { exampleConfiguration, exampleFunction, exampleInventory, exampleLayer } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";

/** From this share of the quota on the next dependency may be the one that is refused. */
const nearLimit = 0.9;
/** Less than this of what the runtime brings is not worth a note: drivers need some of it. */
const worthLeavingOut = 5 * 1024 * 1024;
const mostNamed = 3;

export default defineCheck({
  id: "package-size",
  title: "Code and layers leave room below Lambda's limit, and hold nothing twice",
  severity: "warning",
  why: "Lambda refuses more than 250 MB of unpacked code and layers, and a package that is there twice hides one of its versions.",
  subjects: functions,
  requires: { configuration: functionConfiguration, own: functionInventory },
  uses: { contents: functionLayerContents },
  run({ subject, configuration, own, contents }) {
    if (configuration.packageType === "Image") {
      return notApplicable(`${subject.label} is a container image, which may have 10 GB.`);
    }
    if (contents.state === "unreadable") return unknownFrom(contents);
    const layers = contents.value.flatMap(({ layer, inventory }) =>
      inventory.state === "known" ? [{ name: layer.label, kind: "layer" as const, inventory: inventory.value }] : [],
    );
    const parts = [{ name: subject.label, kind: "package" as const, inventory: own }, ...layers];
    const report = sizeReport(parts, configuration.runtime ?? "");
    const found = [sizeFinding(subject, report), ...versionFindings(subject, report), needlessFinding(subject, report)];
    const drafts = found.filter((draft) => draft !== undefined);
    return drafts.length === 0 ? pass : findings(drafts);
  },
  examples: () => ({
    fails: [
      {
        name: "a package and a layer that fill 96 % of the limit",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleInventory({ files: { "app.py": 900, "numpy/__init__.py": 150_000_000 } }),
          exampleInventory({ files: { "python/pandas/__init__.py": 101_000_000 } }),
        ),
        codes: ["near-limit"],
      },
      {
        name: "a driver in two versions",
        subject: exampleFunction(),
        given: exampleGiven(exampleDriver("", "2.9.9"), exampleDriver("python/", "2.9.10")),
        codes: ["two-versions"],
      },
      {
        name: "boto3 and botocore, which the runtime brings",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleInventory({ files: { "boto3/__init__.py": 300_000, "botocore/__init__.py": 22_000_000 } }),
        ),
        codes: ["in-runtime"],
        severities: ["note"],
      },
    ],
    passes: [
      {
        name: "a small package and a layer",
        subject: exampleFunction(),
        given: exampleGiven(exampleInventory({ files: { "app.py": 900 } }), exampleDriver("python/", "2.9.10")),
      },
      {
        name: "one version of a driver in both",
        subject: exampleFunction(),
        given: exampleGiven(exampleDriver("", "2.9.10"), exampleDriver("python/", "2.9.10")),
      },
      {
        name: "a container image",
        subject: exampleFunction(),
        given: {
          ...exampleGiven(exampleInventory({ files: { "app.py": 900 } })),
          configuration: exampleConfiguration({ packageType: "Image", runtime: undefined }),
        },
        kind: "not-applicable",
      },
    ],
  }),
});

function sizeFinding(fn: FunctionRef, report: SizeReport): FindingDraft | undefined {
  const { unpackedBytes, parts, heaviest } = report;
  if (unpackedBytes < unpackedLimit * nearLimit) return undefined;
  const most = heaviest.slice(0, mostNamed).map(weightText).join(", ");
  return {
    code: "near-limit",
    message: `${fn.label} has ${sizeText(unpackedBytes)} of code and layers unpacked, of the ${sizeText(unpackedLimit)} that Lambda takes; most of it is ${most}.`,
    evidence: evidenceOf(parts.map(({ name, bytes }) => ({ name: `all of it`, in: name, bytes }))),
    detail: { bytes: String(unpackedBytes) },
  };
}

function versionFindings(fn: FunctionRef, { duplicates }: SizeReport): readonly FindingDraft[] {
  return duplicates.flatMap(({ name, copies, winner }) => {
    const versions = [...new Set(copies.flatMap(({ version }) => version ?? []))];
    if (versions.length < 2) return [];
    return [
      {
        code: "two-versions",
        message: `${fn.label} has ${name} in ${versions.length} versions (${versions.join(", ")}); the files of ${winner} are the ones that are used.`,
        evidence: evidenceOf(copies),
        detail: { distribution: name, versions: versions.join(" ") },
      },
    ];
  });
}

function needlessFinding(fn: FunctionRef, { provided }: SizeReport): FindingDraft | undefined {
  const bytes = provided.reduce((sum, weight) => sum + weight.bytes, 0);
  if (bytes < worthLeavingOut) return undefined;
  const names = [...new Set(provided.map(({ name }) => name))].join(", ");
  return {
    code: "in-runtime",
    severity: "note",
    message: `${fn.label} packs ${names}, which its runtime brings: ${sizeText(bytes)} that could be left out.`,
    evidence: evidenceOf(provided),
    detail: { bytes: String(bytes) },
  };
}

function weightText({ name, version, bytes }: Weight): string {
  return `${name}${version === undefined ? "" : ` ${version}`} (${sizeText(bytes)})`;
}

function evidenceOf(weights: readonly Weight[]): [Evidence, ...Evidence[]] {
  const [first, ...rest] = weights.map((weight): Evidence => ({
    kind: "package",
    where: weight.in,
    says: weightText(weight),
  }));
  if (first === undefined) throw new Error("A finding of a package's size needs something that was weighed.");
  return [first, ...rest];
}

function exampleDriver(root: string, version: string): Inventory {
  return {
    ...exampleInventory({ files: { [`${root}psycopg2/__init__.py`]: 4_800 } }),
    distributions: [
      {
        path: `${root}psycopg2_binary-${version}.dist-info`,
        name: "psycopg2-binary",
        version,
        topLevel: ["psycopg2"],
        requires: [],
        tags: [],
        natives: [],
      },
    ],
  };
}

function exampleGiven(own: Inventory, layer?: Inventory) {
  return {
    configuration: exampleConfiguration(),
    own,
    contents: known(layer === undefined ? [] : [{ layer: exampleLayer(8), inventory: known(layer) }]),
  };
}
