import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "dns-failed",
  title: "The database's host name is not found",
  explanation:
    "The name does not resolve: it is misspelt, the database or its project was deleted or paused, or an unencoded character in the password made the driver read another host. In a VPC the resolver may also be switched off.",
  mending: "Put the host name that the provider shows today into the URL.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "dns-failed",
      stage: "resolve",
      shows: ["database-url-malformed", "connect-timeout"],
      headline: ({ where }) => `The database's host name does not resolve: ${where}`,
      summary: ({ code }) =>
        `No address is known for the name (${code}): it is misspelt, or the database behind it was deleted, renamed or paused.`,
      remedies: (view, place, { functions, where }) =>
        writeSetting(view, place, urlSetting, functions, {
          advice: `Compare ${where} with the host that the provider shows; a paused project must be resumed there first.`,
        }),
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot resolve ${captures["host"] ?? captures["queried"] ?? "the database's host name"}`,
        summary: () => "No address is known for the name from where the function runs.",
      },
    }),
});
