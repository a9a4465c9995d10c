import type { Fact } from "../core/fact.ts";
import { stackFact } from "../core/fact.ts";
import type { FunctionRef } from "../core/subject.ts";
import type { Setting } from "./database.ts";

/** The database URL of one function that uses the database. */
export interface DatabaseSetting {
  readonly fn: FunctionRef;
  readonly setting: Fact<Setting>;
}

/** The database URLs of all functions of which it is known that they use the database, side by side. */
export const databaseSettings = stackFact<readonly DatabaseSetting[]>("databaseSettings");
