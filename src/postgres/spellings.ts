import type { FaultCode, UrlFault } from "./fault.ts";
import { measuredJudgement, type JudgedDriver, type Judgement } from "./judgement.ts";
import { measuredRow, measuredSpelling, type MeasuredSpelling } from "./matrix.ts";
import type { MeasuredRow } from "./matrix.gen.ts";
import type { DatabaseUrlShape } from "./url.ts";

/** Faults that were measured under their own names, in a password where a part is named. */
const measuredFaultCodes: Readonly<Partial<Record<FaultCode, MeasuredSpelling>>> = {
  "unescaped-at": "unescaped-at",
  "unescaped-slash": "unescaped-slash",
  "unescaped-colon": "unescaped-colon",
  "unescaped-hash": "unescaped-hash",
  "unescaped-question-mark": "unescaped-question-mark",
  "unescaped-bracket": "unescaped-bracket",
  "unescaped-blank": "unescaped-blank",
  "bad-percent": "bad-percent",
  "scheme-capitals": "scheme-capitals",
  "scheme-missing": "scheme-missing",
  "quotes-pasted": "quotes-pasted",
};

function spellingOf(fault: UrlFault, shape: DatabaseUrlShape): MeasuredSpelling | undefined {
  switch (fault.code) {
    case "unescaped-blank":
    case "bad-percent":
      return fault.part === "password" ? measuredFaultCodes[fault.code] : undefined;
    case "blank-around":
      return fault.at === 0 ? "blank-around" : undefined;
    case "line-break-around":
      if (fault.at === 0) return "blank-around";
      return shape.parameters.length > 0 ? "line-break-after-parameter" : "line-break-around";
    default:
      return fault.part === "user" ? undefined : measuredFaultCodes[fault.code];
  }
}

/**
 * What the driver makes of the URL's form: its scheme, key=value pairs and several hosts where it refuses them, and each
 * fault that was tried with it, whether it copes ("accepted") or not ("refused").
 */
export function judgeSpellings(driver: JudgedDriver, shape: DatabaseUrlShape): readonly Judgement[] {
  const row = readerOf(driver);
  if (row === undefined) return [];
  const judgements: Judgement[] = [];
  const refuse = (parameter: string, spelling: MeasuredSpelling, explanation: string) => {
    const result = measuredSpelling(row, spelling);
    if (result?.came !== "error") return;
    judgements.push(measuredJudgement(row, { parameter, outcome: "refused", message: result.text, explanation }));
  };
  if (shape.scheme === "postgres" && shape.sqlalchemyDriver === undefined) {
    refuse("scheme", "scheme-postgres", "SQLAlchemy since 1.4 knows postgresql:// only.");
  }
  if (shape.sqlalchemyDriver !== undefined && !driver.family.startsWith("sqlalchemy")) {
    const explanation = `postgresql+${shape.sqlalchemyDriver}:// is SQLAlchemy's spelling; the driver itself does not know it.`;
    refuse("scheme", "scheme-driver", explanation);
  }
  if (shape.form === "dsn")
    refuse("form", "key-value", "Only libpq-based drivers take key=value pairs; this one needs a URL.");
  if (shape.hosts.length > 1) refuse("hosts", "several-hosts", "The driver takes one host only in this form.");

  const told = new Set<MeasuredSpelling>();
  for (const fault of shape.faults) {
    const spelling = spellingOf(fault, shape);
    const result = spelling && measuredSpelling(row, spelling);
    if (spelling === undefined || result === undefined || told.has(spelling)) continue;
    told.add(spelling);
    const parameter = fault.part ?? "form";
    const about = { parameter, fault: fault.code } as const;
    judgements.push(
      result.came === "error" && !isAboutTls(result.text)
        ? measuredJudgement(row, {
            ...about,
            outcome: "refused",
            message: result.text,
            explanation: "The driver, as it is used here, cannot read the URL as it was meant.",
          })
        : measuredJudgement(row, { ...about, outcome: "accepted", explanation: "The driver copes with this." }),
    );
  }
  return judgements;
}

/** The spelling was read, and the TLS setting in it had its effect. */
const isAboutTls = (text: string): boolean => /UNABLE_TO_VERIFY|keyword argument 'sslmode'/.test(text);

/** Code that takes a URL apart in Python uses urllib, as the row measured for pg8000 does; JavaScript drivers use URL. */
function readerOf({ family, usage, row }: JudgedDriver): MeasuredRow | undefined {
  if (usage === "dsn" || family === "pg" || family === "postgres.js") return row;
  return measuredRow("pg8000", "hand-parsed", undefined);
}
