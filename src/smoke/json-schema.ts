import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonValue } from "../core/json.ts";

type Schema = Readonly<Record<string, unknown>>;

const compiled = new WeakMap<Schema, ValidateFunction>();

/**
 * Compiles a schema: of draft 2020-12, or of draft-07 where its `$schema` says so.
 * @throws Error that says what is wrong with the schema itself.
 */
export function compileSchema(schema: Schema): ValidateFunction {
  const before = compiled.get(schema);
  if (before !== undefined) return before;
  const named = typeof schema["$schema"] === "string" ? schema["$schema"] : "";
  // Formats are not checked: without their library every schema with one would be refused.
  const options = { strict: false, validateFormats: false, allErrors: false, logger: false } as const;
  const ajv = /draft-0[67]/.test(named) ? new Ajv(options) : new Ajv2020(options);
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Where a document does not satisfy a schema, as the end of a sentence; undefined where it does. */
export function schemaFault(schema: Schema, document: JsonValue): string | undefined {
  const validate = compileSchema(schema);
  if (validate(document)) return undefined;
  const [first] = validate.errors ?? [];
  return first === undefined ? "does not fit the schema" : faultText(first);
}

function faultText({ instancePath, message = "does not fit", params }: ErrorObject): string {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("");
  const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const more =
    additionalProperty !== undefined
      ? ` (${additionalProperty})`
      : allowedValues !== undefined
        ? ` (${allowedValues.map((value) => JSON.stringify(value)).join(", ")})`
        : "";
  return `$${path} ${message}${more}`;
}
