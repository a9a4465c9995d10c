import { describe, expect, it } from "vitest";
import type { Remedy } from "../../src/core/cause.ts";
import type { Diagnosis } from "../../src/core/report.ts";
import { shownRemedy } from "../../src/report/remedy.ts";

const forGood = (commands: readonly string[], advice?: string): Remedy => ({
  kind: "for-good",
  title: "Build and deploy.",
  commands,
  changes: true,
  ...(advice === undefined ? {} : { advice }),
});
const diagnosis = (remedy: Remedy): Diagnosis => ({ remedies: [remedy] }) as unknown as Diagnosis;
const plain = forGood(["make build", "make deploy"], "Write it down.");
const withValue = forGood(["sed -i x", "make build", "make deploy 'P=\"$$URL\"'"]);

describe("a deploy that another remedy does with a value more", () => {
  it("is shown once, wherever that stands", () => {
    expect(shownRemedy([diagnosis(plain), diagnosis(withValue)], 0, plain)).toMatchObject({
      commands: [],
      advice: "Write it down. One deploy does for both: the one of 2, after this.",
    });
    expect(shownRemedy([diagnosis(withValue), diagnosis(plain)], 1, plain).advice).toMatch(
      /the one of 1, with this done before it\.$/,
    );
    expect(shownRemedy([diagnosis(plain), diagnosis(withValue)], 1, withValue)).toBe(withValue);
  });

  it("is not mistaken for another deploy, or for one that leaves a step out", () => {
    for (const other of [
      forGood(["make build", "make deployment"]),
      forGood(["make deploy 'P=1'"]),
      forGood(["make build", "make deploy"]),
    ])
      expect(shownRemedy([diagnosis(plain), diagnosis(other)], 0, plain)).toBe(plain);
  });
});
