import * as z from "zod";
import { keySource } from "../facts/requests/run.ts";
import { parseCondition } from "./condition.ts";
import { placeholdersOf, placeholders } from "./template.ts";

/** A template whose placeholders are all among the given ones. */
function template(allowed: readonly string[]): z.ZodString {
  return z.string().refine((text) => placeholdersOf(text).every((name) => allowed.includes(name)), {
    error: `may only hold the placeholders ${allowed.map((name) => `{${name}}`).join(", ")}`,
  });
}

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: "is not the name of an HTTP header" });
const condition = z.string().superRefine((text, context) => {
  const parsed = parseCondition(text);
  if ("error" in parsed) context.addIssue({ code: "custom", message: parsed.error });
});

const hmac = z.strictObject({
  scheme: z.literal("hmac"),
  algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]).default("sha256").describe("Hash function of the HMAC."),
  encoding: z
    .enum(["hex", "base64", "base64url"])
    .default("hex")
    .describe("How the signature is written; hex in lower case, base64url without padding."),
  keyEncoding: z
    .enum(["utf8", "hex", "base64"])
    .default("utf8")
    .describe("How the key's text is turned into bytes; a key file keeps all but one line break at its end."),
  client: z.string().default("copilot-frontend").describe("The client's name, sent and signed as {client}."),
  timestamp: z
    .enum(["ms", "s", "iso"])
    .default("ms")
    .describe("What {timestamp} is: milliseconds or seconds since 1970, or an ISO 8601 time in UTC with milliseconds."),
  message: template(placeholders)
    .default("{timestamp}.{client}.{body}")
    .describe(
      "What is signed. {body} is the raw body, {bodyHash} its hash in hexadecimal digits, {query} the query without its question mark, {nonce} a random value.",
    ),
  headers: z
    .record(headerName, template([...placeholders, "signature"]))
    .default({ "X-Timestamp": "{timestamp}", "X-Client": "{client}", "X-Signature": "{signature}" })
    .describe("The headers to send; {signature} is the encoded HMAC, anything before or after it a prefix or suffix."),
});

const apiKey = z.strictObject({
  scheme: z.literal("api-key"),
  header: headerName.default("X-Api-Key").describe("The header that carries the key."),
  prefix: z.string().default("").describe('What stands before the key, such as "Bearer ".'),
});

const sigv4 = z.strictObject({
  scheme: z.literal("aws-sigv4"),
  service: z
    .enum(["execute-api", "lambda"])
    .optional()
    .describe(
      "What is signed for: execute-api for an API, lambda for a function URL. The URL's host tells it if absent.",
    ),
  region: z
    .string()
    .min(1)
    .optional()
    .describe("The region that is signed for; that of the host or the run if absent."),
});

const none = z.strictObject({ scheme: z.literal("none") });

export const signingSchema = z
  .discriminatedUnion("scheme", [hmac, apiKey, sigv4, none])
  .describe("How requests to the tools are signed. The key itself is never written here.");

/** A signing scheme with every default filled in. */
export type SigningScheme = z.infer<typeof signingSchema>;

/** HMAC-SHA256 over `<ms>.<client>.<body>` in hex, in X-Signature beside X-Timestamp and X-Client. */
export const referenceSigning: SigningScheme = signingSchema.parse({ scheme: "hmac" });

const status = z.int().min(100).max(599);

export const expectationSchema = z.strictObject({
  status: z
    .union([status, z.array(status).min(1)])
    .default(200)
    .describe("The status, or the statuses, of a healthy answer."),
  envelope: z
    .enum(["ok-data-error", "none"])
    .default("ok-data-error")
    .describe("Whether answers are wrapped as {ok, data, error}; none takes any body."),
  where: z
    .array(condition)
    .default([])
    .describe('Conditions that must hold, such as "$.data.score >= 0" or "$.data.trend".'),
  schema: z
    .record(z.string(), z.json())
    .optional()
    .describe("A JSON Schema (draft 2020-12, or draft-07 where $schema says so) that the answer's body must satisfy."),
});
export type Expectation = z.infer<typeof expectationSchema>;

export const toolSchema = z.strictObject({
  name: z.string().min(1).describe("The tool's name; by default also its path."),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("POST").describe("The HTTP method."),
  path: z
    .string()
    .startsWith("/")
    .optional()
    .describe("The path behind the API's stage, with its query; /<name> if absent."),
  body: z
    .union([z.string(), z.record(z.string(), z.json())])
    .optional()
    .describe("The body: text is sent as it is, an object as compact JSON. The default asks for the seeded customer."),
  headers: z.record(headerName, z.string()).default({}).describe("Further headers. Secrets do not belong here."),
  expect: expectationSchema.prefault({}),
  forbid: z
    .array(condition)
    .default(["$.data.missingData == true"])
    .describe("Conditions of an answer that looks healthy and is not."),
  usesDatabase: z.boolean().optional().describe("Whether the tool needs the database, where the code does not tell."),
  safe: z
    .boolean()
    .optional()
    .describe("true: may be called though its name or method does not say that it only reads. false: never called."),
  latencyMs: z.int().positive().optional().describe("A warning is given when an answer takes longer, in milliseconds."),
  timeoutMs: z.int().positive().max(120_000).optional().describe("How long to wait for an answer, in milliseconds."),
  invoke: z
    .string()
    .min(1)
    .optional()
    .describe("Logical id or name of a function that has no route: cscp smoke invokes it with the body as its event."),
});
export type Tool = z.infer<typeof toolSchema>;

const probeSchema = z.strictObject({
  name: z.string().min(1).describe("What it is called in reports."),
  url: z
    .string()
    .regex(/^(?:\/|https?:\/\/)/, { error: "is neither a path nor a URL of http or https" })
    .describe("A path behind the API's stage, or a whole URL. It is asked with GET, unsigned."),
  expect: expectationSchema.prefault({ envelope: "none" }),
  forbid: z.array(condition).default([]).describe("Conditions of an answer that looks healthy and is not."),
  latencyMs: z.int().positive().optional().describe("A warning is given when an answer takes longer, in milliseconds."),
});
export type Probe = z.infer<typeof probeSchema>;

const corsSchema = z.strictObject({
  origin: z.string().min(1).describe("The origin of the pages that call the API: https://app.example.com."),
  headers: z
    .array(headerName)
    .optional()
    .describe("Headers that those pages send; Content-Type and the signing scheme's own if absent."),
});

export const smokeSchema = z.strictObject({
  signing: signingSchema.default(referenceSigning),
  key: keySource()
    .optional()
    .describe(
      "Where the signing key is: {from: env, name}, {from: ssm, name}, {from: secrets-manager, id, field}, {from: file, path} or {from: stdin}. CSCP_HMAC_SECRET or HMAC_SECRET, then the functions' own, if absent.",
    ),
  customerId: z.string().default("acme-001").describe("The customer that the default bodies ask for."),
  ownerUserId: z.string().default("public").describe("The owner whose data the default bodies ask for."),
  periodDays: z
    .int()
    .positive()
    .default(30)
    .describe("The period that the default body of a usage tool asks for, in days."),
  tools: z
    .array(toolSchema)
    .default([])
    .describe("Tools to call beside, or differently from, those that the API's routes show."),
  skip: z.array(z.string()).default([]).describe("Names of tools that are not called."),
  probes: z.array(probeSchema).default([]).describe("Plain requests that only read, sent with GET and no signature."),
  cors: corsSchema.optional().describe("What a browser asks before it calls the API; cscp smoke asks the same."),
  negative: z
    .boolean()
    .optional()
    .describe(
      "Whether wrong signatures are tried, which the API must refuse: cscp smoke does unless false, the doctor only where true, since a function may log what it refuses.",
    ),
  seed: z
    .array(template(["owner", "customer"]).regex(/^https?:\/\//, { error: "is no URL of http or https" }))
    .default([])
    .describe(
      "URLs that load data, {owner} and {customer} in them. They write: they are printed where data is missing, and never called.",
    ),
  timeoutMs: z
    .int()
    .positive()
    .max(120_000)
    .default(35_000)
    .describe("How long to wait for an answer, in milliseconds."),
});
export type SmokeConfig = z.infer<typeof smokeSchema>;

/** Every default: the reference's signing, customer and bodies, the tools from the API's routes. */
export const defaultSmoke: SmokeConfig = smokeSchema.parse({});
