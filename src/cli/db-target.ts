import path from "node:path";
import { listed } from "../report/layout.ts";
import { readTextFile } from "../source/files.ts";
import { didYouMean } from "./did-you-mean.ts";
import { dotenvOf, isVariableName, type Dotenv } from "./dotenv.ts";
import { usageError } from "./exit.ts";
import type { Surroundings } from "./surroundings.ts";

/** A URL to look at, and where it was found. */
export interface UrlTarget {
  readonly text: string;
  /** `the command line`, `standard input`, `DATABASE_URL`, `DATABASE_URL in .env`. */
  readonly source: string;
  readonly kind: "argument" | "stdin" | "environment" | "file";
}

export interface TargetFlags {
  readonly env?: string;
  readonly dotenv?: string;
}

const usualVariable = "DATABASE_URL";
const usualFile = ".env";

/**
 * The URL that the call names: as an argument, on standard input (`-`), or in a variable of the environment or, where that
 * has it not, of an .env file. Undefined where the call names none.
 * @throws UsageError for a variable that is not there, and for more than one URL
 */
export async function urlTarget(
  argument: string | undefined,
  flags: TargetFlags,
  surroundings: Surroundings,
): Promise<UrlTarget | undefined> {
  const { env: variable, dotenv } = flags;
  if (argument !== undefined && (variable ?? dotenv) !== undefined) {
    throw usageError(
      "A URL and a variable were both given, and one database is looked at.",
      "give either URL or --env",
    );
  }
  if (argument === "-") return fromInput(surroundings);
  if (argument !== undefined) return { text: argument, source: "the command line", kind: "argument" };
  if (variable === undefined && dotenv === undefined) return undefined;
  return fromVariable(variable ?? usualVariable, dotenv, surroundings);
}

/** DATABASE_URL of the environment or of an .env file in this folder; undefined where neither has it. */
export async function usualTarget(surroundings: Surroundings): Promise<UrlTarget | undefined> {
  const own = surroundings.env[usualVariable];
  if (own !== undefined && own !== "") return { text: own, source: usualVariable, kind: "environment" };
  const file = await variablesOf(path.resolve(surroundings.cwd, usualFile));
  const text = file?.values[usualVariable];
  return text === undefined ? undefined : { text, source: `${usualVariable} in ${usualFile}`, kind: "file" };
}

async function fromInput(surroundings: Surroundings): Promise<UrlTarget> {
  if (surroundings.stdinIsTerminal === true)
    surroundings.err("cscp: reading the URL from the terminal; Ctrl-D ends it\n");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of surroundings.input ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw usageError("What stands on standard input is too long for a database URL.");
    chunks.push(chunk);
  }
  // A line break at the end is the file's or the shell's, and not the URL's.
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (text.trim() === "")
    throw usageError("There is no URL on standard input.", 'printf %s "$DATABASE_URL" | cscp db check -');
  return { text, source: "standard input", kind: "stdin" };
}

const maxBytes = 65_536;

async function fromVariable(name: string, dotenv: string | undefined, { env, cwd }: Surroundings): Promise<UrlTarget> {
  const own = env[name];
  // A file that is named goes first: that is what was asked for.
  if (dotenv === undefined && own !== undefined) return { text: own, source: name, kind: "environment" };
  const file = dotenv ?? usualFile;
  const found = await variablesOf(path.resolve(cwd, file));
  if (found === undefined && dotenv !== undefined) throw usageError(`The file ${file} is not there or cannot be read.`);
  const text = found?.values[name];
  if (text !== undefined) return { text, source: `${name} in ${file}`, kind: "file" };
  const where = dotenv === undefined ? `neither in the environment nor in ${usualFile}` : `not in ${file}`;
  // What was given as a name may be the URL itself, with its password.
  if (!isVariableName(name)) {
    throw usageError(
      `What --env names is no name of a variable, and is ${where}.`,
      "cscp db check --env DATABASE_URL; a URL itself goes to standard input: cscp db check -",
    );
  }
  const known = [...Object.keys(found?.values ?? {}), ...(dotenv === undefined ? Object.keys(env) : [])];
  const near = didYouMean(name, known.filter(isVariableName));
  const stray = found?.strayLines ?? [];
  const lines = `${stray.length === 1 ? "line" : "lines"} ${listed(stray.map(String), 5)}`;
  const passedOver = stray.length === 0 ? undefined : `${lines} of ${file}, no NAME=value, passed over`;
  throw usageError(`The variable ${name} is ${where}.`, near ?? passedOver);
}

async function variablesOf(file: string): Promise<Dotenv | undefined> {
  const text = await readTextFile(file);
  return text === undefined ? undefined : dotenvOf(text);
}
