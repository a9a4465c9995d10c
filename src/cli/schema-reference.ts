import path from "node:path";
import { packageFile, readTextFile } from "../source/files.ts";

/**
 * What a written file names as its `$schema`: the copy in the project's own node_modules where there is one, since that
 * path is the same on every machine, else the one that comes with this program. With forward slashes, relative to `file`.
 */
export async function schemaReference(
  file: string,
  projectDir: string,
  schema: "config" | "baseline",
): Promise<string> {
  const name = `${schema}.schema.json`;
  const local = path.join(projectDir, "node_modules", "cscp", "schemas", name);
  const target = (await readTextFile(local)) === undefined ? packageFile(path.join("schemas", name)) : local;
  const relative = path.relative(path.dirname(file), target).split(path.sep).join("/");
  return relative.startsWith(".") ? relative : `./${relative}`;
}
