import { defineCause, type Proposal, type Remedy } from "../core/cause.ts";
import type { FunctionRef } from "../core/subject.ts";
import { databases } from "../facts/database.ts";
import { listed } from "../checks/support/text.ts";
import { startAfresh } from "./support/afresh.ts";
import { databaseName, proposeDatabase, shapeFor } from "./support/databases.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { functionsWithIds, placeOf, verifying, type Place } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { fromVariable } from "./support/shell.ts";
import { hiddenRemark } from "./support/stages.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { sentences, who } from "./support/text.ts";

const cause = "schema-missing";

export default defineCause({
  id: cause,
  title: "Tables or columns that the functions use are not in the database",
  explanation:
    "The database answers and lacks a table, column or schema that the code asks for: its migrations were never run here, the URL leads to another database, or the tables are in a schema that is not on the search path.",
  mending: "Run the project's migrations against the database that the functions are sent to, or correct the URL.",
  async propose(view) {
    const place = await placeOf(view);
    const refs = (await view.value(databases, null)) ?? [];
    const groups = groupBy(view.of("database-reachable", "table-missing"), ({ subject }) => subject.id);
    const proven = await Promise.all(
      groups.map(async (group): Promise<Proposal> => {
        const database = refs.find(({ id }) => id === group[0].subject.id);
        const ids = database?.functionIds ?? [];
        const functions = await functionsWithIds(view, ids);
        const tables = group.map(({ detail }) => detail["table"] ?? "a table");
        const shape = await shapeFor(view, functions);
        const symptoms = await symptomsOf(view, { cause, stage: "query", functions, shows: ["null-result-unhandled"] });
        const explains = distinct(group, symptoms);
        return {
          headline: `The database ${databaseName(shape, database)} lacks ${tables.length === 1 ? "the table" : "the tables"} ${listed(tables)}`,
          summary: sentences(
            `${who(functions)} can connect, and each query of what is missing fails.`,
            await hiddenRemark(view, ids, "query"),
          ),
          subjects: [...(database === undefined ? [] : [database]), ...functions],
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [...migrations(place, functions), verifying(place)],
        };
      }),
    );
    return [
      ...proven,
      ...(await proposeDatabase(view, {
        cause,
        stage: "query",
        shows: [],
        headline: ({ where }) => `The database ${where} lacks something that is asked of it`,
        summary: ({ code }) => `A first query fails with ${code}.`,
        remedies: (_view, at, { functions }) => migrations(at, functions),
        logged: {
          headline: ({ functions, captures }) =>
            `The database lacks ${captures["name"] ?? "a table or column"}, which ${who(functions)} asks for`,
          summary: () => "The database answers, and has no such table, column or schema on the search path.",
        },
      })),
    ];
  },
});

function migrations(place: Place, functions: readonly FunctionRef[]): readonly Remedy[] {
  return [
    remedy(
      "now",
      "Create what is missing.",
      [`psql ${fromVariable("DATABASE_URL")} -v ON_ERROR_STOP=1 -f '<SCHEMA-FILE>'`],
      {
        variables: { DATABASE_URL: "the functions' database URL, with a user that may create tables" },
        advice: "Where the project has a migration tool, run that instead.",
      },
    ),
    startAfresh(place, functions),
  ];
}
