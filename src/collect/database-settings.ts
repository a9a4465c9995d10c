import { collector, known } from "../core/fact.ts";
import { databaseFunctions, databaseUrl } from "../facts/database.ts";
import { databaseSettings } from "../facts/database-settings.ts";

export const collectDatabaseSettings = collector(databaseSettings, async (context) => {
  const list = await context.get(databaseFunctions, null);
  if (list.state === "unreadable") return list;
  return known(await Promise.all(list.value.map(async (fn) => ({ fn, setting: await context.get(databaseUrl, fn) }))));
});
