import { collector, known, unreadableReply } from "../core/fact.ts";
import type { parseTemplate } from "../facts/parse-template.ts";
import { project, type Project } from "../facts/project.ts";
import { ask, type BodyOf } from "../facts/requests/index.ts";
import { projectFolder } from "../facts/requests/project.ts";
import { run } from "../facts/run.ts";

type Folder = Extract<BodyOf<typeof projectFolder>, { exists: true }>;

export const collectProject = collector(project, async (context) => {
  const [at, reply] = await Promise.all([context.get(run, null), ask(context, projectFolder, {})]);
  if (at.state === "unreadable") return at;
  if (reply.status !== "ok") return unreadableReply(reply, "the project folder");
  return known(reply.body.exists ? await projectOf(reply.body, at.value.stackName) : undefined);
});

async function projectOf(folder: Folder, stackName: string): Promise<Project> {
  const parsed = folder.template === undefined ? undefined : await parsedTemplate(folder.template.text);
  const samconfig = samconfigOf(folder, stackName);
  return {
    requirements: folder.requirements,
    ...(folder.template === undefined || parsed === undefined || !("template" in parsed)
      ? {}
      : { template: { path: folder.template.path, folder: folderOf(folder.template.path), parsed: parsed.template } }),
    ...(folder.template === undefined || parsed === undefined || "template" in parsed
      ? {}
      : { templateFault: `${folder.template.path}: ${parsed.fault}` }),
    ...(samconfig === undefined ? {} : { samconfig }),
    ...(folder.brokenSamconfig === undefined ? {} : { brokenSamconfig: folder.brokenSamconfig }),
    ...(folder.makefile === undefined
      ? {}
      : { makefile: { ...folder.makefile, folder: folderOf(folder.makefile.path) } }),
  };
}

async function parsedTemplate(text: string): Promise<ReturnType<typeof parseTemplate>> {
  const parser = await import("../facts/parse-template.ts");
  return parser.parseTemplate(text);
}

/** The section whose stack_name is this stack; else the default one, which is what `sam deploy` takes. */
function samconfigOf(folder: Folder, stackName: string): Project["samconfig"] {
  const { samconfig } = folder;
  if (samconfig === undefined) return undefined;
  const matching = samconfig.environments.find((environment) => environment.stackName === stackName);
  const chosen = matching ?? samconfig.environments.find((environment) => environment.name === "default");
  if (chosen === undefined) return undefined;
  return {
    path: samconfig.path,
    environment: chosen.name,
    matchesStack: matching !== undefined,
    overrides: chosen.overrides,
  };
}

/** The folder of a relative path; `.` for a file at the top. */
function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash);
}
