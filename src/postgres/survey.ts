import { driverFamilies, type DriverFamily } from "./driver-names.ts";
import { judgeUrl } from "./drivers.ts";
import type { Judgement } from "./judgement.ts";
import type { DatabaseUrlShape } from "./url.ts";

/** What each driver that is known makes of a URL, where nobody said which one will read it. SQLAlchemy is its default here. Nothing of what is no URL. */
export function surveyDrivers(
  shape: DatabaseUrlShape,
): readonly { readonly family: DriverFamily; readonly judgements: readonly Judgement[] }[] {
  if (shape.empty || shape.form === "unknown") return [];
  const over = shape.sqlalchemyDriver !== undefined;
  return driverFamilies
    .filter((family) => (over ? family.startsWith("sqlalchemy+") : !family.includes("+")))
    .filter((family) => !over || family.startsWith(`sqlalchemy+${shape.sqlalchemyDriver ?? ""}`))
    .map((family) => ({ family, judgements: judgeUrl({ name: family }, shape) }));
}
