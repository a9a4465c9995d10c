import { defineCheck, findings, pass } from "../core/check.ts";
import { functionConfiguration, functions } from "../facts/functions.ts";
import { exampleConfiguration, exampleFunction } from "./support/examples.ts";
import { clause, oneLine } from "./support/text.ts";

export default defineCheck({
  id: "environment-decryptable",
  title: "Lambda can decrypt the functions' environment",
  severity: "error",
  why: "A function whose environment cannot be decrypted does not start, whatever its code does.",
  subjects: functions,
  requires: { configuration: functionConfiguration },
  run({ subject, configuration }) {
    const { environmentError: error, kmsKeyArn } = configuration;
    if (error === undefined) return pass;
    const key = kmsKeyArn === undefined ? "its key" : `the key ${kmsKeyArn}`;
    return findings([
      {
        code: "undecryptable",
        message: `Lambda cannot decrypt the environment of ${subject.label} with ${key} (${error.code}): ${clause(error.message)}.`,
        evidence: [
          {
            kind: "configuration",
            where: subject.label,
            says: `Environment.Error = ${error.code}: ${oneLine(error.message)}`,
          },
        ],
        detail: { errorCode: error.code, ...(kmsKeyArn === undefined ? {} : { key: kmsKeyArn }) },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a key that the function's role may not use",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({
            kmsKeyArn: "arn:aws:kms:ap-southeast-1:111122223333:key/0d5a7c1e",
            environmentError: { code: "AccessDeniedException", message: "The role lacks kms:Decrypt on the key." },
          }),
        },
        codes: ["undecryptable"],
      },
      {
        name: "a key that was deleted, of which no ARN is left",
        subject: exampleFunction(),
        given: {
          configuration: exampleConfiguration({
            environmentError: { code: "KMSInvalidStateException", message: "The key is pending deletion." },
          }),
        },
        codes: ["undecryptable"],
      },
    ],
    passes: [
      {
        name: "an environment that Lambda can read",
        subject: exampleFunction(),
        given: { configuration: exampleConfiguration({ environment: { LOG_LEVEL: "INFO" } }) },
      },
    ],
  }),
});
