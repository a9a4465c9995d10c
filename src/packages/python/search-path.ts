// Statements that change where modules are searched: sys.path, __path__ of packages, sys.modules, importers.
import type { SyntaxNode } from "@lezer/common";
import type { Step } from "../../facts/inventory.ts";
import { resolveAlias, type Aliases } from "./aliases.ts";
import { folderOf, placeOf } from "./places.ts";
import { callArguments, childrenOf, dottedName, stringValue, textOf, type SourceText } from "./syntax.ts";

type Reading = { source: SourceText; aliases: Aliases };
type PathStep = Extract<Step, { do: "path" }>;
/** Which list it is: `sys.path`, or a package's. */
type Target = Pick<PathStep, "by" | "of">;

/** What a function's text has where calling it may change where modules are searched. */
export const mayChangePath = /\bsys\s*\.\s*(?:path\b|meta_path|modules)|\baddsitedir\b|\b__path__\b|\bfrom\s+sys\b/;

/** Whether a branch does nothing but add a folder that is not searched yet: `if x not in sys.path: sys.path.insert(0, x)`. */
export function onlyChangesPath(test: string, body: readonly Step[]): boolean {
  const asked = /^(?:[^]*\bnot\s+in|not\b[^]*\bin)\s+(?:sys\s*\.\s*path|__path__)$/.test(test.trim());
  return asked && body.length > 0 && body.every((step) => step.do === "path");
}

function targetNamed(name: string): Target | undefined {
  if (name === "sys.path") return { by: "sys" };
  if (name === "__path__") return { by: "package" };
  return name.endsWith(".__path__") ? { by: "package", of: name.slice(0, -".__path__".length) } : undefined;
}

function targetOf({ source, aliases }: Reading, node: SyntaxNode | null | undefined): Target | undefined {
  const written = dottedName(source, node);
  return written === undefined ? undefined : targetNamed(resolveAlias(written, aliases));
}

/** The folders of a list that is written out; `sys.path` itself in it, spread or added, stands for what was there. */
function foldersIn(reading: Reading, node: SyntaxNode | null | undefined): (string | "kept")[] | undefined {
  if (node === null || node === undefined) return undefined;
  if (targetOf(reading, node) !== undefined) return ["kept"];
  if (node.name === "ParenthesizedExpression") return foldersIn(reading, node.firstChild?.nextSibling);
  const listed = reading.source.lists.get(node.name === "VariableName" ? textOf(reading.source, node) : "");
  if (listed !== undefined) return listed.map(folderOf);
  const children = childrenOf(node);
  if (node.name === "MemberExpression" && targetOf(reading, children[0]) !== undefined) return ["kept"];
  if (node.name === "CallExpression" && dottedName(reading.source, node.firstChild) === "list") {
    return foldersIn(reading, callArguments(reading.source, node).positional[0]);
  }
  if (node.name === "BinaryExpression") {
    const [left, operator, right] = children;
    const [first, last] = [foldersIn(reading, left), foldersIn(reading, right)];
    const plus = operator !== undefined && textOf(reading.source, operator) === "+";
    return plus && first !== undefined && last !== undefined ? [...first, ...last] : undefined;
  }
  if (node.name !== "ArrayExpression" && node.name !== "TupleExpression") return undefined;
  const folders: string[] = [];
  for (const item of children.filter((child) => !/^[()[\],*]$|^Comment$/.test(child.name))) {
    const place = targetOf(reading, item) === undefined ? placeOf(reading, item) : undefined;
    if (place === undefined && targetOf(reading, item) === undefined) return undefined;
    folders.push(place === undefined ? "kept" : folderOf(place));
  }
  return folders;
}

/** One step for folders at the front, and one for those at the end; what was there stays where it was. */
function stepsFor(target: Target, line: number, folders: string[] | undefined, at: number | undefined): Step[] {
  if (folders === undefined) return [{ do: "path", line, ...target }];
  const kept = folders.indexOf("kept");
  const step = (part: string[], place: number | undefined): Step[] =>
    part.length === 0
      ? []
      : [{ do: "path", line, ...target, ...(place === undefined ? {} : { at: place }), folders: part }];
  if (kept < 0) return step(folders, at);
  return [
    ...step(folders.slice(0, kept), 0),
    ...step(
      folders.slice(kept + 1).filter((folder) => folder !== "kept"),
      undefined,
    ),
  ];
}

/** A call of a method of such a list, of `site.addsitedir` or of `sys.modules`. */
export function pathCall(reading: Reading, call: SyntaxNode, callee: string): Step[] | undefined {
  const { source } = reading;
  const line = source.lineAt(call.from);
  const { positional } = callArguments(source, call);
  const [first, second] = positional;
  const folder = (node: SyntaxNode | undefined): string[] | undefined => {
    const place = placeOf(reading, node);
    return place === undefined ? undefined : [folderOf(place)];
  };
  if (callee === "site.addsitedir") return stepsFor({ by: "site" }, line, folder(first), undefined);
  if (/^sys\.(?:meta_path|path_hooks)\.(?:append|insert|extend)$/.test(callee)) {
    return [{ do: "path", line, by: "importer" }];
  }
  if (callee === "sys.modules.setdefault" || callee === "sys.modules.__setitem__") {
    return aliasOf(reading, first, second, line);
  }
  if (callee === "sys.modules.pop") return takenOut(reading, first);
  if (callee === "sys.modules.update") return [{ do: "path", line, by: "importer" }];
  const dot = callee.lastIndexOf(".");
  const target = dot < 0 ? undefined : targetNamed(callee.slice(0, dot));
  if (target === undefined) return undefined;
  switch (callee.slice(dot + 1)) {
    case "append":
      return stepsFor(target, line, folder(first), undefined);
    case "insert": {
      const at = first?.name === "Number" ? Number(textOf(source, first)) : undefined;
      return stepsFor(target, line, folder(second), at);
    }
    case "remove":
      return target.by === "sys" ? [taken(line, { folder: folder(first)?.[0] })] : undefined;
    case "pop": {
      if (target.by !== "sys" || first === undefined || textOf(source, first) === "-1") return undefined;
      return [taken(line, { first: textOf(source, first) === "0" })];
    }
    case "clear":
      return target.by === "sys" ? [taken(line, {})] : undefined;
    case "extend":
    case "__iadd__":
      return stepsFor(target, line, foldersIn(reading, first), undefined);
    default:
      return undefined;
  }
}

/** A folder that is taken from `sys.path`. */
function taken(line: number, { first, folder }: { first?: boolean; folder?: string | undefined }): Step {
  if (first === true) return { do: "unpath", line, first };
  return folder === undefined ? { do: "unpath", line } : { do: "unpath", line, folder };
}

/** A module that is taken out of `sys.modules`, so that it is looked for again. */
function takenOut({ source }: Reading, key: SyntaxNode | undefined): Step[] {
  const module = stringValue(source, key);
  return module === undefined ? [] : [{ do: "alias", module, to: "nothing" }];
}

/** `del sys.path[0]` and its like. */
export function pathDeletion(reading: Reading, node: SyntaxNode): Step[] {
  return childrenOf(node).flatMap((part): Step[] => {
    if (part.name !== "MemberExpression") return [];
    const [list, open, key, close] = childrenOf(part);
    if (open?.name !== "[" || list === undefined) return [];
    if (resolveAlias(dottedName(reading.source, list) ?? "", reading.aliases) === "sys.modules")
      return takenOut(reading, key);
    if (targetOf(reading, list)?.by !== "sys") return [];
    const at = key === undefined ? "" : textOf(reading.source, key);
    if (close?.name === "]" && at === "-1") return [];
    return [taken(reading.source.lineAt(node.from), { first: close?.name === "]" && at === "0" })];
  });
}

/** Whether a list that is assigned to `sys.path` may lack folders that were in it. */
function mayLack(reading: Reading, value: SyntaxNode | undefined): boolean {
  if (value === undefined) return false;
  const kept = (node: SyntaxNode): boolean =>
    (targetOf(reading, node) !== undefined && node.parent?.name !== "MemberExpression") || childrenOf(node).some(kept);
  const inside = textOf(reading.source, value);
  // `sys.path[:]` is all of it; other slices and filters are not.
  if (/\bfor\b|\bfilter\s*\(/.test(inside)) return true;
  return !kept(value) && !/\bpath\s*\[\s*:\s*\]/.test(inside);
}

/** Assignments to such a list or a slice of it, and to items of `sys.modules`. */
export function pathAssignment(reading: Reading, node: SyntaxNode): Step[] {
  const { source } = reading;
  const parts = childrenOf(node);
  const value = node.lastChild ?? undefined;
  const line = source.lineAt(node.from);
  return parts.slice(0, -1).flatMap((part): Step[] => {
    if (part.name !== "MemberExpression" && part.name !== "VariableName") return [];
    const whole = targetOf(reading, part);
    if (whole !== undefined) {
      const augmented = node.name === "UpdateStatement";
      const folders = foldersIn(reading, value);
      const lacks = whole.by === "sys" && !augmented && mayLack(reading, value);
      // An empty list makes a plain module a package whose modules it puts in by itself.
      return [...(lacks ? [taken(line, {})] : []), ...stepsFor(whole, line, folders, augmented ? undefined : 0)];
    }
    const [list, open, key] = childrenOf(part);
    if (open?.name !== "[" || list === undefined) return [];
    const name = resolveAlias(dottedName(source, list) ?? "", reading.aliases);
    if (name === "sys.modules") return aliasOf(reading, key, value, line);
    const target = targetNamed(name);
    if (target === undefined) return [];
    const at = key?.name === "Number" ? Number(textOf(source, key)) : key?.name === ":" ? 0 : undefined;
    const slice = childrenOf(part).some((child) => child.name === ":");
    if (slice && target.by === "sys" && childrenOf(part).length === 4 && mayLack(reading, value)) {
      return [taken(line, {}), ...stepsFor(target, line, foldersIn(reading, value), at)];
    }
    const place = slice ? undefined : placeOf(reading, value);
    const one = place === undefined ? undefined : [folderOf(place)];
    return stepsFor(target, line, slice ? foldersIn(reading, value) : one, at);
  });
}

function aliasOf(
  { source }: Reading,
  key: SyntaxNode | undefined,
  value: SyntaxNode | undefined,
  line: number,
): Step[] {
  const module = stringValue(source, key);
  if (value?.name === "None") return module === undefined ? [] : [{ do: "alias", module, to: "none" }];
  if (module !== undefined) return [{ do: "alias", module }];
  return key !== undefined && textOf(source, key) === "__name__" ? [] : [{ do: "path", line, by: "importer" }];
}
