import { defineCause, type Proposal } from "../core/cause.ts";
import { databaseFunctions, databases } from "../facts/database.ts";
import { listed } from "../checks/support/text.ts";
import { databaseName, shapeFor } from "./support/databases.ts";
import { functionsWithIds, placeOf, verifying } from "./support/place.ts";
import { urlSetting, writeSetting } from "./support/settings.ts";

export default defineCause({
  id: "databases-differ",
  title: "Functions of one stack are sent to different databases",
  explanation:
    "The functions' database URLs lead to different places: one was changed by hand, a deploy reached only some of them, or a parameter has several versions. Tools of one stack then answer from different data.",
  mending: "Give all functions the same URL, unless the difference is meant.",
  async propose(view) {
    const found = view.of("databases-agree", "differ");
    if (found.length === 0) return [];
    const place = await placeOf(view);
    const refs = (await view.value(databases, null)) ?? [];
    const users = (await view.value(databaseFunctions, null)) ?? [];
    const names = await Promise.all(
      refs.map(async (database) => {
        const functions = await functionsWithIds(view, database.functionIds);
        const name = databaseName(await shapeFor(view, functions), undefined);
        return `${listed(functions.map(({ label }) => label))} to ${name}`;
      }),
    );
    // The same host may stand in URLs that differ in user, password or parameters.
    const writing = await writeSetting(view, place, urlSetting, users, {
      advice: "Leave them as they are where the difference is meant.",
    });
    return found.map((finding): Proposal => ({
      headline: `The functions are sent to ${finding.detail["count"] ?? "several"} different databases`,
      summary: names.length === 0 ? "" : `They lead ${names.join("; ")}.`,
      subjects: refs,
      confidence: "certain",
      because: [],
      explains: [finding],
      remedies: [...writing, verifying(place)],
    }));
  },
});
