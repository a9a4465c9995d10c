import { defineCheck, findings, pass } from "../core/check.ts";
import { layers, layerVersion } from "../facts/layers.ts";
import { exampleLayer } from "./support/examples.ts";

const there = {
  exists: true as const,
  created: "2026-11-20T09:58:00.000Z",
  runtimes: ["python3.12"],
  architectures: ["x86_64"],
  codeSha256: "nUu7DFl2rXvS1wN8b1xQ0zGm4kq0E6sFvYtq2mVbF5Q=",
  codeSize: 1_048_576,
};

export default defineCheck({
  id: "layers-exist",
  title: "The attached layer versions still exist",
  severity: "warning",
  why: "Functions keep a deleted layer version until their next update, which then fails; nothing can be looked up in it.",
  subjects: layers,
  requires: { version: layerVersion },
  run({ subject, version }) {
    if (version.exists) return pass;
    return findings([
      {
        code: "missing",
        message: `The layer version ${subject.label} is attached but was deleted: functions lose it at their next update.`,
        evidence: [
          { kind: "configuration", where: `layer ${subject.label}`, says: `GetLayerVersion finds no ${subject.id}` },
        ],
        detail: { layer: subject.name, version: String(subject.version), arn: subject.id },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a version that was deleted while functions still had it",
        subject: exampleLayer(7),
        given: { version: { exists: false } },
        codes: ["missing"],
      },
    ],
    passes: [
      {
        name: "a version that is there",
        subject: exampleLayer(8),
        given: { version: there },
      },
    ],
  }),
});
