import { describe, expect, test } from "vitest";
import { causeFiles, loadCauses } from "./all.ts";
import { causeIds } from "../../src/core/cause-ids.gen.ts";

const causes = await loadCauses();

describe("every cause", () => {
  test("stands in a file of its own name, and the list of ids is the list of files", () => {
    expect(causes.map(({ id }) => id)).toEqual(causeFiles);
    expect([...causeIds].toSorted()).toEqual([...causeFiles].toSorted());
  });

  test.each(causes.map((cause) => [cause.id, cause] as const))(
    "%s says what it is and how it is mended",
    (_id, cause) => {
      expect(cause.title).toMatch(/^[A-Z].*[^.]$/);
      for (const text of [cause.explanation, cause.mending]) expect(text).toMatch(/^[A-Z].{40,}\.$/s);
    },
  );

  test("has a title of its own", () => {
    expect(new Set(causes.map(({ title }) => title)).size).toBe(causes.length);
  });
});
