import { expect, it } from "vitest";
import type { Request, Source } from "../../src/core/reply.ts";
import { askAhead } from "../../src/source/ask-ahead.ts";

it("asks at once, answers the first who asks for the same, and passes everything else on", async () => {
  const asked: Request[] = [];
  const source: Source = {
    ask(request) {
      asked.push(request);
      return Promise.resolve({ status: "ok", body: asked.length });
    },
  };
  const ahead = askAhead(source, [{ kind: "cfn.resources", params: { stack: "orders", of: "all" } }]);
  expect(asked).toHaveLength(1);
  expect(await ahead.ask({ kind: "cfn.resources", params: { stack: "bills" } })).toEqual({ status: "ok", body: 2 });
  expect(await ahead.ask({ kind: "cfn.resources", params: { of: "all", stack: "orders" } })).toEqual({
    status: "ok",
    body: 1,
  });
  // A second look is a look of its own.
  expect(await ahead.ask({ kind: "cfn.resources", params: { stack: "orders", of: "all" } })).toEqual({
    status: "ok",
    body: 3,
  });
});
