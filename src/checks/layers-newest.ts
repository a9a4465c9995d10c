import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known, unreadable, type Fact } from "../core/fact.ts";
import type { LayerRef } from "../core/subject.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { functionLayers, type FunctionLayer } from "../facts/layers.ts";
import { denied, exampleConfiguration, exampleFunction, exampleLayer } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";

export default defineCheck({
  id: "layers-newest",
  title: "Functions use the newest version of their layers",
  severity: "warning",
  why: "A layer version that was published but not attached leaves the function on the old code.",
  subjects: functions,
  requires: { configuration: functionConfiguration, attached: functionLayers },
  run({ subject, configuration, attached }) {
    if (configuration.layers.length === 0) return notApplicable(`${subject.label} has no layers.`);
    const found = attached.flatMap(({ layer, newest }): readonly FindingDraft[] => {
      if (newest.state === "unreadable" || newest.value.version <= layer.version) return [];
      const { version } = newest.value;
      return [
        {
          code: "old-version",
          message: `${subject.label} uses version ${layer.version} of the layer ${layer.name}; the newest is ${version}.`,
          evidence: [
            {
              kind: "configuration",
              where: subject.label,
              says: `layers = [${attached.map((one) => one.layer.label).join(", ")}]`,
            },
            { kind: "configuration", where: `layer ${layer.name}`, says: `its newest version is ${version}` },
          ],
          detail: {
            layer: layer.name,
            version: String(layer.version),
            newest: String(version),
            arn: layer.id,
            newestArn: newest.value.id,
          },
        },
      ];
    });
    if (found.length > 0) return findings(found);
    const unread = attached.flatMap(({ newest }) => (newest.state === "unreadable" ? [newest] : []));
    return unread.length > 0 ? unknownFrom(...unread) : pass;
  },
  examples: () => ({
    fails: [
      {
        name: "a layer that was published and not attached",
        subject: exampleFunction(),
        given: exampleGiven(exampleAttached(exampleLayer(7), known(exampleLayer(8)))),
        codes: ["old-version"],
      },
      {
        name: "two layers behind, one of them by several versions",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleAttached(exampleLayer(7), known(exampleLayer(8))),
          exampleAttached(exampleLayer(2, "observability"), known(exampleLayer(11, "observability"))),
        ),
        codes: ["old-version", "old-version"],
      },
      {
        name: "a layer behind beside one whose versions may not be listed",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleAttached(exampleLayer(7), known(exampleLayer(8))),
          exampleAttached(exampleLayer(3, "vendor", "999988887777"), exampleForeign()),
        ),
        codes: ["old-version"],
      },
    ],
    passes: [
      {
        name: "the newest version attached",
        subject: exampleFunction(),
        given: exampleGiven(exampleAttached(exampleLayer(8), known(exampleLayer(8)))),
      },
      {
        name: "a function without layers",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration({ layers: [] }), attached: [] },
        kind: "not-applicable",
      },
      {
        name: "a layer of another account, whose versions cannot be listed",
        subject: exampleFunction(),
        given: exampleGiven(exampleAttached(exampleLayer(3, "vendor", "999988887777"), exampleForeign())),
        kind: "unknown",
      },
      {
        name: "a caller who may not list the versions",
        subject: exampleFunction(),
        given: exampleGiven(
          exampleAttached(
            exampleLayer(8),
            denied("the versions of the layer cs-copilot-common", "lambda:ListLayerVersions"),
          ),
        ),
        kind: "unknown",
      },
    ],
  }),
});

function exampleAttached(layer: LayerRef, newest: Fact<LayerRef>): FunctionLayer {
  const version = { exists: true, runtimes: [], architectures: [], codeSha256: "eW5q", codeSize: 1_048_576 } as const;
  return { layer, version: known({ ...version, runtimes: [], architectures: [] }), newest };
}

function exampleGiven(...attached: readonly FunctionLayer[]) {
  const layers = attached.map(({ layer }) => ({ arn: layer.id, codeSize: 1_048_576 }));
  return { configuration: exampleConfiguration({ layers }), attached };
}

function exampleForeign() {
  const arn = exampleLayer(3, "vendor", "999988887777").id;
  return unreadable(
    "foreign",
    "the versions of the layer vendor",
    `The layer ${arn} is another account's and may not be read.`,
    "lambda:ListLayerVersions",
  );
}
