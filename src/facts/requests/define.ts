import * as z from "zod";
import "../../core/schema-settings.ts";
import { once } from "../../core/once.ts";
import { secretTypes, type Value } from "../../core/secret.ts";

/**
 * One kind of request: its parameters, what an `ok` reply carries, and the IAM actions that answering it takes.
 * The actions are the one table from which `cscp iam-policy` is derived.
 */
export interface RequestDef<Kind extends string, P extends z.ZodType, B extends z.ZodType, How = undefined> {
  readonly kind: Kind;
  /** Carries the type only: what a live source needs besides the parameters. */
  readonly how?: How;
  readonly params: P;
  readonly body: B;
  readonly actions: readonly string[];
}

/** `params` and `body` make their schema when it is first asked for. */
export function defineRequest<const Kind extends string, P extends z.ZodType, B extends z.ZodType>(
  kind: Kind,
  params: () => P,
  body: () => B,
  actions: readonly string[],
): RequestDef<Kind, P, B> {
  return defineRequestWith<undefined>()(kind, params, body, actions);
}

/** The same for a request that a live source can only carry out with more than its key holds: an address, a signing scheme. */
export function defineRequestWith<How>() {
  return <const Kind extends string, P extends z.ZodType, B extends z.ZodType>(
    kind: Kind,
    params: () => P,
    body: () => B,
    actions: readonly string[],
  ): RequestDef<Kind, P, B, How> => {
    const [paramsOnce, bodyOnce] = [once(params), once(body)];
    return {
      kind,
      get params() {
        return paramsOnce();
      },
      get body() {
        return bodyOnce();
      },
      actions,
    };
  };
}

/** ISO 8601 in UTC with milliseconds. */
export const isoTime = z.iso.datetime();

/** Readable text, or the token that stands for a secret. The shape of a database URL is checked where it is made. */
export const value: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({
      $secret: z.strictObject({
        type: z.enum(secretTypes),
        fingerprint: z.string(),
        length: z.int().nonnegative(),
        blank: z.boolean(),
        shape: z.json().optional(),
      }),
    }),
  ]),
) as z.ZodType<Value>;
