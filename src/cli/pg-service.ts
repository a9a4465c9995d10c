// What `service=NAME` in a connection string stands for: a section of a pg_service.conf on this machine.
import path from "node:path";
import { readAsLibpq } from "../postgres/libpq.ts";
import { readTextFile } from "../source/files.ts";
import { visible } from "../core/visible.ts";
import type { Surroundings } from "./surroundings.ts";

/** A connection string with its service's settings filled in, and a sentence that says where they are from. */
export interface WithService {
  readonly text: string;
  readonly note: string;
}

/**
 * Fills in what the service of a connection string says, as libpq does: what the string itself says goes before it.
 * Undefined where it names none.
 */
export async function withService(text: string, surroundings: Surroundings): Promise<WithService | undefined> {
  const reading = readAsLibpq(text);
  const name = reading.ok ? reading.options.get("service") : undefined;
  if (!reading.ok || name === undefined || name === "") return undefined;
  const shown = visible(name);
  for (const file of filesOf(surroundings)) {
    const content = await readTextFile(path.resolve(surroundings.cwd, file));
    const section = content === undefined ? undefined : sectionOf(content, name);
    if (section === undefined) continue;
    const options = new Map([...section, ...reading.options]);
    options.delete("service");
    const pairs = [...options].map(([key, value]) => `${key}='${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`);
    return { text: pairs.join(" "), note: `The service ${shown} is that of ${file}, which a Lambda does not have.` };
  }
  return {
    text,
    note: `The service ${shown} is in none of ${filesOf(surroundings).join(", ")}, and a Lambda has no such file.`,
  };
}

/** Where libpq looks, in its order (PostgreSQL's documentation, "The Connection Service File"). */
function filesOf({ env }: Surroundings): readonly string[] {
  const own = env["PGSERVICEFILE"] || (env["HOME"] ? path.join(env["HOME"], ".pg_service.conf") : undefined);
  const system = env["PGSYSCONFDIR"] || "/etc/postgresql-common";
  return [...(own === undefined ? [] : [own]), path.join(system, "pg_service.conf")];
}

function sectionOf(content: string, name: string): ReadonlyMap<string, string> | undefined {
  let found: Map<string, string> | undefined;
  for (const raw of content.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (found !== undefined) return found;
      if (line === `[${name}]`) found = new Map();
      continue;
    }
    const equals = line.indexOf("=");
    if (found !== undefined && equals > 0) found.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return found;
}
