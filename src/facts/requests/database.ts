import * as z from "zod";
import { defineRequest } from "./define.ts";

export const probeStages = ["resolve", "connect", "tls", "authenticate", "query"] as const;

/**
 * A connection to the database of one function, stage by stage, from this machine: read-only, with time limits.
 * `tables` are asked for by name; where one has a column `owner_user_id` and an owner is given, that owner's rows are
 * counted too. Counts stop at a bound.
 */
export const databaseProbe = defineRequest(
  "db.probe",
  () => z.strictObject({ fingerprint: z.string(), tables: z.array(z.string()), owner: z.string().optional() }),
  () =>
    z.strictObject({
      stages: z.array(
        z.strictObject({
          stage: z.enum(probeStages),
          ok: z.boolean(),
          ms: z.number(),
          /** Error code of the failure: ECONNREFUSED, 28P01, ... */
          code: z.string().optional(),
          message: z.string().optional(),
        }),
      ),
      serverVersion: z.string().optional(),
      encrypted: z.boolean().optional(),
      tables: z.array(
        z.strictObject({
          name: z.string(),
          exists: z.boolean(),
          readable: z.boolean(),
          rows: z.int().optional(),
          ownerRows: z.int().optional(),
        }),
      ),
    }),
  [],
);
