import { stackFact } from "../core/fact.ts";
import type { Subject } from "../core/subject.ts";
import type { BodyOf } from "./requests/index.ts";
import type { stackDescription, stackEvents, stackResources } from "./requests/stack.ts";

export type Stack = Extract<BodyOf<typeof stackDescription>, { exists: true }>;
export type StackResource = BodyOf<typeof stackResources>[number];
export type StackEvent = BodyOf<typeof stackEvents>[number];

/** The last create or update of the stack. */
export interface Deploy {
  readonly kind: "create" | "update" | "delete";
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent while it runs. */
  readonly finishedAt?: string;
  readonly status: string;
  /** Events that failed, oldest first: the first is usually the reason for the rest. */
  readonly failures: readonly StackEvent[];
}

export const stack = stackFact<Stack>("stack");
/** The stack as the one subject of the checks that ask about the whole of it. */
export const theStack = stackFact<readonly Subject[]>("theStack");
/** The names of the stacks that are there, for when the wanted one is not. */
export const stackNames = stackFact<readonly string[]>("stackNames");
export const resources = stackFact<readonly StackResource[]>("resources");
export const deploy = stackFact<Deploy>("deploy");
