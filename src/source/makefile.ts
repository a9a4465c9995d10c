import type { ProjectFolder } from "./project-folder.ts";

type Target = NonNullable<ProjectFolder["makefile"]>["targets"][number];

const targetLine = /^((?:[\w./%$(){}-]+\s+)*[\w./%$(){}-]+)\s*:(?![:=])(?!:=)([^=]*)$/;
const conditional = /^\s*(?:ifdef|ifndef|ifeq|ifneq|else|endif)\b(.*)$/;

/**
 * Reads the targets of a Makefile, each with its recipe and the variables that the recipe and the conditions inside it
 * look at. It is no make: included files and computed names are not followed.
 */
export function parseMakefile(text: string): Target[] {
  const targets = new Map<string, { variables: Set<string>; recipe: string[] }>();
  let current: { variables: Set<string>; recipe: string[] }[] = [];
  const recipePrefix = /^\s*\.RECIPEPREFIX\s*:?=\s*(\S)/m.exec(text)?.[1] ?? "\t";
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/)) {
    if (line.startsWith(recipePrefix)) {
      const command = line.slice(recipePrefix.length).replaceAll(/\s+/g, " ").trim();
      if (command === "" || command.startsWith("#")) continue;
      for (const target of current) {
        target.recipe.push(command.replace(/^[@+-]+\s*/, ""));
        for (const name of variablesIn(command)) target.variables.add(name);
      }
      continue;
    }
    if (line.trim() === "" || line.startsWith("#")) continue;
    const condition = conditional.exec(line);
    if (condition !== null) {
      const names = /^\s*ifn?def/.test(line) ? [(condition[1] ?? "").trim()] : variablesIn(condition[1] ?? "");
      for (const target of current) for (const name of names) if (name !== "") target.variables.add(name);
      continue;
    }
    const named = targetLine.exec(line.replace(/\s#.*$/, ""));
    if (named === null) {
      if (!/^\s/.test(line)) current = [];
      continue;
    }
    current = (named[1] ?? "").split(/\s+/).flatMap((name) => {
      if (/^\.[A-Z_]+$/.test(name)) return [];
      const target = targets.get(name) ?? { variables: new Set<string>(), recipe: [] };
      targets.set(name, target);
      return [target];
    });
  }
  return [...targets].map(([name, { variables, recipe }]) => ({ name, variables: [...variables], recipe }));
}

/** Names in `$(NAME)` and `${NAME}`, also inside calls of functions; not the automatic ones, nor the shell's `$$`. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/(?<!\$)\$[({]([A-Za-z_][\w.-]*)(?=[)}:])/g)].flatMap(([, name]) => name ?? []);
}
