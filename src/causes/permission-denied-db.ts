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
import { fromVariable, quote } from "./support/shell.ts";
import { distinct, symptomsOf } from "./support/symptoms.ts";
import { who } from "./support/text.ts";

const cause = "permission-denied-db";

export default defineCause({
  id: cause,
  title: "The database user may not use a table",
  explanation:
    "The sign-in works and a statement is refused: the user was not granted the right on the table, schema or sequence, the tables were created by another role, or row-level security hides or refuses rows.",
  mending: "Grant the right to the user of the URL, as the owner of the table.",
  async propose(view) {
    const place = await placeOf(view);
    const refs = (await view.value(databases, null)) ?? [];
    const groups = groupBy(view.of("database-reachable", "table-unreadable"), ({ subject }) => subject.id);
    const proven = await Promise.all(
      groups.map(async (group): Promise<Proposal> => {
        const database = refs.find(({ id }) => id === group[0].subject.id);
        const functions = await functionsWithIds(view, database?.functionIds ?? []);
        const tables = group.map(({ detail }) => detail["table"] ?? "a table");
        const shape = await shapeFor(view, functions);
        const symptoms = await symptomsOf(view, { cause, stage: "query", functions, shows: ["schema-missing"] });
        const explains = distinct(group, symptoms);
        return {
          headline: `The database user of ${who(functions)} may not read ${listed(tables)} in ${databaseName(shape, database)}`,
          summary: "The sign-in works, and SELECT on it is not granted.",
          subjects: [...(database === undefined ? [] : [database]), ...functions],
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [...grants(place, functions, tables), verifying(place)],
        };
      }),
    );
    return [
      ...proven,
      ...(await proposeDatabase(view, {
        cause,
        stage: "query",
        shows: [],
        headline: ({ where }) => `The database ${where} refuses the user of the URL a first query`,
        summary: ({ code }) => `The sign-in works, and the query is refused with ${code}.`,
        remedies: (_view, at, { functions }) => grants(at, functions, ["<TABLE>"]),
        logged: {
          headline: ({ functions, captures }) =>
            `The database user of ${who(functions)} may not use ${captures["name"] ?? "a table"}`,
          summary: () => "The sign-in works, and a statement is refused.",
        },
      })),
    ];
  },
});

function grants(place: Place, functions: readonly FunctionRef[], tables: readonly string[]): readonly Remedy[] {
  const names = tables.map((table) =>
    table === "<TABLE>"
      ? table
      : table
          .split(".")
          .map((part) => `"${part.replaceAll('"', '""')}"`)
          .join("."),
  );
  return [
    remedy(
      "now",
      "Grant the right, as the owner of the table.",
      [
        `psql ${fromVariable("OWNER_DATABASE_URL")} -v ON_ERROR_STOP=1 -c ${quote(`GRANT SELECT ON ${names.join(", ")} TO <ROLE>`)}`,
      ],
      {
        variables: { OWNER_DATABASE_URL: "a URL of the same database with the user that owns the tables" },
        advice: "The role is the user of the functions' URL; grant INSERT, UPDATE or DELETE too where the tools write.",
      },
    ),
    startAfresh(place, functions),
  ];
}
