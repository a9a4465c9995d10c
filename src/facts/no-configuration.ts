import type { Configuration } from "./configuration.ts";

/** What holds where there is no configuration file. By itself, since few runs have one and its schema takes long to load. */
export const noConfiguration: Configuration = {
  sslmodes: ["require", "verify-ca", "verify-full"],
  databaseUrlVariables: [],
  tables: [],
  databaseFunctions: [],
  ignore: [],
};
