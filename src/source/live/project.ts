import type { Answer } from "../../facts/requests/index.ts";
import type { projectFolder } from "../../facts/requests/project.ts";
import { readProject } from "../project-folder.ts";
import type { LiveContext } from "./context.ts";

/** @param folder the project folder; without one the answer is that there is none. */
export function answerProjectFolder({ vault }: LiveContext, folder: string | undefined): Answer<typeof projectFolder> {
  return async () => {
    const found = folder === undefined ? undefined : await readProject(folder, vault);
    return { status: "ok", body: found ?? { exists: false } };
  };
}
