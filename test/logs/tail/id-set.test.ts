import fc from "fast-check";
import { expect, it } from "vitest";
import { createIdSet } from "../../../src/logs/tail/id-set.ts";

it("knows each text that was added, however many there are", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^3\d{2,4}$/), { maxLength: 400 }), (texts) => {
      const ids = createIdSet();
      const known = new Set<string>();
      for (const text of texts) {
        expect(ids.add(text)).toBe(!known.has(text));
        known.add(text);
        expect(ids.size).toBe(known.size);
      }
    }),
  );
  const ids = createIdSet();
  const names = Array.from({ length: 50_000 }, (_, id) => `3${String(id).padStart(55, "0")}`);
  expect(names.filter((name) => !ids.add(name))).toEqual([]);
  expect(names.filter((name) => ids.add(name))).toEqual([]);
  expect(ids.size).toBe(50_000);
});
