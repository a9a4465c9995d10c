import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databaseFunctions, databases } from "../facts/database.ts";
import { importPrediction } from "../facts/packages.ts";
import { listed } from "../checks/support/text.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsWithIds, placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { fromVariable } from "./support/shell.ts";
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
      const ofOwner = group.every(({ detail }) => detail["of"] === "owner");
      const noun = tables.length === 1 ? "table" : "tables";
      return [
        {
          headline: `The ${noun} ${listed(tables)} ${tables.length === 1 ? "has" : "have"} no rows${ofOwner ? " of the owner that is asked for" : ""}`,
          summary: `${who(functions)} ${verb(functions, "answers", "answer")} with neutral values, because there is nothing to read.`,
          subjects: [...(database === undefined ? [] : [database]), ...functions],
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [seeding(ofOwner), verifying(place)],
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
      summary:
        "Either the database has no rows for the owner and customer of the request, or a query fails and the code hides it. Nothing else that was read is wrong.",
      subjects: functions,
      confidence: "possible",
      decides: "whether the tables hold rows for the owner and customer that the smoke test asks for",
      because: [],
      explains: findings,
      remedies: [seeding(true), verifying(place)],
    },
  ];
}

function seeding(ofOwner: boolean): Remedy {
  return remedy("now", "Load the data.", [`psql ${fromVariable("DATABASE_URL")} -v ON_ERROR_STOP=1 -f '<SEED-FILE>'`], {
    variables: { DATABASE_URL: "the functions' database URL, with a user that may write" },
    advice: ofOwner
      ? "Or let the smoke test ask for an owner and customer that the database has: ownerUserId and customerId under smoke in cscp.config.json."
      : "",
  });
}
