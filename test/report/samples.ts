import type { ReportInput } from "../../src/core/build-report.ts";
import { buildReport } from "../../src/core/build-report.ts";
import type { Remedy } from "../../src/core/cause.ts";
import type { CheckId } from "../../src/core/check-ids.gen.ts";
import type { MissingEvidence } from "../../src/core/check.ts";
import type { Evidence, Finding, Severity } from "../../src/core/finding.ts";
import type { CheckReport, Diagnosis, Report, StackHeader, SubjectResult } from "../../src/core/report.ts";
import type { Subject, SubjectKind } from "../../src/core/subject.ts";

/** Reports of an invented stack, put together as a run would put them together. */

export const startedAt = "2027-02-03T14:30:00.000Z";
const deployedAt = "2027-02-03T14:22:30Z";

/** Reports name checks by their ids, whichever they are; the samples' checks are invented. */
export const checkId = (id: string): CheckId => id as CheckId;

export function subject(kind: SubjectKind, label: string): Subject {
  return { kind, id: label, label };
}

export const fn = (label: string): Subject => subject("function", label);
export const tool = (label: string): Subject => subject("tool", label);

export function finding(
  check: string,
  about: Subject,
  message: string,
  evidence: readonly [Evidence, ...Evidence[]],
  more: Partial<Finding> = {},
): Finding {
  return {
    check: checkId(check),
    code: "found",
    subject: about,
    severity: "error",
    message,
    evidence,
    detail: {},
    ...more,
  };
}

const result = (about: Subject, ...findings: readonly Finding[]): SubjectResult => ({
  subject: about,
  verdict: findings.length > 0 ? "fail" : "pass",
  findings,
});

const unread = (about: Subject, missing: readonly MissingEvidence[]): SubjectResult => ({
  subject: about,
  verdict: "unknown",
  findings: [],
  missing,
});

/** A check with the verdict that its results add up to. */
export function check(id: string, title: string, severity: Severity, subjects: readonly SubjectResult[]): CheckReport {
  const order = ["crashed", "fail", "unknown", "pass", "not-applicable"] as const;
  const verdict = order.find((one) => subjects.some((entry) => entry.verdict === one)) ?? "not-applicable";
  return { id: checkId(id), title, severity, verdict, subjects };
}

const stack: StackHeader = {
  name: "orders-backend",
  region: "eu-north-1",
  account: "444455556666",
  caller: "release-bot",
  status: "UPDATE_COMPLETE",
  deployedAt,
  functions: 5,
  layers: 1,
  tools: 5,
};

export function report(more: Partial<ReportInput>): Report {
  return buildReport({
    version: "0.1.0",
    stack,
    startedAt,
    durationMs: 5_240,
    requests: 41,
    checks: [],
    diagnosis: { diagnoses: [], unexplained: [] },
    ignored: [],
    notes: [],
    failOn: "error",
    ...more,
  });
}

const functions = ["ListOrders", "PlaceOrder", "CancelOrder", "RefundOrder"].map(fn);
const tools = ["list_orders", "place_order", "cancel_order", "refund_order"].map(tool);
const healthyFunction = fn("RenderInvoice");
const healthyTool = tool("render_invoice");

const verify: Remedy = {
  kind: "verify",
  title: "Diagnose the stack again.",
  commands: ["cscp doctor --stack orders-backend"],
  changes: false,
};

const layerFindings = functions.map((about) =>
  finding(
    "layer-version-current",
    about,
    `${about.label} uses orders-shared:11; the newest version is 12.`,
    [{ kind: "configuration", where: about.label, says: "layers = [orders-shared:11]" }],
    { code: "old", severity: "warning", detail: { layer: "orders-shared", version: "11" } },
  ),
);

const importError = "Unable to import module 'orders.handler': No module named 'asyncpg'";

const logFindings = functions.map((about, index) =>
  finding(
    "known-errors",
    about,
    `${about.label} logs an import error.`,
    [
      {
        kind: "log",
        where: `log of ${about.label}`,
        says: importError,
        count: 3 + index,
        first: `2027-02-03T14:23:0${index}Z`,
        last: `2027-02-03T14:29:1${index}Z`,
      },
    ],
    { code: "import", detail: { module: "asyncpg" } },
  ),
);

const toolFindings = tools.map((about) =>
  finding(
    "tools-answer",
    about,
    `The tool ${about.label} answered 502.`,
    [{ kind: "smoke", where: about.label, says: "502" }],
    { code: "status", detail: { status: "502" } },
  ),
);

const imported = [...layerFindings, ...logFindings, ...toolFindings];

export const layerDiagnosis: Diagnosis = {
  cause: "layer-version-old",
  title: "A function runs on an old version of its layer",
  headline: "ListOrders and 3 others run on an old layer that lacks asyncpg",
  summary:
    "The layer orders-shared:12 brings asyncpg 0.29.0; these functions still use version 11, which does not. " +
    "Each of them fails while it starts, so the API answers 502.",
  severity: "error",
  confidence: "certain",
  subjects: functions,
  because: [
    {
      kind: "package",
      where: "layer orders-shared:11",
      says: "no python/asyncpg among its 84 files (version 12: 131 files)",
    },
    ...layerFindings.flatMap((entry) => entry.evidence),
    ...logFindings.flatMap((entry) => entry.evidence),
    ...toolFindings.flatMap((entry) => entry.evidence),
    { kind: "smoke", where: "render_invoice", says: "200, it needs no database" },
  ],
  explains: imported,
  timeline: [
    { at: "2027-02-03T14:22:30Z", kind: "deploy" },
    { at: "2027-02-03T14:23:00Z", kind: "first-error" },
  ],
  remedies: [
    {
      kind: "now",
      title: "Attach version 12 of orders-shared to the four functions.",
      commands: [
        [
          "for fn in ListOrders-K1 PlaceOrder-K2 CancelOrder-K3 RefundOrder-K4; do",
          '  aws lambda update-function-configuration --function-name "$fn" --region eu-north-1 --layers arn:aws:lambda:eu-north-1:444455556666:layer:orders-shared:12',
          "done",
        ].join("\n"),
      ],
      changes: true,
    },
    {
      kind: "for-good",
      title: "Let the template name the layer by reference and deploy it.",
      commands: ["sam build && sam deploy --stack-name orders-backend --parameter-overrides Stage=<STAGE>"],
      advice: "A version number that is written into the template stays behind at the next publication.",
      placeholders: ["<STAGE>"],
      changes: true,
    },
    verify,
  ],
};

const certificateFinding = finding(
  "known-errors",
  healthyFunction,
  "RenderInvoice logs that the database's certificate could not be verified.",
  [
    {
      kind: "log",
      where: "log of RenderInvoice",
      says: 'Traceback (most recent call last):\n  File "/var/task/db.py", line 31, in connect\n    return connect(url)\n  File "/var/task/driver.py", line 9, in connect\n    raise TlsError(reason)\n  File "/var/task/driver.py", line 12, in raise_for\n    raise error\nTlsError: certificate verify failed',
      count: 1,
      first: "2027-02-03T14:10:00Z",
      last: "2027-02-03T14:10:00Z",
    },
  ],
  { code: "tls", detail: { reason: "verify" } },
);

export const certificateDiagnosis: Diagnosis = {
  cause: "tls-verify-failed",
  title: "The database's certificate cannot be verified",
  headline: "RenderInvoice cannot verify the certificate of the database db.orders.example",
  summary: "The URL asks for sslmode=verify-full, and no root certificate in the package signs the server's.",
  severity: "error",
  confidence: "likely",
  decides: "whether the server's certificate names db.orders.example, which a connection from this machine would show",
  subjects: [healthyFunction],
  because: certificateFinding.evidence,
  explains: [certificateFinding],
  timeline: [
    { at: "2027-02-03T14:10:00Z", kind: "first-error" },
    { at: "2027-02-03T14:22:30Z", kind: "deploy" },
  ],
  remedies: [
    {
      kind: "now",
      title: "Put the server's root certificate into the parameter that the function reads.",
      commands: [
        'aws ssm put-parameter --region eu-north-1 --name /orders/database-url --type SecureString --overwrite --value "$DATABASE_URL"',
      ],
      variables: { DATABASE_URL: "the connection string, with sslrootcert naming the certificate in the package" },
      changes: true,
    },
    verify,
  ],
};

const passing = [
  check(
    "functions-active",
    "Functions are active",
    "error",
    [...functions, healthyFunction].map((about) => result(about)),
  ),
  check("database-url-sound", "The database URL is sound", "error", [result(subject("database", "orders database"))]),
];

const failing = [
  check("layer-version-current", "Functions use the newest version of their layers", "warning", [
    ...functions.map((about, index) => result(about, ...layerFindings.slice(index, index + 1))),
    result(healthyFunction),
  ]),
  check("known-errors", "No known error is logged", "error", [
    ...functions.map((about, index) => result(about, ...logFindings.slice(index, index + 1))),
    result(healthyFunction),
  ]),
  check("tools-answer", "Every tool answers", "error", [
    ...tools.map((about, index) => result(about, ...toolFindings.slice(index, index + 1))),
    result(healthyTool),
  ]),
];

export const oneCause = report({
  checks: [...passing, ...failing],
  diagnosis: { diagnoses: [layerDiagnosis], unexplained: [] },
});

export const twoCauses = report({
  checks: [
    ...passing,
    ...failing,
    check("certificates", "Certificates can be verified", "error", [result(healthyFunction, certificateFinding)]),
  ],
  diagnosis: { diagnoses: [certificateDiagnosis, layerDiagnosis], unexplained: [] },
});

const toolsPass = check(
  "tools-answer",
  "Every tool answers",
  "error",
  [...tools, healthyTool].map((about) => result(about)),
);

export const healthy = report({ checks: [...passing, toolsPass] });

const runtimeFinding = finding(
  "runtime-supported",
  subject("stack", "orders-backend"),
  "The runtime python3.10 gets no more updates after 2026-10-31.",
  [{ kind: "configuration", where: "ListOrders", says: "runtime = python3.10" }],
  { severity: "warning", code: "ending" },
);

export const healthyWithWarning = report({
  checks: [
    ...passing,
    toolsPass,
    check("runtime-supported", "The runtime is supported", "warning", [result(runtimeFinding.subject, runtimeFinding)]),
  ],
  diagnosis: { diagnoses: [], unexplained: [runtimeFinding] },
});

const denied = (name: string): MissingEvidence => ({
  what: `the log group /aws/lambda/${name}`,
  message: `release-bot is not authorized to perform logs:FilterLogEvents on /aws/lambda/${name}.`,
  reason: "denied",
  action: "logs:FilterLogEvents",
});

export const incomplete = report({
  checks: [
    ...passing,
    check(
      "known-errors",
      "No known error is logged",
      "error",
      functions.map((about) => unread(about, [denied(about.label)])),
    ),
    check("log-rate", "Errors do not rise", "warning", [
      {
        subject: healthyFunction,
        verdict: "crashed",
        findings: [],
        reason: "Cannot read properties of undefined.",
      },
    ]),
    check("database-reachable", "The database can be reached", "error", [
      unread(subject("database", "orders database"), [
        {
          what: "the database db.orders.example",
          message:
            "The connection to db.orders.example:5432 timed out after 5 s from this machine; the functions may still reach it.",
          reason: "failed",
        },
      ]),
    ]),
    check("layer-contents", "Layers hold what is imported", "error", [
      unread(subject("layer", "vendor:3"), [
        {
          what: "the layer vendor:3",
          message: "The layer vendor:3 belongs to account 777788889999 and may not be read.",
          reason: "foreign",
        },
      ]),
    ]),
  ],
});

const oddFindings = ["list_orders", "place_order"].map((label) =>
  finding("tools-answer", tool(label), `The tool ${label} answered 500 with a page that is not JSON.`, [
    { kind: "smoke", where: label, says: "500, text/html, 1,204 bytes" },
  ]),
);

export const unexplained = report({
  checks: [
    ...passing,
    check(
      "tools-answer",
      "Every tool answers",
      "error",
      oddFindings.map((entry) => result(entry.subject, entry)),
    ),
    check(
      "known-errors",
      "No known error is logged",
      "error",
      functions.map((about) => unread(about, [denied(about.label)])),
    ),
    check("rare", "Something rare", "note", [
      { subject: healthyFunction, verdict: "not-applicable", findings: [], reason: "The function has no layers." },
    ]),
  ],
  diagnosis: { diagnoses: [], unexplained: [...oddFindings, runtimeFinding] },
  ignored: [runtimeFinding],
  notes: ["Two functions of the stack are not behind its API and were not called."],
});

export const samples: Readonly<Record<string, Report>> = {
  "one cause, many symptoms": oneCause,
  "two causes": twoCauses,
  healthy,
  "healthy with a warning": healthyWithWarning,
  incomplete,
  "broken with unexplained findings": unexplained,
};
