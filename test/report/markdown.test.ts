import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { markdownBlock, markdownCell, markdownCode, markdownText, shortened } from "../../src/report/escape.ts";
import { renderLongMarkdown, renderMarkdown } from "../../src/report/markdown.ts";
import { anyReport } from "./arbitrary.ts";
import { finding, fn, healthy, incomplete, layerDiagnosis, oneCause, report, twoCauses } from "./samples.ts";

describe("markdown escapes", () => {
  it.each([
    ["list_orders and place_order", "list_orders and place_order"],
    ["_slanted_ and *strong*", String.raw`\_slanted\_ and \*strong\*`],
    ["[a](http://b) ![i](j)", String.raw`\[a\](http://b) \!\[i\](j)`],
    ["<script>&amp;", String.raw`\<script\>\&amp;`],
    ["a | b ~c~ `d` $e$", String.raw`a \| b \~c\~ \`d\` \$e\$`],
    ["# head", String.raw`\# head`],
    ["- item", String.raw`\- item`],
    ["1. item", String.raw`1\. item`],
    ["1.5 s", "1.5 s"],
    ["ask @team about #12", "ask @<!-- -->team about #<!-- -->12"],
    ["two\n\nlines\u001b[1m", String.raw`two lines\x1b[1m`.replace("\\x", "\\\\x").replace("[", "\\[")],
  ])("writes %j as text", (text, markdown) => {
    expect(markdownText(text)).toBe(markdown);
  });

  it.each([
    ["plain", "`plain`"],
    ["a `b` c", "``a `b` c``"],
    ["`edge`", "`` `edge` ``"],
    ["``two``", "``` ``two`` ```"],
    ["", "` `"],
    ["a\nb\u202e", "`a b\\u202e`"],
  ])("writes %j as code", (text, markdown) => {
    expect(markdownCode(text)).toBe(markdown);
  });

  it("fences a block with more backticks than stand in it", () => {
    expect(markdownBlock("a\n```\nb", "sh")).toEqual(["````sh", "a", "```", "b", "````"]);
  });

  it("keeps a bar from ending a cell", () => {
    expect(markdownCell("`a|b`")).toBe(String.raw`\`a\|b\``.replaceAll("\\`", "`"));
    expect(markdownCell(markdownText("a|b"))).toBe(String.raw`a\|b`);
  });

  it("shortens at a length and says that it did", () => {
    expect(shortened("abcdef", 6)).toBe("abcdef");
    expect(shortened("abcdefg", 6)).toBe("abcde…");
  });
});

/** The lines outside fenced blocks, and whether every fence is closed. */
function outside(markdown: string): { readonly lines: readonly string[]; readonly closed: boolean } {
  let fence: string | undefined;
  const lines: string[] = [];
  for (const line of markdown.split("\n")) {
    // What follows an opening fence holds no backtick; else it is a code span.
    const run = /^(`{3,})[^`]*$/.exec(line)?.[1];
    if (fence === undefined && run !== undefined) fence = run;
    else if (fence !== undefined && line === fence) fence = undefined;
    else if (fence === undefined) lines.push(line);
  }
  return { lines, closed: fence === undefined };
}

/** What a line says in prose: code spans and escaped characters taken out, and the emphasis that the report itself sets. */
function proseOf(line: string): string {
  const own = line.replace(/^\*\*(\d+\. .*)\*\* \((certain|likely|possible), /, "$1 (");
  let prose = "";
  for (let at = 0; at < own.length;) {
    const run = /^`+/.exec(own.slice(at))?.[0];
    if (own[at] === "\\") {
      at += 2;
    } else if (run === undefined) {
      prose += own[at];
      at += 1;
    } else {
      const rest = own.slice(at + run.length);
      const end = [...rest.matchAll(/`+/g)].find(([other]) => other.length === run.length);
      if (end === undefined) throw new Error(`A code span is not closed in ${line}`);
      at += run.length + end.index + run.length;
    }
  }
  return prose;
}

describe("renderMarkdown", () => {
  it("shows one cause with its proof and its mending", () => {
    expect(renderMarkdown(oneCause)).toBe(`### ✗ BROKEN: 4 of 5 tools fail

\`orders-backend\` · eu-north-1 · deployed 14:22:30 UTC

**1. ListOrders and 3 others run on an old layer that lacks asyncpg** (certain, \`layer-version-old\`)

The layer orders-shared:12 brings asyncpg 0.29.0; these functions still use version 11, which does not. Each of them fails while it starts, so the API answers 502. This began 30 s after the deploy of 14:22:30 UTC. Explains 12 of 12 findings.

- layer orders-shared:11: \`no python/asyncpg among its 84 files (version 12: 131 files)\`
- ListOrders, PlaceOrder, CancelOrder and RefundOrder: \`layers = [orders-shared:11]\`
- log of ListOrders, PlaceOrder, CancelOrder and RefundOrder, 18 times 14:23:00–14:29:13, first 30 s after the deploy: \`Unable to import module 'orders.handler': No module named 'asyncpg'\`
- smoke: \`list_orders, place_order, cancel_order and refund_order: 502\`
- smoke: \`render_invoice: 200, it needs no database\`

Fix, now: Attach version 12 of orders-shared to the four functions.
\`\`\`sh
for fn in ListOrders-K1 PlaceOrder-K2 CancelOrder-K3 RefundOrder-K4; do
  aws lambda update-function-configuration --function-name "$fn" --region eu-north-1 --layers arn:aws:lambda:eu-north-1:444455556666:layer:orders-shared:12
done
\`\`\`

Fix, for good: Let the template name the layer by reference and deploy it. A version number that is written into the template stays behind at the next publication. Fill in \`<STAGE>\`.
\`\`\`sh
sam build && sam deploy --stack-name orders-backend --parameter-overrides Stage=<STAGE>
\`\`\`

Fix, verify: Diagnose the stack again.
\`\`\`sh
cscp doctor --stack orders-backend
\`\`\`

Checked 5: 2 pass, 3 fail · 5.2 s · 41 requests · exit 1 · cscp 0.1.0
`);
  });

  it("is short when all is well", () => {
    expect(renderMarkdown(healthy)).toBe(`### ✓ HEALTHY: 5 functions, 1 layer, 5 of 5 tools answer

\`orders-backend\` · eu-north-1 · deployed 14:22:30 UTC

Checked 3: 3 pass · 5.2 s · 41 requests · exit 0 · cscp 0.1.0
`);
  });

  it("says what could not be known, and what broke down", () => {
    const text = renderMarkdown(incomplete);
    expect(text).toContain(
      "\n- `known-errors`: could not read the log group /aws/lambda/ListOrders, /aws/lambda/PlaceOrder and 2 more: lacking `logs:FilterLogEvents`\n",
    );
    expect(text).toContain("\n- `log-rate`: crashed on RenderInvoice: Cannot read properties of undefined.\n");
    expect(text).toContain("\nNotes:\n\n- The layer vendor:3 belongs to account 777788889999 and may not be read.\n");
  });

  it("says once what verifies several causes", () => {
    expect(renderMarkdown(twoCauses).split("cscp doctor --stack orders-backend")).toHaveLength(2);
  });

  it("names no account and no caller", () => {
    expect(renderMarkdown(healthy)).not.toContain(healthy.stack.account);
    expect(renderMarkdown(healthy)).not.toContain(healthy.stack.caller);
  });

  it("keeps the heads of many causes and says that something is left out", () => {
    const diagnoses = Array.from({ length: 12 }, (_, at) => ({
      ...layerDiagnosis,
      headline: `Cause number ${at + 1}`,
    }));
    const text = renderMarkdown({ ...oneCause, diagnoses });
    for (let at = 1; at <= 8; at += 1) expect(text).toContain(`**${at}. Cause number ${at}**`);
    expect(text).toContain("4 more causes, lesser than these.");
    expect(text).toMatch(/\n_\d+ parts of the report did not fit here\._\n$/);
    expect(text.trimEnd().split("\n").length).toBeLessThan(60);
  });

  it("leaves a block out as a whole when it does not fit", () => {
    const commands = [Array.from({ length: 80 }, (_, at) => `echo ${at}`).join("\n")];
    const remedies = [{ kind: "now" as const, title: "Do much.", commands, changes: true }];
    const text = renderMarkdown({ ...oneCause, diagnoses: [{ ...layerDiagnosis, remedies }] });
    expect(text).not.toContain("echo");
    expect(text).toContain("_1 part of the report did not fit here._");
  });

  it("is under 60 lines and 65,536 characters, its fences closed, whatever the report", () => {
    fc.assert(
      fc.property(anyReport, (shown) => {
        const text = renderMarkdown(shown);
        expect(text.trimEnd().split("\n").length).toBeLessThan(60);
        expect(text.length).toBeLessThan(65_536);
        expect(outside(text).closed).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("lets no markup, mention or control character from outside through", () => {
    fc.assert(
      fc.property(anyReport, (shown) => {
        for (const text of [renderMarkdown(shown), renderLongMarkdown(shown)]) {
          expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          for (const line of outside(text).lines) {
            if (/^<\/?(details|summary)>|^<summary>\d+ checks?<\/summary>$/.test(line)) continue;
            const prose = proseOf(line);
            expect(prose.replaceAll("<!-- -->", "")).not.toMatch(/[<>[\]*]/);
            expect(prose).not.toMatch(/[@#]\w/);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("renderLongMarkdown", () => {
  it("adds every check in a table that folds", () => {
    const text = renderLongMarkdown(incomplete);
    expect(text).toContain(
      "<details>\n<summary>6 checks</summary>\n\n| | Check | What it makes sure of | Subjects |\n",
    );
    expect(text).toContain("| ? | `known-errors` | No known error is logged | 4 unknown |\n");
    expect(text.endsWith("\n</details>\n")).toBe(true);
  });

  it("has room for more than a comment", () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      finding("odd", fn(`F${at}`), `Number ${at} is odd.`, [{ kind: "stack", where: "w", says: `s${at}` }], {
        code: `c${at}`,
      }),
    );
    const shown: Report = report({ diagnosis: { diagnoses: [], unexplained: many } });
    expect(renderLongMarkdown(shown)).toContain("Number 59 is odd.");
    expect(renderMarkdown(shown)).not.toContain("Number 59 is odd.");
  });
});
