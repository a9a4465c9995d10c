import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known, unreadable, type Fact } from "../core/fact.ts";
import type { FunctionRef, LayerRef } from "../core/subject.ts";
import { functionConfiguration, functions, type FunctionConfiguration } from "../facts/functions.ts";
import type { Inventory } from "../facts/inventory.ts";
import {
  functionLayerContents,
  functionLayers,
  type FunctionLayer,
  type LayerContent,
  type LayerVersion,
} from "../facts/layers.ts";
import { nativeMachines, runsOn } from "./support/inventory.ts";
import { denied, exampleConfiguration, exampleFunction, exampleInventory, exampleLayer } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";
import { listed } from "./support/text.ts";

type Known = Extract<LayerVersion, { exists: true }>;

export default defineCheck({
  id: "layers-match",
  title: "Layers are made for their functions' runtime and architecture",
  severity: "error",
  why: "A layer for another processor or Python version attaches without complaint and fails when its code is imported.",
  subjects: functions,
  requires: { configuration: functionConfiguration, attached: functionLayers },
  uses: { contents: functionLayerContents },
  run({ subject, configuration, attached, contents }) {
    if (configuration.layers.length === 0) return notApplicable(`${subject.label} has no layers.`);
    const inventories = contents.state === "known" ? contents.value : [];
    const found = attached.flatMap(({ layer, version }): readonly FindingDraft[] => {
      if (version.state === "unreadable" || !version.value.exists) return [];
      const inventory = inventories.find((content) => content.layer.id === layer.id)?.inventory;
      return [
        ...architectureFindings(subject, configuration, layer, version.value, inventory),
        ...runtimeFindings(subject, configuration, layer, version.value),
      ];
    });
    if (found.length > 0) return findings(found);
    const unread = attached.flatMap(({ version }) => (version.state === "unreadable" ? [version] : []));
    return unread.length > 0 ? unknownFrom(...unread) : pass;
  },
  examples: () => ({
    fails: [
      {
        name: "a layer built for arm64 on an x86_64 function",
        subject: exampleFunction(),
        given: exampleGiven({ runtimes: ["python3.12"], architectures: ["arm64"] }),
        codes: ["architecture-mismatch"],
      },
      {
        name: "a layer for the other processor and for an older Python",
        subject: exampleFunction(),
        given: {
          ...exampleGiven({ runtimes: ["python3.9"], architectures: ["arm64"] }),
          contents: known([exampleContent({ "python/psycopg2/_psycopg.cpython-39-aarch64-linux-gnu.so": "aarch64" })]),
        },
        codes: ["architecture-mismatch", "runtime-mismatch"],
        severities: ["error", "warning"],
      },
      {
        name: "a layer of plain Python that says it is for the other processor",
        subject: exampleFunction(),
        given: { ...exampleGiven({ runtimes: [], architectures: ["arm64"] }), contents: known([exampleContent({})]) },
        codes: ["architecture-mismatch"],
        severities: ["warning"],
      },
      {
        name: "a layer made for other versions of Python",
        subject: exampleFunction(),
        given: exampleGiven({ runtimes: ["python3.10", "python3.11"], architectures: ["x86_64"] }),
        codes: ["runtime-mismatch"],
        severities: ["warning"],
      },
    ],
    passes: [
      {
        name: "a layer made for exactly this",
        subject: exampleFunction(),
        given: exampleGiven({ runtimes: ["python3.12"], architectures: ["x86_64"] }),
      },
      {
        name: "a layer that says nothing of what it is for",
        subject: exampleFunction(),
        given: exampleGiven({ runtimes: [], architectures: [] }),
      },
      {
        name: "a layer version that was deleted, which is another check's finding",
        subject: exampleFunction(),
        given: exampleGiven(known({ exists: false })),
      },
      {
        name: "a function without layers",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration({ layers: [] }), attached: [] },
        kind: "not-applicable",
      },
      {
        name: "a layer that the caller may not read",
        subject: exampleFunction(),
        given: exampleGiven(denied("the layer cs-copilot-common:8", "lambda:GetLayerVersion")),
        kind: "unknown",
      },
      {
        name: "a layer of another account",
        subject: exampleFunction(),
        given: exampleGiven(
          unreadable("foreign", "the layer vendor:3", "The layer vendor:3 is another account's and may not be read."),
        ),
        kind: "unknown",
      },
    ],
  }),
});

/** What a layer says of itself is a label only; where its files were read, they decide how grave it is. */
function architectureFindings(
  fn: FunctionRef,
  { architecture }: FunctionConfiguration,
  layer: LayerRef,
  { architectures }: Known,
  inventory: Fact<Inventory> | undefined,
): readonly FindingDraft[] {
  if (architectures.length === 0 || architectures.includes(architecture)) return [];
  const machines = inventory?.state === "known" ? nativeMachines(inventory.value) : undefined;
  const harmless = machines !== undefined && runsOn(machines, architecture);
  const made = listed(architectures);
  const files =
    machines === undefined
      ? []
      : [
          {
            kind: "package" as const,
            where: `layer ${layer.label}`,
            says:
              machines.length === 0 ? "none of its files is native code" : `its native code is for ${listed(machines)}`,
          },
        ];
  return [
    {
      code: "architecture-mismatch",
      message: `The layer ${layer.label} of ${fn.label} is made for ${made}, and the function runs on ${architecture}.`,
      evidence: [
        { kind: "configuration", where: fn.label, says: `Architectures = [${architecture}]` },
        {
          kind: "configuration",
          where: `layer ${layer.label}`,
          says: `CompatibleArchitectures = [${architectures.join(", ")}]`,
        },
        ...files,
      ],
      detail: {
        layer: layer.name,
        version: String(layer.version),
        expected: architecture,
        found: architectures.join(","),
      },
      severity: harmless ? "warning" : "error",
    },
  ];
}

function runtimeFindings(
  fn: FunctionRef,
  { runtime }: FunctionConfiguration,
  layer: LayerRef,
  { runtimes }: Known,
): readonly FindingDraft[] {
  if (runtime === undefined || runtimes.length === 0 || runtimes.includes(runtime)) return [];
  return [
    {
      code: "runtime-mismatch",
      message: `The layer ${layer.label} of ${fn.label} is made for ${listed(runtimes)}, and the function runs on ${runtime}.`,
      evidence: [
        { kind: "configuration", where: fn.label, says: `Runtime = ${runtime}` },
        { kind: "configuration", where: `layer ${layer.label}`, says: `CompatibleRuntimes = [${runtimes.join(", ")}]` },
      ],
      detail: { layer: layer.name, version: String(layer.version), expected: runtime, found: runtimes.join(",") },
      severity: "warning",
    },
  ];
}

function exampleGiven(made: Pick<Known, "runtimes" | "architectures"> | Fact<LayerVersion>) {
  const layer = exampleLayer(8);
  const version: Fact<LayerVersion> =
    "state" in made ? made : known({ exists: true, codeSha256: "eW5q", codeSize: 1_048_576, ...made });
  const attached: readonly FunctionLayer[] = [{ layer, version, newest: known(layer) }];
  return { configuration: exampleConfiguration(), attached };
}

function exampleContent(machines: Readonly<Record<string, string>>): LayerContent {
  return {
    layer: exampleLayer(8),
    inventory: known(exampleInventory({ files: { "python/six.py": 34_549 }, machines })),
  };
}
