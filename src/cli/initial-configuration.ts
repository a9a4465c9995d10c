import type { Value } from "../core/secret.ts";
import { referenceSigning, signingSchema, type SigningScheme } from "../smoke/config.ts";
import type { PlannedRequest } from "../smoke/plan.ts";

/** Where a guess at the signing scheme comes from, for the reader. */
export interface GuessedSigning {
  readonly scheme: SigningScheme;
  readonly because: string;
}

const hmacName = /(?:^|_)(?:HMAC|SIGNING|SIGNATURE)(?:_|$)/;
/** Only a key that names no other service: OPENAI_API_KEY is not what callers of this API send. */
const apiKeyName = /^(?:X_)?API_KEY(?:_|$)/;

/**
 * Guesses how requests are signed from the names of the functions' environment variables, and from routes that ask for
 * one of API Gateway's own keys. Names only: no value is looked at.
 */
export function guessSigning(
  functions: readonly { readonly label: string; readonly environment: Readonly<Record<string, Value>> }[],
  routesNeedKey: boolean,
): GuessedSigning {
  const named = (pattern: RegExp): string | undefined => {
    for (const { label, environment } of functions) {
      const name = Object.keys(environment).find((one) => pattern.test(one));
      if (name !== undefined) return `${name} of ${label}`;
    }
    return undefined;
  };
  const hmac = named(hmacName);
  if (hmac !== undefined) return { scheme: referenceSigning, because: hmac };
  if (routesNeedKey) return { scheme: apiKey, because: "the API's routes ask for an API key" };
  const key = named(apiKeyName);
  if (key !== undefined) return { scheme: apiKey, because: key };
  return { scheme: { scheme: "none" }, because: "no environment variable speaks of a signature or key" };
}

const apiKey = signingSchema.parse({ scheme: "api-key" });

/** Marked placeholders of what only a person knows; the doctor takes its defaults in their place. */
export const unknownCustomer = "<CUSTOMER-ID>";
export const unknownOwner = "<OWNER-USER-ID>";

export interface Initial {
  readonly schema: string;
  readonly stack: string;
  readonly region: string;
  /** Where the user gave one. */
  readonly apiUrl?: string | undefined;
  readonly signing: SigningScheme;
  readonly customerId: string;
  readonly ownerUserId: string;
  readonly requests: readonly PlannedRequest[];
  /** Whether the function behind a tool uses the database, by the function's logical id, where that is known. */
  readonly usesDatabase: ReadonlyMap<string, boolean>;
  /** Functions that use the database although no code can be looked at. */
  readonly databaseFunctions: readonly string[];
}

/** The text of `cscp.config.json`, in the order in which it is read. */
export function initialConfiguration(initial: Initial): string {
  const { requests, databaseFunctions, apiUrl } = initial;
  const tools = requests.map(({ tool, method, path, function: id }) => {
    const uses = id === undefined ? undefined : initial.usesDatabase.get(id);
    return { name: tool, method, path, ...(uses === undefined ? {} : { usesDatabase: uses }) };
  });
  const document = {
    $schema: initial.schema,
    stack: initial.stack,
    region: initial.region,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(databaseFunctions.length === 0 ? {} : { databaseFunctions }),
    smoke: {
      signing: initial.signing,
      customerId: initial.customerId,
      ownerUserId: initial.ownerUserId,
      ...(tools.length === 0 ? {} : { tools }),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
