// Folders that code names while it is imported, as far as they can be told before it runs.
import type { SyntaxNode } from "@lezer/common";
import { taskRoot } from "../view.ts";
import { resolveAlias, type Aliases } from "./aliases.ts";
import { callArguments, childrenOf, dottedName, stringValue, textOf, type Place, type SourceText } from "./syntax.ts";

type Reading = { source: SourceText; aliases: Aliases };

/** Calls that give their argument in another form or spelling: the same place all the same. */
const sameCalls = new Set(
  `str os.fspath os.path.abspath os.path.realpath os.path.normpath os.path.normcase pathlib.Path pathlib.PurePath
  pathlib.PosixPath`.split(/\s+/),
);
/** Methods of a `Path` of the same kind. */
const sameMethods = new Set(["resolve", "absolute", "as_posix", "__str__", "__fspath__"]);
const taskRootReads = new Set(["os.environ.get", "os.getenv", "environ.get", "getenv"]);

/** The place that an expression gives; undefined where it depends on what only the running function knows. */
export function placeOf(reading: Reading, node: SyntaxNode | null | undefined): Place | undefined {
  const { source, aliases } = reading;
  if (node === null || node === undefined) return undefined;
  const literal = stringValue(source, node);
  if (literal !== undefined) return literal;
  switch (node.name) {
    case "ParenthesizedExpression":
      return placeOf(reading, node.firstChild?.nextSibling);
    case "NamedExpression":
      return placeOf(reading, node.lastChild);
    case "VariableName": {
      const name = textOf(source, node);
      // The file itself; its folder is one up from it.
      if (name === "__file__") return { up: 0, rest: "__file__" };
      return source.rounds.get(name) ?? source.places.get(name);
    }
    case "FormatString":
      return ofFormat(reading, node);
    case "BinaryExpression":
      return ofOperator(reading, node);
    case "MemberExpression":
      return ofMember(reading, node);
    case "CallExpression": {
      const written = dottedName(source, node.firstChild);
      const callee = written === undefined ? undefined : resolveAlias(written, aliases);
      const known = callee === undefined ? undefined : ofCall(reading, node, callee);
      return known ?? ofMethod(reading, node);
    }
    default:
      return undefined;
  }
}

function ofCall(reading: Reading, node: SyntaxNode, callee: string): Place | undefined {
  const { source } = reading;
  const given = callArguments(source, node).positional;
  if (taskRootReads.has(callee)) return stringValue(source, given[0]) === "LAMBDA_TASK_ROOT" ? taskRoot : undefined;
  if (callee === "os.getcwd" || callee === "pathlib.Path.cwd") {
    return /\bchdir\b/.test(source.text) ? undefined : taskRoot;
  }
  const places = given.map((each) => placeOf(reading, each));
  const [first, ...more] = places;
  if (first === undefined) return undefined;
  if (callee === "os.path.dirname") return above(first);
  if (callee === "os.path.join" || callee === "pathlib.Path" || callee === "pathlib.PurePath")
    return joined(first, more);
  return sameCalls.has(callee) && more.length === 0 ? first : undefined;
}

/** `Path(…).resolve()`, `.joinpath("x")`. */
function ofMethod(reading: Reading, node: SyntaxNode): Place | undefined {
  const { source } = reading;
  const callee = node.firstChild;
  const method = callee?.name === "MemberExpression" ? callee.lastChild : null;
  if (callee === null || method?.name !== "PropertyName") return undefined;
  const name = textOf(source, method);
  if (!sameMethods.has(name) && name !== "joinpath") return undefined;
  const start = placeOf(reading, callee.firstChild);
  if (start === undefined || name !== "joinpath") return start;
  return joined(
    start,
    callArguments(source, node).positional.map((each) => placeOf(reading, each)),
  );
}

function ofMember(reading: Reading, node: SyntaxNode): Place | undefined {
  const { source, aliases } = reading;
  const name = dottedName(source, node);
  const full = name === undefined ? undefined : resolveAlias(name, aliases);
  if (full === "os.pardir" || full === "os.path.pardir") return "..";
  if (full === "os.curdir" || full === "os.path.curdir") return ".";
  if (full === "os.sep" || full === "os.path.sep") return "/";
  const [object, mark, key] = childrenOf(node);
  if (object === undefined || key === undefined) return undefined;
  if (mark?.name === ".") {
    const place = textOf(source, key) === "parent" ? placeOf(reading, object) : undefined;
    return place === undefined ? undefined : above(place);
  }
  // `os.environ["LAMBDA_TASK_ROOT"]`, `Path(__file__).parents[1]`
  const environment = dottedName(source, object);
  if (environment !== undefined && resolveAlias(environment, aliases) === "os.environ") {
    return stringValue(source, key) === "LAMBDA_TASK_ROOT" ? taskRoot : undefined;
  }
  const parents = object.name === "MemberExpression" && textOf(source, object).endsWith(".parents");
  let place = parents && key.name === "Number" ? placeOf(reading, object.firstChild) : undefined;
  for (let left = Number(textOf(source, key)); left >= 0 && place !== undefined; left--) place = above(place);
  return place;
}

/** `"a" + "b"` of texts, `path / "b"` of paths. */
function ofOperator(reading: Reading, node: SyntaxNode): Place | undefined {
  const [left, operator, right] = childrenOf(node);
  const start = placeOf(reading, left);
  const end = placeOf(reading, right);
  if (operator === undefined || start === undefined || end === undefined) return undefined;
  const sign = textOf(reading.source, operator);
  if (sign === "/") return joined(start, [end]);
  return sign === "+" ? appended(start, end) : undefined;
}

function ofFormat(reading: Reading, node: SyntaxNode): Place | undefined {
  const { source } = reading;
  const text = textOf(source, node);
  const opening = /^[a-zA-Z]*("""|'''|"|')/.exec(text);
  if (opening === null || /\\|\{\{|\}\}/.test(text)) return undefined;
  let place: Place | undefined = "";
  let at = node.from + opening[0].length;
  for (const hole of node.getChildren("FormatReplacement")) {
    const [, value, end] = childrenOf(hole);
    const filled: Place | undefined = end?.name === "}" || end === undefined ? placeOf(reading, value) : undefined;
    if (filled === undefined) return undefined;
    place = appended(appended(place, source.text.slice(at, hole.from)), filled);
    at = hole.to;
  }
  return appended(place, source.text.slice(at, node.to - (opening[1] ?? "").length));
}

function appended(start: Place | undefined, end: Place): Place | undefined {
  if (start === undefined || end === "") return start;
  if (start === "") return end;
  if (typeof end !== "string") return undefined;
  if (typeof start === "string") return start + end;
  if (start.rest !== "") return { up: start.up, rest: start.rest + end };
  return end.startsWith("/") ? { up: start.up, rest: end } : undefined;
}

function joined(start: Place, parts: readonly (Place | undefined)[]): Place | undefined {
  let place: Place | undefined = start;
  for (const part of parts) {
    if (part === undefined || place === undefined) return undefined;
    if (typeof part !== "string" || part.startsWith("/")) place = part;
    else if (typeof place === "string") place = place === "" || place.endsWith("/") ? place + part : `${place}/${part}`;
    else place = { up: place.up, rest: place.rest === "" ? part : `${place.rest}/${part}` };
  }
  return place;
}

function above(place: Place): Place {
  if (typeof place === "string") return place.slice(0, Math.max(place.startsWith("/") ? 1 : 0, place.lastIndexOf("/")));
  const { up, rest } = place;
  const clean = rest.replace(/\/+$/, "");
  if (clean === "") return { up: up + 1, rest: "" };
  // What is above `x/..` depends on whether it was resolved before: it mostly was.
  if (/(?:^|\/)\.\.$/.test(clean)) return { up, rest: `${clean}/..` };
  return { up, rest: clean.slice(0, Math.max(0, clean.lastIndexOf("/"))) };
}

/** The folder as a step names it: absolute, or `./…` as seen from the file's folder. */
export function folderOf(place: Place): string {
  if (typeof place !== "string") return `./${"../".repeat(place.up)}${place.rest}`;
  // The function's process works in the task's folder.
  return place.startsWith("/") ? place : `${taskRoot}/${place}`;
}
