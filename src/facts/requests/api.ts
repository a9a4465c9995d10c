import * as z from "zod";
import { defineRequest } from "./define.ts";

const route = () =>
  z.strictObject({
    method: z.string(),
    /** With a leading slash, path parameters in braces. */
    path: z.string(),
    /** The integration's URI or, for an HTTP API, its function ARN; absent for mocks. */
    integration: z.string().optional(),
    /** NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS, JWT. */
    authorization: z.string().optional(),
    apiKeyRequired: z.boolean(),
  });

/** Routes and stages of a REST API (version 1) or an HTTP API (version 2). */
export const apiRoutes = defineRequest(
  "api.routes",
  () => z.strictObject({ apiId: z.string(), type: z.enum(["rest", "http"]) }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({
        exists: z.literal(true),
        name: z.string(),
        stages: z.array(z.string()),
        /** Stage to the base URL that callers use, or what an endpoint override puts in its place. */
        stageUrls: z.record(z.string(), z.string()),
        routes: z.array(route()),
      }),
    ]),
  ["apigateway:GET"],
);

/** The URL of a function, where it has one. */
export const functionUrl = defineRequest(
  "lambda.url",
  () => z.strictObject({ name: z.string(), qualifier: z.string().optional() }),
  () =>
    z.discriminatedUnion("exists", [
      z.strictObject({ exists: z.literal(false) }),
      z.strictObject({ exists: z.literal(true), url: z.string(), authorization: z.string() }),
    ]),
  ["lambda:GetFunctionUrlConfig"],
);
