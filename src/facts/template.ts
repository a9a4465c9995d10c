import { stackFact } from "../core/fact.ts";

/** A resource of a template, as far as a diagnosis needs it. */
export interface TemplateFunction {
  readonly logicalId: string;
  /** Folder of the code, relative to the template, where the template names one. */
  readonly codeUri?: string;
  readonly handler?: string;
  readonly runtime?: string;
  readonly architecture?: string;
  /** Its layers in order: logical ids of the same template, or ARNs; absent where it has none, or none that can be told. */
  readonly layers?: readonly string[];
  /** Routes that its events make, and its URL's if it has one. */
  readonly events: readonly TemplateEvent[];
  /** Environment variables that say where code and libraries are looked for, where the template writes them out. */
  readonly searchPaths?: Readonly<Record<string, string>>;
  /** Environment variable to the line of its value, where the template writes that out itself. */
  readonly writtenAt?: Readonly<Record<string, number>>;
  /** Environment variable to the name of the stack parameter that fills it. */
  readonly parameterOf: Readonly<Record<string, string>>;
}

/** A route of an API that leads to a function. */
export interface TemplateEvent {
  readonly api: "rest" | "http";
  readonly method: string;
  readonly path: string;
}

export interface TemplateLayer {
  readonly logicalId: string;
  readonly name?: string;
  readonly contentUri?: string;
}

export interface Template {
  /** Default values by parameter name; `undefined` where the parameter has none and must be given. */
  readonly parameters: Readonly<Record<string, { readonly defaultValue?: string; readonly noEcho: boolean }>>;
  readonly functions: readonly TemplateFunction[];
  readonly layers: readonly TemplateLayer[];
}

/** The template as it was deployed. */
export const template = stackFact<Template>("template");
