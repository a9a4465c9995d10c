import { defineCause } from "../core/cause.ts";
import { fromErrors } from "./support/errors.ts";
import { placeOf, verifying } from "./support/place.ts";
import { who } from "./support/text.ts";
import { editUrl, proposeParameter } from "./support/url-parameters.ts";

const cause = "channel-binding";
const title = "Take channel_binding out of the URL.";

export default defineCause({
  id: cause,
  title: "The URL demands channel binding and the driver cannot do it",
  explanation:
    "Providers hand out URLs with channel_binding=require. Only drivers on libpq act on it; pg8000 takes no such argument, asyncpg and postgres.js send it to the server as a setting that the server does not know.",
  mending:
    "Take channel_binding out of the URL. The connection stays encrypted by sslmode; the password is then not bound to it.",
  async propose(view) {
    const place = await placeOf(view);
    return [
      ...(await proposeParameter(view, {
        cause,
        check: "database-url-parameters",
        codes: ["channel-binding"],
        stage: "setting",
        shows: ["database-url-parameter-unsupported", "driver-api-mismatch"],
        headline: ({ functions, detail }) =>
          `The database URL of ${who(functions)} demands channel binding${detail["driver"] ? `, which ${detail["driver"]} cannot do` : ""}`,
        summary: () => "channel_binding=require reaches a driver that does not know it, so that no connection is made.",
        remedies: (at, { functions }) => editUrl(view, at, functions, { without: "channel_binding" }, title),
      })),
      ...(await fromErrors(view, {
        cause,
        stage: "setting",
        shows: ["database-url-parameter-unsupported"],
        headline: ({ functions }) => `Channel binding fails between ${who(functions)} and the database`,
        summary: () => "The URL demands channel binding, and driver and server do not come to it.",
        remedies: async ({ functions }) => [
          ...(await editUrl(view, place, functions, { without: "channel_binding" }, title)),
          verifying(place),
        ],
      })),
    ];
  },
});
