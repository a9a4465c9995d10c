import * as z from "zod";
import { defineRequest, value } from "./define.ts";

/** The project folder beside which cscp runs, as far as a diagnosis needs it. Paths are relative to the folder. */
export const projectFolder = defineRequest(
  "project.folder",
  () => z.strictObject({}),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        template: z.strictObject({ path: z.string(), text: z.string() }).optional(),
        samconfig: z
          .strictObject({
            path: z.string(),
            /** One entry for each environment section. */
            environments: z.array(
              z.strictObject({
                name: z.string(),
                stackName: z.string().optional(),
                region: z.string().optional(),
                profile: z.string().optional(),
                overrides: z.array(z.strictObject({ name: z.string(), value, line: z.int().positive() })),
              }),
            ),
          })
          .optional(),
        /** A samconfig that is there and could not be read, with the reason as the end of a sentence about it. */
        brokenSamconfig: z.strictObject({ path: z.string(), unreadable: z.string() }).optional(),
        makefile: z
          .strictObject({
            path: z.string(),
            targets: z.array(
              z.strictObject({ name: z.string(), variables: z.array(z.string()), recipe: z.array(z.string()) }),
            ),
          })
          .optional(),
        /** Files of requirements: path and the requirement lines. */
        requirements: z.array(z.strictObject({ path: z.string(), lines: z.array(z.string()) })),
      }),
    ]),
  [],
);
