import fc from "fast-check";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/core/report.ts";
import { displayWidth } from "../../src/report/layout.ts";
import type { TerminalOptions } from "../../src/report/terminal.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import { anyReport } from "./arbitrary.ts";
import {
  certificateDiagnosis,
  check,
  finding,
  fn,
  healthy,
  healthyWithWarning,
  incomplete,
  layerDiagnosis,
  oneCause,
  report,
  samples,
  twoCauses,
  unexplained,
} from "./samples.ts";

const plain: TerminalOptions = { columns: 100, colour: false, verbose: 0 };
const render = (shown: Report, more: Partial<TerminalOptions> = {}): string =>
  renderTerminal(shown, { ...plain, ...more });

/** An expected page, written from the left edge; the blank lines at its ends are not part of it. */
const page = (text: string): string => `${text.replace(/^\n/, "").trimEnd()}\n`;

describe("the whole page", () => {
  it("shows one cause with many symptoms", () => {
    expect(render(oneCause)).toBe(
      page(String.raw`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)

✗ BROKEN: 4 of 5 tools fail

1  ListOrders and 3 others run on an old layer that lacks asyncpg                            certain
   The layer orders-shared:12 brings asyncpg 0.29.0; these functions still use version 11, which
   does not. Each of them fails while it starts, so the API answers 502. This began 30 s after the
   deploy of 14:22:30 UTC.

   Proof  layer orders-shared:11  no python/asyncpg among its 84 files (version 12: 131 files)
          ListOrders, PlaceOrder, CancelOrder and RefundOrder
            layers = [orders-shared:11]
          log of ListOrders, PlaceOrder, CancelOrder and RefundOrder, 18 times 14:23:00–14:29:13,
          first 30 s after the deploy
            Unable to import module 'orders.handler': No module named 'asyncpg'
          smoke                   list_orders, place_order, cancel_order and refund_order: 502
                                  render_invoice: 200, it needs no database

   Fix    now       Attach version 12 of orders-shared to the four functions.
            for fn in ListOrders-K1 PlaceOrder-K2 CancelOrder-K3 RefundOrder-K4; do
              aws lambda update-function-configuration --function-name "$fn" --region eu-north-1 \
                --layers arn:aws:lambda:eu-north-1:444455556666:layer:orders-shared:12
            done
          for good  Let the template name the layer by reference and deploy it.
                    A version number that is written into the template stays behind at the next
                    publication.
                    Fill in <STAGE>.
            sam build && sam deploy --stack-name orders-backend --parameter-overrides Stage=<STAGE>
          verify    cscp doctor --stack orders-backend

   Explains 12 of 12 findings. More: cscp explain layer-version-old

Checked 5: 2 pass, 3 fail (all explained above), 0 unknown · 5.2 s · 41 requests · exit 1
Details: -v   ·   share: cscp capture --stack orders-backend`),
    );
  });

  it("shows several causes, and what verifies them once", () => {
    expect(render(twoCauses, { columns: 80 })).toBe(
      page(String.raw`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)

✗ BROKEN: 4 of 5 tools fail

1  RenderInvoice cannot verify the certificate of the database            likely
   db.orders.example
   The URL asks for sslmode=verify-full, and no root certificate in the package
   signs the server's. This was first logged 12 min before the deploy of
   14:22:30 UTC ended.
   What would decide: whether the server's certificate names db.orders.example,
   which a connection from this machine would show.

   Proof  log of RenderInvoice, once at 14:10:00, 12 min before the deploy
            Traceback (most recent call last):
              File "/var/task/db.py", line 31, in connect
            … 3 more lines: -v
              File "/var/task/driver.py", line 12, in raise_for
                raise error
            TlsError: certificate verify failed

   Fix    now       Put the server's root certificate into the parameter that
                    the function reads.
                    Set the shell variable DATABASE_URL first: the connection
                    string, with sslrootcert naming the certificate in the
                    package.
            aws ssm put-parameter --region eu-north-1 \
              --name /orders/database-url --type SecureString --overwrite \
              --value "$DATABASE_URL"

   Explains 1 of 13 findings. More: cscp explain tls-verify-failed

2  ListOrders and 3 others run on an old layer that lacks asyncpg        certain
   The layer orders-shared:12 brings asyncpg 0.29.0; these functions still use
   version 11, which does not. Each of them fails while it starts, so the API
   answers 502. This began 30 s after the deploy of 14:22:30 UTC.

   Proof  layer orders-shared:11  no python/asyncpg among its 84 files (version
                                  12: 131 files)
          ListOrders, PlaceOrder, CancelOrder and RefundOrder
            layers = [orders-shared:11]
          log of ListOrders, PlaceOrder, CancelOrder and RefundOrder, 18 times
          14:23:00–14:29:13, first 30 s after the deploy
            Unable to import module 'orders.handler': No module named 'asyncpg'
          smoke                   list_orders, place_order, cancel_order and
                                  refund_order: 502
                                  render_invoice: 200, it needs no database

   Fix    now       Attach version 12 of orders-shared to the four functions.
            for fn in ListOrders-K1 PlaceOrder-K2 CancelOrder-K3 \
              RefundOrder-K4; do
              aws lambda update-function-configuration --function-name "$fn" \
                --region eu-north-1 \
                --layers \
                arn:aws:lambda:eu-north-1:444455556666:layer:orders-shared:12
            done
          for good  Let the template name the layer by reference and deploy it.
                    A version number that is written into the template stays
                    behind at the next publication.
                    Fill in <STAGE>.
            sam build && sam deploy --stack-name orders-backend \
              --parameter-overrides Stage=<STAGE>

   Explains 12 of 13 findings. More: cscp explain layer-version-old

   Then   verify    cscp doctor --stack orders-backend

Checked 6: 2 pass, 4 fail (all explained above), 0 unknown · 5.2 s · 41 requests
exit 1
Details: -v   ·   share: cscp capture --stack orders-backend`),
    );
  });

  it("is three lines when all is well", () => {
    expect(render(healthy)).toBe(
      page(`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)
✓ HEALTHY: 5 functions, 1 layer, 5 of 5 tools answer
Checked 3: 3 pass, 0 unknown · 5.2 s · 41 requests · exit 0`),
    );
  });

  it("gives a warning one line when all is well", () => {
    expect(render(healthyWithWarning)).toBe(
      page(`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)
✓ HEALTHY: 5 functions, 1 layer, 5 of 5 tools answer
! 1 warning: The runtime python3.10 gets no more updates after 2026-10-31 (runtime-supported)
Checked 4: 3 pass, 1 warn, 0 unknown · 5.2 s · 41 requests · exit 0
Details: -v`),
    );
  });

  it.each([
    [["warning"], "! IN PART: 1 check of 28 was asked for and warns"],
    [["warning", "pass", "warning"], "! IN PART: 3 checks of 28 were asked for: 1 passes, 2 warn"],
    [["none", "none"], "✓ IN PART: 2 checks of 28 were asked for and do not apply"],
    [["none", "pass", "pass"], "✓ IN PART: 3 checks of 28 were asked for: 2 pass, 1 does not apply"],
    [["pass"], "✓ IN PART: 1 check of 28 was asked for and passes"],
    [["note"], "✓ IN PART: 1 check of 28 was asked for and has a note"],
  ])("says how the checks ended that were asked for: %j", (ends, said) => {
    const about = fn("ListOrders");
    const checks = ends.map((end, index) => {
      const id = `check-${index}`;
      const found = finding(id, about, "Something.", [{ kind: "configuration", where: "there", says: "so" }], {
        severity: end === "note" ? "note" : "warning",
      });
      const failing = end === "warning" || end === "note";
      const verdict = failing ? "fail" : end === "pass" ? "pass" : "not-applicable";
      return check(id, id, "error", [{ subject: about, verdict, findings: failing ? [found] : [] }]);
    });
    expect(render(report({ checks, checksInAll: 28 })).split("\n")).toContain(said);
  });

  it("speaks of one tool as of one", () => {
    const tools = (count: number) => Array.from({ length: count }, () => ({ verdict: "pass" }));
    const summary = (count: number): string => report({ smoke: { tools: tools(count) } as never }).summary;
    expect(summary(1)).toMatch(/^1 of 1 tool answers as it should/);
    expect(summary(2)).toMatch(/^2 of 2 tools answer as they should/);
  });

  it("says what could not be known, why, and what would help", () => {
    expect(render(incomplete)).toBe(
      page(`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)

? INCOMPLETE: nothing found broken, but 5 pieces of evidence could not be read

   known-errors         could not read the log group /aws/lambda/ListOrders, /aws/lambda/PlaceOrder,
                        /aws/lambda/CancelOrder and /aws/lambda/RefundOrder
                        release-bot lacks logs:FilterLogEvents → cscp iam-policy --for doctor
   database-reachable   could not read the database db.orders.example
                        The connection to db.orders.example:5432 timed out after 5 s from this
                        machine; the functions may still reach it.
   log-rate             crashed on RenderInvoice: Cannot read properties of undefined.
                        This is a fault of cscp itself and says nothing about the stack.

· The layer vendor:3 belongs to account 777788889999 and may not be read.

Checked 6: 2 pass, 3 unknown, 1 crashed · 5.2 s · 41 requests · exit 3
Details: -v   ·   share: cscp capture --stack orders-backend`),
    );
  });

  it("always shows what no cause explains", () => {
    expect(render(unexplained)).toBe(
      page(`
orders-backend · eu-north-1 · account 444455556666 as release-bot ·
deployed 14:22:30 UTC (7 min ago)

✗ BROKEN: 2 of 5 tools fail

No known cause explains 3 findings:
   ✗ The tool list_orders answered 500 with a page that is not JSON. The same holds for place_order.
     (tools-answer)
       smoke  list_orders and place_order: 500, text/html, 1,204 bytes
   ! The runtime python3.10 gets no more updates after 2026-10-31. (runtime-supported)
       ListOrders  runtime = python3.10

What could not be known:
   known-errors   could not read the log group /aws/lambda/ListOrders, /aws/lambda/PlaceOrder,
                  /aws/lambda/CancelOrder and /aws/lambda/RefundOrder
                  release-bot lacks logs:FilterLogEvents → cscp iam-policy --for doctor

· Two functions of the stack are not behind its API and were not called.
· 1 finding is left out on request.

Checked 5: 2 pass, 1 fail, 1 unknown, 1 not applicable · 5.2 s · 41 requests · exit 1
Details: -v   ·   share: cscp capture --stack orders-backend`),
    );
  });
});

describe("verbosity", () => {
  it("adds a line for each check and subject with -v", () => {
    const lines = render(unexplained, { verbose: 1 }).split("\n");
    const from = lines.indexOf("Checks");
    expect(lines.slice(from + 1, from + 3)).toEqual([
      "✓ functions-active    ListOrders       pass",
      "✓ functions-active    PlaceOrder       pass",
    ]);
    expect(lines).toContain("– rare                RenderInvoice    not applicable: The function has no layers.");
    expect(lines).toContain(
      "– The runtime python3.10 gets no more updates after 2026-10-31. (runtime-supported, ignored)",
    );
    const subjects = unexplained.checks.flatMap((check) => check.subjects).length;
    expect(lines.filter((line) => /^[✓✗?–] [a-z-]+ {2}/.test(line))).toHaveLength(subjects);
  });

  it("adds what was found and what was answered with -vv", () => {
    const text = render(incomplete, { verbose: 2 });
    expect(text).toContain(
      "    release-bot is not authorized to perform logs:FilterLogEvents on /aws/lambda/CancelOrder.",
    );
    expect(render(incomplete, { verbose: 1 })).not.toContain("/aws/lambda/CancelOrder.");
  });

  it.each([
    [[], ["ListOrders"], "Concerns ListOrders."],
    [["ListOrders"], ["ListOrders"], "Concerns ListOrders and its database."],
    [["ListOrders"], ["ListOrders", "CancelOrder"], "Concerns ListOrders, CancelOrder and their database."],
    [
      ["ListOrders", "CancelOrder"],
      ["ListOrders", "CancelOrder"],
      "Concerns ListOrders, CancelOrder and their databases.",
    ],
    [["PlaceOrder"], ["ListOrders"], "Concerns the database of PlaceOrder and ListOrders."],
  ])("names each of what is concerned once: databases of %j, functions %j", (databases, functions, text) => {
    const subjects = [
      ...databases.map((name) => ({ kind: "database" as const, id: `db-${name}`, label: `the database of ${name}` })),
      ...functions.map(fn),
    ];
    const shown = { ...oneCause, diagnoses: [{ ...layerDiagnosis, subjects }] };
    expect(render(shown, { verbose: 1 })).toContain(text);
  });

  it("shows a long text whole with -v, else its head and its tail", () => {
    const [head, tail] = ["Traceback (most recent call last):", "TlsError: certificate verify failed"];
    const short = render(twoCauses);
    expect(short).toContain(head);
    expect(short).toContain("… 3 more lines: -v");
    expect(short).toContain(tail);
    expect(short).not.toContain("raise TlsError(reason)");
    expect(render(twoCauses, { verbose: 1 })).toContain("raise TlsError(reason)");
    expect(render(twoCauses, { verbose: 1 })).not.toContain("more lines");
  });

  it("shows proof and fix of a warning in a healthy run with -v", () => {
    const quiet = { ...layerDiagnosis, severity: "warning" as const };
    const shown = report({ diagnosis: { diagnoses: [quiet], unexplained: [] } });
    expect(render(shown)).toContain(
      "! 1 warning: ListOrders and 3 others run on an old layer that lacks asyncpg (layer-version-old)\n",
    );
    expect(render(shown)).not.toContain("Proof");
    expect(render(shown, { verbose: 1 })).toContain("   Proof  layer orders-shared:11");
  });
});

describe("diagnoses", () => {
  const broken = (...diagnoses: readonly (typeof layerDiagnosis)[]): Report => ({
    ...oneCause,
    diagnoses,
  });

  it("puts what breaks something before what only warns", () => {
    const warning = { ...certificateDiagnosis, severity: "warning" as const };
    const text = render(broken(warning, layerDiagnosis));
    expect(text.indexOf("1  ListOrders")).toBeGreaterThan(0);
    expect(text.indexOf("2  RenderInvoice")).toBeGreaterThan(text.indexOf("1  ListOrders"));
  });

  it("aligns the confidence at the right edge, at 80 columns as at 100", () => {
    for (const columns of [80, 100]) {
      const head = render(twoCauses, { columns })
        .split("\n")
        .filter((line) => /^\d {2}/.test(line));
      expect(head.map((line) => line.length)).toEqual([columns, columns]);
      expect(head.map((line) => line.split(/ +/).at(-1))).toEqual(["likely", "certain"]);
    }
  });

  it("names what would decide unless it is certain", () => {
    expect(render(twoCauses)).toContain("What would decide: whether the server's certificate");
    expect(render(broken({ ...certificateDiagnosis, confidence: "certain" }))).not.toContain("What would decide");
  });

  it("points back where the same commands were printed already", () => {
    const again = { ...certificateDiagnosis, remedies: layerDiagnosis.remedies.slice(0, 1) };
    const text = render(broken(layerDiagnosis, again));
    expect(text.split("update-function-configuration")).toHaveLength(2);
    expect(text).toContain("   Fix    now       As in 1.");
  });

  it("falls back on the observations of the findings it explains", () => {
    expect(render(broken({ ...certificateDiagnosis, because: [] }))).toContain("Proof  log of RenderInvoice");
  });

  it("prints a command from the left edge where an indentation would change it", () => {
    const command = "python3 - <<'END'\nimport db\nif db.ok():\n    print('ok')\nEND";
    const remedies = [{ kind: "now" as const, title: "Ask the database.", commands: [command], changes: false }];
    expect(render(broken({ ...layerDiagnosis, remedies }))).toContain(`\n${command}\n`);
  });

  it("prints a short verification beside its label, exactly as it is", () => {
    const verify = (command: string): string =>
      render(
        broken({
          ...layerDiagnosis,
          remedies: [{ kind: "verify", title: "Look.", commands: [command], changes: false }],
        }),
      );
    expect(verify('cscp doctor  --stack "a  b"')).toContain('   Fix    verify    cscp doctor  --stack "a  b"\n');
    expect(verify("one\ntwo")).toContain("   Fix    verify    Look.\n            one\n            two\n");
  });

  it("shows every observation once, however often it was made", () => {
    const [one = { kind: "log" as const, where: "", says: "" }] = certificateDiagnosis.because;
    const text = render(broken({ ...certificateDiagnosis, because: [one, one, one] }));
    expect(text.split("log of RenderInvoice, once at 14:10:00")).toHaveLength(2);
  });

  it("cuts off a long list of observations and says how to see it", () => {
    const because = Array.from({ length: 20 }, (_, at) => ({
      kind: "package" as const,
      where: `file ${at}`,
      says: `is ${at}`,
    }));
    const shown = broken({ ...layerDiagnosis, because });
    expect(render(shown)).toContain("          and 13 more observations: -v\n");
    expect(render(shown, { verbose: 1 })).toContain("file 19  is 19");
  });
});

describe("unexplained findings", () => {
  const plainFinding = (label: string, message: string): ReturnType<typeof finding> =>
    finding("odd", fn(label), message, [{ kind: "log", where: `log of ${label}`, says: "boom" }]);

  it("puts findings together that differ in their subject only", () => {
    const same = ["A1", "B2", "C3"].map((label) => plainFinding(label, `${label} says boom.`));
    const text = render({ ...oneCause, diagnoses: [], unexplained: same });
    expect(text).toContain("✗ A1 says boom. The same holds for B2, C3. (odd)");
    expect(text).toContain("log of A1, B2 and C3");
  });

  it("keeps findings apart that say different things", () => {
    const apart = [plainFinding("A1", "A1 says boom."), plainFinding("B2", "B2 says bang.")];
    const text = render({ ...oneCause, diagnoses: [], unexplained: apart });
    expect(text).toContain("✗ A1 says boom. (odd)");
    expect(text).toContain("✗ B2 says bang. (odd)");
  });
});

describe("header", () => {
  const header = (more: Partial<Report["stack"]>, options: Partial<TerminalOptions> = {}): string =>
    render(
      { ...healthy, stack: { name: "s", region: "r", functions: 1, layers: 0, tools: 0, ...more } },
      options,
    ).split("\n")[0] ?? "";

  it.each([
    [{}, "s · r"],
    [{ account: "1" }, "s · r · account 1"],
    [{ caller: "me" }, "s · r · as me"],
    [{ status: "UPDATE_ROLLBACK_COMPLETE" }, "s · r · UPDATE_ROLLBACK_COMPLETE"],
    [{ status: "CREATE_COMPLETE" }, "s · r"],
    [{ deployedAt: "2027-02-03T14:30:00Z" }, "s · r · deployed 14:30:00 UTC (5 s ago)"],
    [{ deployedAt: "2027-01-31T14:30:00Z" }, "s · r · deployed 2027-01-31 14:30:00 UTC (3 days ago)"],
    [{ deployedAt: "2027-02-03T15:30:00Z" }, "s · r · deployed 15:30:00 UTC"],
  ])("shows the known parts of %j", (stack, text) => {
    expect(header(stack)).toBe(text);
  });

  it("counts from the time it is given", () => {
    const now = Date.parse("2027-02-03T16:30:00Z");
    expect(header({ deployedAt: "2027-02-03T14:30:00Z" }, { now })).toBe("s · r · deployed 14:30:00 UTC (2 h ago)");
  });
});

describe("every page", () => {
  const options = fc.record({
    columns: fc.constantFrom(20, 80, 100, 250, Number.NaN),
    verbose: fc.constantFrom(0 as const, 1 as const, 2 as const),
  });

  /** A line that may be as long as it is: a command without a space at which it could be broken safely. */
  const unbreakable = (line: string): boolean => !/\S \S/.test(line.trim()) || /['"`#<$\\]/.test(line);

  const withoutCommands = (shown: Report): Report => ({
    ...shown,
    diagnoses: shown.diagnoses.map((diagnosis) => ({
      ...diagnosis,
      remedies: diagnosis.remedies.map((remedy) => ({ ...remedy, commands: [] })),
    })),
  });

  it("lets no control character, escape or hidden character reach the terminal", () => {
    fc.assert(
      fc.property(anyReport, options, (shown, chosen) => {
        expect(render(shown, chosen).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 100 },
    );
  });

  it("fits its columns but for commands that cannot be broken", () => {
    fc.assert(
      fc.property(anyReport, options, (shown, chosen) => {
        const width = chosen.columns === 20 ? 40 : chosen.columns === 80 ? 80 : 100;
        const text = render(withoutCommands(shown), chosen);
        for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        for (const line of render(shown, chosen).split("\n")) {
          if (displayWidth(line) > width) expect(unbreakable(line), line).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("says the same with colour as without", () => {
    fc.assert(
      fc.property(anyReport, options, (shown, chosen) => {
        const coloured = render(shown, { ...chosen, colour: true });
        expect(stripVTControlCharacters(coloured)).toBe(render(shown, chosen));
      }),
      { numRuns: 100 },
    );
  });

  it.each(Object.entries(samples))("has no space at a line's end and no two blank lines: %s", (_name, shown) => {
    for (const verbose of [0, 1, 2] as const) {
      const text = render(shown, { verbose });
      expect(text).not.toMatch(/ \n/);
      expect(text).not.toMatch(/\n\n\n/);
      expect(text.endsWith("\n")).toBe(true);
    }
  });

  it("marks the verdict in colour", () => {
    expect(render(oneCause, { colour: true })).toContain("\u001b[31m\u001b[1m✗ BROKEN:");
    expect(render(healthy, { colour: true })).toContain("\u001b[32m\u001b[1m✓ HEALTHY:");
  });
});
