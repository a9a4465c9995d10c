import * as z from "zod";
import type { JsonValue } from "../core/json.ts";
import { configurationSchema, type Configuration } from "../facts/configuration.ts";
import { smokeSchema, type SmokeConfig } from "./config.ts";

const projectConfigurationSchema = configurationSchema.extend({ smoke: smokeSchema.optional() });

/**
 * How the tools are called, as the project configuration says it, defaults filled in.
 * @throws Error that says in one sentence for each fault where it is and what is wrong; a usage error.
 */
export function smokeOf(configuration: Configuration): SmokeConfig {
  const parsed = smokeSchema.safeParse(configuration.smoke ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) =>
      `The configuration's ${["smoke", ...path].join(".")} is not as it must be: ${message.replace(/\.$/, "")}.`,
  );
  throw new Error(faults.join(" "));
}

/** The JSON schema of `cscp.config.json`, as it is published for editors. */
export function configurationJsonSchema(): JsonValue {
  return z.toJSONSchema(projectConfigurationSchema, { io: "input" }) as JsonValue;
}
