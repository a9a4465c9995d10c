import { readdir } from "node:fs/promises";
import path from "node:path";
import type { BodyOf } from "../facts/requests/index.ts";
import type { projectFolder } from "../facts/requests/project.ts";
import { readTextFile } from "./files.ts";
import { parseMakefile } from "./makefile.ts";
import { readSamconfig } from "./samconfig.ts";
import { createVault, type Vault } from "./vault.ts";

/** A project beside which cscp runs, as the request `project.folder` gives it. */
export type ProjectFolder = Extract<BodyOf<typeof projectFolder>, { exists: true }>;

const places = ["", "infra"];
const templateNames = ["template.yaml", "template.yml", "sam-template.yaml", "sam-template.yml", "template.json"];
const samconfigNames = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
const makefileNames = ["Makefile", "makefile", "GNUmakefile"];

/** Folders that hold what tools made, not what people wrote. */
const madeFolders = /^(?:node_modules|venv|env|site-packages|dist|build|target|__pycache__|cdk\.out|\..*)$/;
const maxDepth = 4;
const maxFolders = 400;

const inFolder = (names: readonly string[]): string[] =>
  places.flatMap((place) => names.map((name) => path.posix.join(place, name)));

/** True when the folder, or its folder `infra`, holds a SAM template, samconfig or Makefile. */
export async function looksLikeProject(folder: string): Promise<boolean> {
  return (await firstText(folder, inFolder([...templateNames, ...samconfigNames, ...makefileNames]))) !== undefined;
}

/**
 * Reads what a diagnosis needs of a project folder: template, samconfig, Makefile, requirements. Secrets in it go to the
 * vault. What is absent is left out, a samconfig that is there and cannot be read is named; undefined when there is nothing
 * at all.
 */
export async function readProject(folder: string, vault: Vault = createVault()): Promise<ProjectFolder | undefined> {
  const samconfigFile = await firstText(folder, inFolder(samconfigNames));
  const read = samconfigFile && (await readSamconfig(samconfigFile.text, samconfigFile.path, vault));
  const samconfig = read !== undefined && "environments" in read ? read : undefined;
  const fault = read !== undefined && "unreadable" in read ? read.unreadable : undefined;
  const [template, makefile, requirements] = await Promise.all([
    firstText(folder, [...templatesNamed(samconfig?.templates ?? [], samconfigFile?.path), ...inFolder(templateNames)]),
    firstText(folder, inFolder(makefileNames)),
    readRequirements(folder, vault),
  ]);
  if (template !== undefined) await (await import("./live/template-secrets.ts")).sealTemplate(vault, template.text);
  if (samconfigFile === undefined && template === undefined && makefile === undefined && requirements.length === 0) {
    return undefined;
  }
  return {
    exists: true,
    requirements,
    ...(template === undefined ? {} : { template: { path: template.path, text: vault.scrub(template.text) } }),
    ...(samconfigFile === undefined || samconfig === undefined
      ? {}
      : { samconfig: { path: samconfigFile.path, environments: samconfig.environments } }),
    ...(samconfigFile === undefined || fault === undefined
      ? {}
      : { brokenSamconfig: { path: samconfigFile.path, unreadable: fault } }),
    ...(makefile === undefined
      ? {}
      : {
          makefile: {
            path: makefile.path,
            targets: vault.scrubAll(parseMakefile(makefile.text)),
          },
        }),
  };
}

/** Templates that samconfig names, relative to it; a built one under .aws-sam is not the source. */
function templatesNamed(names: readonly string[], samconfigPath: string | undefined): string[] {
  const base = path.posix.dirname(samconfigPath ?? ".");
  return names
    .map((name) => path.posix.normalize(path.posix.join(base, name)))
    .filter((name) => !name.startsWith("..") && !path.posix.isAbsolute(name) && !name.includes(".aws-sam/"));
}

async function firstText(
  folder: string,
  candidates: readonly string[],
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const candidate of candidates) {
    const text = await readTextFile(path.join(folder, candidate));
    if (text !== undefined) return { path: candidate, text };
  }
  return undefined;
}

async function readRequirements(folder: string, vault: Vault): Promise<ProjectFolder["requirements"]> {
  const found: string[] = [];
  let visited = 0;
  const walk = async (relative: string, depth: number): Promise<void> => {
    visited += 1;
    if (visited > maxFolders) return;
    const entries = await readdir(path.join(folder, relative), { withFileTypes: true }).catch(() => []);
    // Installed packages bring requirement files of their own.
    if (entries.some((entry) => entry.name.endsWith(".dist-info"))) return;
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const below = path.posix.join(relative, entry.name);
      if (entry.isFile() && /^requirements[\w.-]*\.txt$/.test(entry.name)) found.push(below);
      else if (entry.isDirectory() && depth < maxDepth && !madeFolders.test(entry.name)) await walk(below, depth + 1);
    }
  };
  await walk("", 0);
  const files = await Promise.all(
    found.map(async (file) => ({ path: file, text: await readTextFile(path.join(folder, file)) })),
  );
  return files.flatMap(({ path: file, text }) =>
    text === undefined ? [] : [{ path: file, lines: requirementLines(text).map((line) => vault.scrub(line)) }],
  );
}

/** The lines that require or configure something: comments and blank lines are left out, continued lines joined. */
export function requirementLines(text: string): string[] {
  return text
    .replaceAll(/[ \t]*\\\r?\n[ \t]*/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
