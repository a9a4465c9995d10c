import { defineCause, type View } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeDatabase } from "./support/databases.ts";
import type { Place } from "./support/place.ts";
import type { FunctionRef } from "../core/subject.ts";
import { sentence, verb, who } from "./support/text.ts";
import { editUrl, proposeParameter } from "./support/url-parameters.ts";

const cause = "tls-required";

export default defineCause({
  id: cause,
  title: "The database wants an encrypted connection and the URL does not ask for one",
  explanation:
    "Without sslmode=require (or verify-ca, verify-full) a driver may connect in plain text. Servers that want TLS refuse that, and servers that do not let passwords and data travel in the clear.",
  mending:
    "Put sslmode=require into the URL, and see that the code hands it to the driver: pg8000 wants an ssl_context.",
  propose: async (view) => [
    ...(await proposeParameter(view, {
      cause,
      check: "database-url-sslmode",
      codes: ["sslmode-missing", "sslmode-unaccepted"],
      stage: "tls",
      shows: [],
      headline: ({ functions, detail }) =>
        `The database URL of ${who(functions)} ${detail["sslmode"] ? `has sslmode=${detail["sslmode"]}` : "has no sslmode"}, so that ${functions.length === 1 ? "it connects" : "they connect"} without sure encryption`,
      summary: ({ shape }) =>
        shape?.provider.plainText === "refused"
          ? `${shape.provider.title} refuses connections in plain text.`
          : "What the driver then does depends on the driver; some connect in plain text without a word.",
      remedies: (place, { functions }) => withRequire(view, place, functions),
    })),
    ...(await proposeParameter(view, {
      cause,
      check: "database-url-parameters",
      codes: ["parameter-weak"],
      severity: "error",
      stage: "tls",
      shows: [],
      headline: ({ functions, detail }) =>
        `${who(functions)} ${verb(functions, "does", "do")} not hand ${detail["parameter"] ?? "sslmode"} on to the driver, which then connects without encryption`,
      summary: ({ detail }) => sentence(detail["message"] ?? ""),
      remedies: (place) =>
        Promise.resolve([
          changeCode(
            place,
            "Pass the driver its own argument for TLS where the code connects: pg8000 wants ssl_context=ssl.create_default_context(), asyncpg ssl=.",
          ),
        ]),
    })),
    ...(await proposeDatabase(view, {
      cause,
      stage: "tls",
      shows: ["auth-failed"],
      headline: ({ where }) => `The server ${where} refuses connections that are not encrypted`,
      summary: ({ code }) => `The server turned the connection away (${code}), and the URL does not ask for TLS.`,
      remedies: (_view, place, { functions }) => withRequire(view, place, functions),
      logged: {
        headline: ({ functions }) =>
          `The database refuses ${who(functions)}, which ${verb(functions, "connects", "connect")} without encryption`,
        summary: () => "The server takes encrypted connections only.",
      },
    })),
  ],
});

const withRequire = (view: View, place: Place, functions: readonly FunctionRef[]) =>
  editUrl(view, place, functions, { set: { name: "sslmode", value: "require" } }, "Put sslmode=require into the URL.");
