// Words and lines of a POSIX shell. Everything that a remedy prints is quoted here and nowhere else.

/** A word that the shell reads as exactly this text. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The value of a shell variable that the reader sets: the shell refuses the command while it is empty or not set. */
export function fromVariable(name: string): string {
  return `"\${${name}:?}"`;
}

/** The words of a command, each quoted where it must be. */
export function words(...list: readonly string[]): string {
  return list.map(quote).join(" ");
}

/** A value that the reader must fill in: visible as such, and a harmless word until it is. */
export function placeholder(name: string): string {
  return quote(`<${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "-")}>`);
}

/** The placeholders of commands, in order of appearance. */
export function placeholdersIn(commands: readonly string[]): readonly string[] {
  return [...new Set(commands.flatMap((command) => command.match(/<[A-Z][A-Z0-9-]*>/g) ?? []))];
}

/** The same lines for one item, or in a loop where there are several; they see the item as `"$name"`. */
export function forEach(name: string, items: readonly string[], lines: readonly string[]): string {
  const head = `for ${name} in ${words(...items)}; do`;
  return [head, ...lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`), "done"].join("\n");
}

/** A pipe over several lines, each further part indented. */
export function pipe(...parts: readonly string[]): string {
  return parts.map((part, index) => (index === 0 ? part : `  ${part}`)).join(" |\n");
}

/** Runs a command in a folder, and leaves the shell where it was. */
export function inFolder(folder: string, command: string): string {
  return folder === "." || folder === "" ? command : `(cd ${quote(folder)} && ${command})`;
}

/** A path relative to the project as seen from one of its folders. */
export function relativeTo(folder: string, path: string): string {
  const from = parts(folder);
  const to = parts(path);
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  const result = [...from.slice(same).map(() => ".."), ...to.slice(same)].join("/");
  return result === "" ? "." : result;
}

/** Joins paths that may climb: `infra` and `../backend` is `backend`. */
export function joinPath(...pieces: readonly string[]): string {
  const result: string[] = [];
  for (const part of pieces.flatMap(parts)) {
    if (part === ".." && result.length > 0 && result.at(-1) !== "..") result.pop();
    else result.push(part);
  }
  return result.length === 0 ? "." : result.join("/");
}

const parts = (path: string): readonly string[] => path.split("/").filter((part) => part !== "" && part !== ".");
