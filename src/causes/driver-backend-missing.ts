import { defineCause } from "../core/cause.ts";
import { packageName, proposeImport, reinstall } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, verb, who } from "./support/text.ts";

export default defineCause({
  id: "driver-backend-missing",
  title: "The database driver has nothing to talk to Postgres with",
  explanation:
    "The driver's Python part is there, but the part that speaks to Postgres is not: psycopg without psycopg-binary needs the libpq library, which Lambda does not have; " +
    "SQLAlchemy needs the driver that its URL names.",
  mending: "Install psycopg with its extra `binary` for Lambda's platform, or the driver that the URL's scheme names.",
  propose: (view) =>
    proposeImport(view, {
      cause: "driver-backend-missing",
      headline: ({ failure, drivers }, functions) =>
        `${who(functions)} ${verb(functions, "imports", "import")} ${drivers[0]?.module ?? packageName(failure)}, which finds no library that talks to Postgres`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (view, place, fault) => reinstall(view, place, fault),
      logged: {
        headline: ({ functions }) => `The database driver of ${who(functions)} finds no library that talks to Postgres`,
        summary: () =>
          "psycopg needs its own compiled part (psycopg-binary) or the system's libpq, and Lambda has no libpq; SQLAlchemy needs the driver that its URL names.",
      },
    }),
});
