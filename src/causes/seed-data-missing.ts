import { defineCause, type Proposal, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databaseFunctions, databaseProbe, databases } from "../facts/database.ts";
import { importPrediction } from "../facts/packages.ts";
import { clause, listed, oneLine } from "../checks/support/text.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsWithIds, placeOf, verifying } from "./support/place.ts";
import { askedFor, askingForPublic, seeding } from "./support/seeding.ts";
import { provenStages } from "./support/stages.ts";
import { causesIn, distinct, failedTools, symptomsOf } from "./support/symptoms.ts";
import { verb, who } from "./support/text.ts";

const cause = "seed-data-missing";

export default defineCause({
  id: cause,
  title: "The database has no rows for what is asked",
  explanation:
    "The tools reach their tables and find nothing for the owner and customer of the request. They then answer 200 with neutral values and missingData: true, which looks just like a failed query that the code hides.",
  mending: "Load the data for that owner and customer, or ask for ones that the database has.",
  async propose(view) {
    const proven = await emptyTables(view);
    const explained = proven.flatMap(({ explains }) => explains);
    return [...proven, ...(await unexplainedMasks(view, explained))];
  },
});

/** Tables without rows (or without rows of the owner), and the masked failures of the tools that read them. */
async function emptyTables(view: View): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const refs = (await view.value(databases, null)) ?? [];
  const asked = await askedFor(view);
  const owner = asked === undefined ? "the owner that is asked for" : `the owner ${oneLine(asked.owner)}`;
  const groups = groupBy(view.of("database-reachable", "table-empty"), ({ subject }) => subject.id);
  const proposals = await Promise.all(
    groups.map(async (group): Promise<readonly Proposal[]> => {
      const database = refs.find(({ id }) => id === group[0].subject.id);
      const all = await functionsWithIds(view, database?.functionIds ?? []);
      const tables = group.map(({ detail }) => detail["table"] ?? "");
      const functions = await readersOf(view, all, tables);
      const symptoms = await symptomsOf(view, { cause, stage: "data", functions, shows: ["null-result-unhandled"] });
      if (symptoms.length === 0) return [];
      const explains = distinct(group, symptoms);
      const kinds = new Set(group.map(({ detail }) => detail["of"]));
      const ofCustomer = kinds.has("customer") && kinds.size === 1;
      const ofOwner = !kinds.has("all") && !kinds.has("customer");
      const publicHas = ofOwner && group.every(({ detail }) => detail["of"] === "owner-not-public");
      const [noun, has, is] = tables.length === 1 ? ["table", "has", "is"] : ["tables", "have", "are"];
      const others = publicHas ? "of the owner public" : "of other owners";
      const customer =
        asked === undefined ? "the customer that is asked for" : `the customer ${oneLine(asked.customer)}`;
      const whose = ofOwner
        ? ` of ${owner}, and ${has} rows ${others}`
        : ofCustomer
          ? ` of ${customer}, and ${has} rows of others`
          : kinds.size > 1
            ? ` of ${owner} and ${customer}`
            : "";
      const why = ofOwner
        ? `${oneLine(asked?.owner ?? "that owner")} was never given data, or the wrong owner is asked for`
        : ofCustomer
          ? `${oneLine(asked?.customer ?? "that customer")} was never given data, or the wrong customer is asked for`
          : kinds.size > 1
            ? "they were never given data, or the wrong ones are asked for"
            : `the ${noun} ${is} empty`;
      return [
        {
          headline: `The ${noun} ${listed(tables)} ${has} no rows${whose}`,
          summary: `The database answers: ${why}. ${who(functions)} ${verb(functions, "finds", "find")} nothing to read, and ${verb(functions, "answers", "answer")} with neutral values.`,
          subjects: [...(database === undefined ? [] : [database]), ...functions],
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [
            seeding(asked, kinds.has("all") && kinds.size === 1),
            ...(publicHas ? [askingForPublic(place)] : []),
            verifying(place),
          ],
        },
      ];
    }),
  );
  return proposals.flat();
}

/** The functions whose code names one of the tables; all of them where the code could not be read. */
async function readersOf(
  view: View,
  functions: readonly FunctionRef[],
  tables: readonly string[],
): Promise<readonly FunctionRef[]> {
  const bare = (name: string): string => name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const wanted = new Set(tables.map(bare));
  const reads = await Promise.all(
    functions.map(async (fn) => {
      const facts = (await view.value(importPrediction, fn))?.sourceFacts.filter(({ kind }) => kind === "sql-table");
      return facts === undefined || facts.length === 0 || facts.some(({ name }) => wanted.has(bare(name)));
    }),
  );
  return functions.filter((_fn, index) => reads[index]);
}

/** Masked failures that nothing else accounts for: data that is missing is one reading, a hidden error the other. */
async function unexplainedMasks(view: View, explained: readonly Finding[]): Promise<readonly Proposal[]> {
  const place = await placeOf(view);
  const proven = await provenStages(view);
  const users = (await view.value(databaseFunctions, null)) ?? [];
  const masked = failedTools(view, users).filter(
    (finding) =>
      finding.code === "masked-failure" &&
      !explained.includes(finding) &&
      causesIn(finding).every((id) => id === "other" || id === cause),
  );
  const functions = users.filter(
    (fn) => (proven.get(fn.id)?.size ?? 0) === 0 && failedTools(view, [fn]).some((finding) => masked.includes(finding)),
  );
  if (functions.length === 0) return [];
  const symptoms = await symptomsOf(view, { cause, stage: "data", functions });
  const findings = distinct(
    masked.filter((finding) => failedTools(view, functions).includes(finding)),
    symptoms,
  );
  return [
    {
      headline: `${who(functions)} ${verb(functions, "answers", "answer")} with neutral values in place of data`,
      summary: `${await whatIsKnown(view, functions)} Either there are no rows for the owner and customer of the request, or a query fails and the code hides it.`,
      subjects: functions,
      confidence: "possible",
      decides: "whether the tables hold rows for the owner and customer that the smoke test asks for",
      because: [],
      explains: findings,
      remedies: [seeding(await askedFor(view), false), verifying(place)],
    },
  ];
}

/** What the database itself shows of data that is missing, in one sentence: the answers alone do not tell. */
async function whatIsKnown(view: View, functions: readonly FunctionRef[]): Promise<string> {
  const refs = (await view.value(databases, null)) ?? [];
  const database = refs.find(({ functionIds }) => functions.some(({ id }) => functionIds.includes(id)));
  if (database === undefined) return "The database was not looked at, since its URL is not known.";
  const probe = await view.get(databaseProbe, database);
  if (probe.state === "unreadable") return `The database could not be looked at: ${clause(oneLine(probe.message))}.`;
  const { stages, tables } = probe.value;
  const failed = stages.find(({ ok }) => !ok);
  if (failed !== undefined)
    return `From this machine the database is not reached (${failed.stage}: ${oneLine(failed.code ?? failed.message ?? "no answer")}), so that its tables cannot be looked at.`;
  const read = tables
    .filter(({ rows = 0, ownerRows = 1, customerRows = 1 }) => rows > 0 && ownerRows > 0 && customerRows > 0)
    .map(({ name }) => oneLine(name));
  return read.length === 0
    ? "The database answers, and which of its tables the tools read is not known: tables in cscp.config.json names them."
    : `The database answers, and ${listed(read)} ${read.length === 1 ? "has" : "have"} rows${tables.some(({ ownerRows = 0 }) => ownerRows > 0) ? " of the owner that is asked for" : ""}.`;
}
