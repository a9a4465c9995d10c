import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { advice } from "./support/remedies.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "auth-failed",
  title: "The database refuses the user or the password",
  explanation:
    "The server was reached and turned the sign-in away: the password was changed or rotated, it is not percent-encoded in the URL, the user is another one (poolers want user.project), or a short-lived token was stored in the environment.",
  mending: "Write the URL with the present password, percent-encoded, to where the functions read it.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "auth-failed",
      stage: "authenticate",
      shows: ["role-or-db-missing", "database-url-malformed"],
      headline: ({ where, answer }) =>
        answer === "rules"
          ? `The server ${where} has no rule that lets the user of the database URL in`
          : `The database ${where} refuses the user or password of the database URL`,
      summary: ({ code, functions, answer }) =>
        answer === "rules"
          ? `No entry of its pg_hba.conf is for this user, this database and this machine's address (${code}).`
          : `The server answers ${code} to the URL that ${who(functions)} ${verb(functions, "uses", "use")}.`,
      remedies: (view, place, { functions, shape, answer }) =>
        answer === "rules"
          ? [
              advice(
                "now",
                "Let the user in by an entry of pg_hba.conf.",
                "It is for a user, a database and the addresses that functions come from; the server reads the file again with SELECT pg_reload_conf().",
              ),
            ]
          : writeSetting(view, place, urlSetting, functions, {
              advice: shape?.provider.pitfalls.includes("tenant-in-user")
                ? "The user is to be written as user.project."
                : "A special character in the password is written percent-encoded.",
            }),
      logged: {
        headline: ({ functions }) => `The database refuses the user or password of ${who(functions)}`,
        summary: () => "The server was reached and turned the sign-in away.",
      },
    }),
});
