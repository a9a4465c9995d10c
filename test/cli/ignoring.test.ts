import { describe, expect, it } from "vitest";
import { diagnosed } from "./invented.ts";

const failed = { functions: { ListOrders: { state: "Failed" } } };

describe("a rule that leaves findings out", () => {
  it.each([
    ["function-active:ListOrder", "ListOrders and RenderInvoice, and not at ListOrder; did you mean ListOrders?"],
    ["function-active:Nope", "ListOrders and RenderInvoice, and not at Nope."],
  ])("says so where its check looked at no such subject: %s", async (rule, said) => {
    const { notes, ignored } = await diagnosed(failed, { ignore: [rule] });
    expect(notes).toEqual([`The rule ${rule} leaves nothing out: function-active looked at ${said}`]);
    expect(ignored).toEqual([]);
  });

  it("says nothing where there is one, whatever was found, or where its check was not run", async () => {
    for (const rule of ["function-active:ListOrders", "function-active:RenderInvoice", "function-active"]) {
      expect((await diagnosed(failed, { ignore: [rule] })).notes).toEqual([]);
    }
    expect((await diagnosed(failed, { only: ["imports-work"], ignore: ["function-active:Nope"] })).notes).toEqual([]);
  });
});
