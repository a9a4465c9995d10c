import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "role-or-db-missing",
  title: "The database or the user that the URL names does not exist",
  explanation:
    "The server was reached and has no database or no role of that name: it was never created, the URL is of another environment, or a pooler wants the user as user.project.",
  mending: "Put the names that exist into the URL, or create the database and the role.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "role-or-db-missing",
      stage: "session",
      shows: ["auth-failed"],
      headline: ({ where, answer, shape }) =>
        answer === "database"
          ? `The server ${where} has no database ${shape?.database ?? "of the name in the database URL"}`
          : `The server ${where} does not know the user or project of the database URL`,
      summary: ({ code }) => `The server was reached and answers ${code}.`,
      remedies: (view, place, { functions }) =>
        writeSetting(view, place, urlSetting, functions, {
          advice: "Or create what is missing on the server: CREATE DATABASE, CREATE ROLE ... LOGIN.",
        }),
      logged: {
        headline: ({ functions, captures }) =>
          `The database server of ${who(functions)} does not know ${captures["name"] ?? "the database or user of the URL"}`,
        summary: () => "The server was reached and has nothing of that name.",
      },
    }),
});
