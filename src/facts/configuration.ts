import * as z from "zod";
import { stackFact } from "../core/fact.ts";
import "../core/schema-settings.ts";
import { noConfiguration } from "./no-configuration.ts";

const name = z.string().trim().min(1);

/**
 * `cscp.config.json` as far as facts and checks are judged by it. Everything may be left out; a key that is not known
 * is refused, since a misspelt one would otherwise change nothing and say nothing.
 */
export const configurationSchema = z.strictObject({
  $schema: z.string().optional(),
  /** Values of sslmode with which a database URL counts as encrypted. */
  sslmodes: z
    .array(name)
    .min(1)
    .default(() => [...noConfiguration.sslmodes]),
  /** Further environment variables that hold a database URL, looked at before the usual names. */
  databaseUrlVariables: z.array(name).default([]),
  /** Tables that the functions need, with their schema where it is not on the search path. */
  tables: z.array(name).default([]),
  /** Functions that use the database although their code does not show it: logical ids or physical names. */
  databaseFunctions: z.array(name).default([]),
  /** Findings to leave out: `check` or `check:subject`. */
  ignore: z.array(z.string().regex(/^[a-z][a-z0-9-]*(:.+)?$/, "is a check's id, or check:subject")).default([]),
  /** The stack, region and profile to take where no flag and no environment variable names one. */
  stack: name.optional(),
  region: name.optional(),
  profile: name.optional(),
  /** Base URL of the API, stage included, instead of the one that the stack has. */
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .regex(/^[^?#]*$/, "is a URL up to the stage, without what begins at ? or #")
    .optional(),
  /** How the tools of the API are called; its own schema is in smoke/config.ts. */
  smoke: z.json().optional(),
});

export type Configuration = z.infer<typeof configurationSchema>;

/** The project's configuration, its defaults filled in. */
export const configuration = stackFact<Configuration>("configuration");

/**
 * Reads a project configuration, `{}` where there is none.
 * @throws Error that says in one sentence for each fault where it is and what is wrong; a usage error.
 */
export function parseConfiguration(json: unknown): Configuration {
  const parsed = configurationSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    const place = path.length === 0 ? "The configuration" : `The configuration's ${path.join(".")}`;
    return `${place} is not as it must be: ${message.replace(/\.$/, "")}.`;
  });
  throw new Error(faults.join(" "));
}
