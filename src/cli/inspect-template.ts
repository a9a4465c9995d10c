import path from "node:path";
import type { TemplateFunction } from "../facts/template.ts";
import { readTextFile } from "../source/files.ts";
import { realPath } from "../source/local-package.ts";
import type { ProjectFolder } from "../source/project-folder.ts";

/** What a template says of a function whose code is the folder that is inspected. */
export interface TemplateCase {
  readonly logicalId: string;
  /** The template, as it may be named to a person. */
  readonly template: string;
  readonly runtime?: string;
  readonly architecture?: string;
  readonly handler?: string;
  /** What its environment says of where code is looked for. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders or archives of its layers in order, and ARNs as they stand. */
  readonly layers: readonly string[];
}

interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The functions of a SAM project whose code is this folder: by CodeUri, or as `sam build` names it. Of a folder that it
 * built the built template is read, whose layers are built too.
 */
export async function templateCases(
  target: string,
  cwd: string,
  project: { readonly folder: string; readonly read: ProjectFolder } | undefined,
): Promise<readonly TemplateCase[]> {
  const real = await realPath(target);
  const built = path.join(path.dirname(real), "template.yaml");
  const files: TemplateFile[] = [];
  if (path.dirname(real).endsWith(path.join(".aws-sam", "build"))) {
    const text = await readTextFile(built);
    if (text !== undefined) files.push({ path: built, text });
  }
  const own = project?.read.template;
  if (project !== undefined && own !== undefined) {
    files.push({ path: path.join(await realPath(project.folder), own.path), text: own.text });
  }
  const { parseTemplate } = await import("../facts/parse-template.ts");
  for (const file of files) {
    const parsed = parseTemplate(file.text);
    if ("fault" in parsed) continue;
    const folder = path.dirname(file.path);
    const isIts = ({ codeUri, logicalId }: TemplateFunction): boolean =>
      (codeUri !== undefined && path.resolve(folder, codeUri) === real) ||
      (real === path.join(path.dirname(built), logicalId) && real.includes(`${path.sep}.aws-sam${path.sep}`));
    const layerOf = (name: string): readonly string[] => {
      if (name.startsWith("arn:")) return [name];
      const uri = parsed.template.layers.find(({ logicalId }) => logicalId === name)?.contentUri;
      return uri === undefined || /^[a-z0-9]+:/.test(uri) ? [] : [shown(cwd, path.resolve(folder, uri))];
    };
    const found = parsed.template.functions
      .filter(isIts)
      .map(({ logicalId, runtime, architecture, handler, searchPaths = {}, layers = [] }): TemplateCase => ({
        logicalId,
        environment: searchPaths,
        template: shown(cwd, file.path),
        layers: layers.flatMap(layerOf),
        ...(runtime === undefined ? {} : { runtime }),
        ...(architecture === undefined ? {} : { architecture }),
        ...(handler === undefined ? {} : { handler }),
      }));
    if (found.length > 0) return found;
  }
  return [];
}

/** A path as short as it can be told from the working folder. */
function shown(cwd: string, file: string): string {
  const relative = path.relative(cwd, file);
  return relative === "" || relative.startsWith("..") ? file : relative;
}
