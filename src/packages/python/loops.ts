// Loops and `match`: what runs in rounds, or perhaps.
import type { SyntaxNode } from "@lezer/common";
import type { Step } from "../../facts/inventory.ts";
import { readTest } from "./conditions.ts";
import { childrenOf, namesIn, stringList, textOf, type SourceText } from "./syntax.ts";

type ReadBlock = (block: SyntaxNode) => Step[];

/** More rounds than this are not worth telling apart. */
const maxRounds = 20;

/** A loop over texts that are written out, round by round: how packages import what they cannot do without. */
function readRounds(source: SourceText, node: SyntaxNode, body: SyntaxNode, read: ReadBlock): Step[][] | undefined {
  const [, target, , list] = childrenOf(node);
  const values = node.name === "ForStatement" ? stringList(source, list) : undefined;
  if (values === undefined || values.length > maxRounds || target?.name !== "VariableName") return undefined;
  const name = textOf(source, target);
  const rounds = values.map((value): Step[] => {
    source.rounds.set(name, value);
    return [{ do: "const", name, value }, ...read(body)];
  });
  source.rounds.delete(name);
  return rounds;
}

/** The steps of a `for` or `while`. */
export function readLoop(source: SourceText, node: SyntaxNode, read: ReadBlock): Step[] {
  const [body, otherwise] = node.getChildren("Body");
  if (body === undefined) return [];
  const bound = childrenOf(node).flatMap((child) =>
    child.name === "Body" || child.name === "in" ? [] : namesIn(source, child),
  );
  if (node.name === "ForStatement") for (const name of bound) source.places.set(name, undefined);
  const written = readRounds(source, node, body, read);
  const orElse = otherwise === undefined ? [] : read(otherwise);
  if (written !== undefined) return [{ do: "loop", times: "all", rounds: written, orElse }];
  const rounds = [read(body)];
  if (node.name === "WhileStatement") {
    const test = readTest(source, childrenOf(node)[1]);
    const times = test.is === "const" && test.value ? "endless" : "any";
    return [{ do: "loop", times, rounds, orElse }];
  }
  return [
    { do: "bind", names: bound },
    { do: "loop", times: "any", rounds, orElse },
  ];
}

/** The steps of a `match`: each of its clauses may run. */
export function readMatch(node: SyntaxNode, read: ReadBlock): Step[] {
  const clauses = node.getChild("MatchBody")?.getChildren("MatchClause") ?? [];
  return clauses.map((clause) => ({
    do: "maybe",
    body: clause.getChildren("Body").flatMap((body) => read(body)),
  }));
}
