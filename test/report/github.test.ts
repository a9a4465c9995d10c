import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { renderGithub, renderGithubSummary } from "../../src/report/github.ts";
import { anyReport } from "./arbitrary.ts";
import {
  finding,
  healthy,
  healthyWithWarning,
  incomplete,
  oneCause,
  samples,
  subject,
  unexplained,
} from "./samples.ts";

const lines = (report: Report): readonly string[] => renderGithub(report).trimEnd().split("\n");

describe("renderGithub", () => {
  it("annotates a cause with what it is and what mends it", () => {
    const [first = "", last] = lines(oneCause);
    expect(first).toMatch(
      /^::error title=cscp layer-version-old::ListOrders and 3 others run on an old layer that lacks asyncpg%0AThe layer/,
    );
    expect(first).toContain(
      "%0AFix, now: Attach version 12 of orders-shared to the four functions.%0Afor fn in ListOrders-K1 ",
    );
    expect(last).toBe("::notice title=cscp orders-backend::✗ BROKEN: 4 of 5 tools fail (5 checks)");
  });

  it("annotates each finding that nothing explains at its own level", () => {
    expect(lines(unexplained).slice(0, 2)).toEqual([
      "::error title=cscp tools-answer::The tool list_orders answered 500 with a page that is not JSON.%0AThe same holds for place_order.",
      "::warning title=cscp runtime-supported::The runtime python3.10 gets no more updates after 2026-10-31.",
    ]);
    const note = {
      ...unexplained,
      unexplained: unexplained.unexplained.map((one) => ({ ...one, severity: "note" as const })),
    };
    expect(lines(note)[0]).toMatch(/^::notice /);
  });

  it("warns of what could not be known", () => {
    expect(lines(incomplete).slice(0, 3)).toEqual([
      "::warning title=cscp known-errors::Could not read the log group /aws/lambda/ListOrders, /aws/lambda/PlaceOrder, /aws/lambda/CancelOrder and /aws/lambda/RefundOrder.%0AThe caller lacks logs:FilterLogEvents.",
      "::warning title=cscp database-reachable::Could not read the database db.orders.example.%0AThe connection to db.orders.example:5432 timed out after 5 s from this machine; the functions may still reach it.",
      "::warning title=cscp log-rate::The check crashed on RenderInvoice: Cannot read properties of undefined.%0AThis is a fault of cscp itself.",
    ]);
  });

  it("says in one notice that all is well", () => {
    expect(lines(healthy)).toEqual([
      "::notice title=cscp orders-backend::✓ HEALTHY: 5 functions, 1 layer, 5 of 5 tools answer (3 checks)",
    ]);
    expect(lines(healthyWithWarning)).toHaveLength(2);
  });

  it("points at the file and line that the evidence names", () => {
    const at = (where: string): string =>
      lines({
        ...healthy,
        unexplained: [finding("c", subject("project", "p"), "Bad line.", [{ kind: "project", where, says: "x" }])],
      })[0] ?? "";
    expect(at("infra/samconfig.toml:12")).toBe("::error file=infra/samconfig.toml,line=12,title=cscp c::Bad line.");
    expect(at("a,b%:7")).toBe("::error file=a%2Cb%25,line=7,title=cscp c::Bad line.");
    expect(at("samconfig.toml")).toBe("::error title=cscp c::Bad line.");
  });

  it("escapes what the runner would read", () => {
    const message = "100%: a, b\r\n::error::injected %0A \u001b[31m";
    const shown = finding("c", subject("project", "p"), message, [{ kind: "log", where: "w", says: "x" }]);
    expect(lines({ ...healthy, unexplained: [shown] })[0]).toBe(
      String.raw`::error title=cscp c::100%25: a, b\r\n::error::injected %250A \x1b[31m`,
    );
  });

  it("is one command a line and nothing else, whatever the texts", () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        for (const line of lines(report)) {
          expect(line).toMatch(/^::(error|warning|notice) (file=[^,:]*,line=\d+,)?title=[^,:]*::/);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          expect(line.replace(/%(25|0A|3A|2C)/g, "")).not.toContain("%");
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("renderGithubSummary", () => {
  it.each(Object.entries(samples))("names the verdict and every check: %s", (_name, report) => {
    const text = renderGithubSummary(report);
    expect(text).toContain(report.summary);
    for (const check of report.checks) expect(text).toContain(`\`${check.id}\``);
  });
});
