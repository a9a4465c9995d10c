import * as z from "zod";
import { inventorySchema } from "../inventory.ts";
import { defineRequestWith } from "./define.ts";

/**
 * Import names to follow besides those of the package's own code: what a function imports from a layer. That may still be
 * on its way: a source can already open the package.
 */
interface PackageHow {
  readonly modules: readonly string[] | Promise<readonly string[]>;
}

/**
 * What is inside a function's package or a layer, content-addressed by its CodeSha256: a listing with what the
 * checks need to know of the files, not the bytes.
 */
export const packageInventory = defineRequestWith<PackageHow | undefined>()(
  "package.inventory",
  () =>
    z.strictObject({
      codeSha256: z.string(),
      of: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("function"), name: z.string(), qualifier: z.string().optional() }),
        z.strictObject({ kind: z.literal("layer"), arn: z.string() }),
      ]),
    }),
  () => inventorySchema,
  ["lambda:GetFunction", "lambda:GetLayerVersion"],
);
