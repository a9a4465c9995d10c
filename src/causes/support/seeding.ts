// What fills a table: the endpoints that the configuration names, or a file of SQL; and whose rows were asked for.
import type { Remedy, View } from "../../core/cause.ts";
import { smokeConfiguration } from "../../smoke/facts.ts";
import { fill } from "../../smoke/template.ts";
import type { Place } from "./place.ts";
import { remedy } from "./remedies.ts";
import { fromVariable, quote } from "./shell.ts";

/** Whom the smoke test asks for, and the URLs that load data, filled in for them. */
export interface Asked {
  readonly owner: string;
  readonly customer: string;
  readonly seed: readonly string[];
}

/** Whose data the tools are asked for; undefined where the configuration could not be read. */
export async function askedFor(view: View): Promise<Asked | undefined> {
  const config = await view.value(smokeConfiguration, null);
  if (config === undefined) return undefined;
  const { ownerUserId: owner, customerId: customer } = config;
  const values = { owner: encodeURIComponent(owner), customer: encodeURIComponent(customer) };
  return { owner, customer, seed: config.seed.map((url) => fill(url, values)) };
}

/** Loads the data: by each endpoint that writes it, which only the reader may call, else from a file. */
export function seeding(asked: Asked | undefined, wholeTable: boolean): Remedy {
  const instead = wholeTable
    ? ""
    : "Or let the smoke test ask for an owner and customer that the database has: ownerUserId and customerId under smoke in cscp.config.json.";
  const urls = asked?.seed ?? [];
  if (urls.length === 0) {
    const endpoint =
      "Where an endpoint of yours loads it, name that under smoke.seed in cscp.config.json, and it stands here.";
    return remedy(
      "now",
      "Load the data.",
      [`psql ${fromVariable("DATABASE_URL")} -v ON_ERROR_STOP=1 -f '<SEED-FILE>'`],
      {
        variables: { DATABASE_URL: "the functions' database URL, with a user that may write" },
        advice: [instead, endpoint].filter((text) => text !== "").join(" "),
      },
    );
  }
  const title =
    urls.length === 1
      ? "Load the data: this endpoint writes, and cscp never calls it."
      : "Load the data by one of these endpoints: they write, and cscp never calls them.";
  return remedy(
    "now",
    title,
    urls.map((url) => `curl -fsS ${quote(url)}`),
    { advice: instead },
  );
}

/** Asks once more, for the owner whose rows everybody may read. */
export function askingForPublic(place: Place): Remedy {
  return remedy("verify", "See that the tools answer for the owner that has rows.", [
    `${place.again.replace(/^cscp doctor/, "cscp smoke").replace(/ --owner (?:'[^']*'|\S+)/, "")} --owner public`,
  ]);
}
