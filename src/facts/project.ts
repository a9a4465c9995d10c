import { stackFact } from "../core/fact.ts";
import type { Value } from "../core/secret.ts";
import type { Template } from "./template.ts";

export interface Override {
  readonly name: string;
  readonly value: Value;
  readonly line: number;
}

export interface MakeTarget {
  readonly name: string;
  readonly variables: readonly string[];
  readonly recipe: readonly string[];
}

/** The project folder: its paths are relative to the folder that cscp was pointed at. */
export interface Project {
  readonly template?: { readonly path: string; readonly folder: string; readonly parsed: Template };
  /** Why the template could not be read, as one sentence. */
  readonly templateFault?: string;
  readonly samconfig?: {
    readonly path: string;
    /** The environment section that deploys this stack, and whether its stack_name says so. */
    readonly environment: string;
    readonly matchesStack: boolean;
    readonly overrides: readonly Override[];
  };
  /** A samconfig that is there and could not be read, and why, as the end of a sentence about it. */
  readonly brokenSamconfig?: { readonly path: string; readonly unreadable: string };
  readonly makefile?: { readonly path: string; readonly folder: string; readonly targets: readonly MakeTarget[] };
  readonly requirements: readonly { readonly path: string; readonly lines: readonly string[] }[];
}

/** Undefined where cscp runs outside a project folder. */
export const project = stackFact<Project | undefined>("project");
