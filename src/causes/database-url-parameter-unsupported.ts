import { defineCause, type Remedy, type View } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { proposeDatabase } from "./support/databases.ts";
import { placeOf, verifying, type Place } from "./support/place.ts";
import { advice } from "./support/remedies.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";
import { sentence, who } from "./support/text.ts";
import { editUrl, proposeParameter } from "./support/url-parameters.ts";
import type { FunctionRef } from "../core/subject.ts";

const cause = "database-url-parameter-unsupported";

export default defineCause({
  id: cause,
  title: "The URL has a parameter that the driver or the server refuses",
  explanation:
    "Parameters of a URL are not the same for all drivers: libpq refuses what it does not know (pgbouncer=true, connection_limit), asyncpg and postgres.js send it to the server, SQLAlchemy hands it to the driver's connect() as an argument. Transaction poolers refuse start-up options.",
  mending: "Take the parameter out of the URL, or give it to the driver in the way that this driver wants it.",
  async propose(view) {
    const place = await placeOf(view);
    return [
      ...(await proposeParameter(view, {
        cause,
        check: "database-url-parameters",
        codes: ["parameter-refused"],
        stage: "setting",
        shows: ["driver-api-mismatch", "channel-binding"],
        headline: ({ functions, detail }) =>
          `The database URL of ${who(functions)} has the parameter ${detail["parameter"] || "of another driver"}, which ${detail["driver"] || "the driver"} refuses`,
        summary: ({ detail }) => sentence(detail["message"] || "The driver refuses the parameter before it connects"),
        remedies: (at, { functions, detail }) => without(view, at, functions, detail["parameter"]),
      })),
      ...(await proposeDatabase(view, {
        cause,
        stage: "authenticate",
        shows: ["pooler-incompatibility"],
        headline: ({ where }) => `The server ${where} refuses a parameter of the database URL`,
        summary: () =>
          "The server or its pooler does not know a setting that the URL sends when the connection begins.",
        remedies: (_view, at, { functions }) => writeSetting(view, at, urlSetting, functions),
      })),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        by: "parameter",
        shows: ["channel-binding"],
        headline: ({ functions, captures }) => `${named(captures)} in the database URL of ${who(functions)} is refused`,
        summary: () => "The driver, or the server that it hands the parameter to, does not know it.",
        remedies: async ({ functions, captures }) => [
          ...(await without(view, place, functions, captures["parameter"])),
          verifying(place),
        ],
      })),
    ];
  },
});

const named = (captures: Readonly<Record<string, string>>): string =>
  captures["parameter"] === undefined ? "A parameter" : `The parameter ${captures["parameter"]}`;

/** Encryption is not to be lost with the parameter that asks for it. */
async function without(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  parameter: string | undefined,
): Promise<readonly Remedy[]> {
  if (parameter === undefined) return writeSetting(view, place, urlSetting, functions);
  if (parameter.startsWith("ssl")) {
    return [
      advice(
        "now",
        `Give ${parameter} to the driver in its own way.`,
        `Keep the encryption: read ${parameter} out of the URL in the code and pass the driver its own argument for it (ssl or ssl_context), or use a driver on libpq.`,
      ),
    ];
  }
  return editUrl(view, place, functions, { without: parameter }, `Take ${parameter} out of the URL.`);
}
