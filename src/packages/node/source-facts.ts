// Statements of the function's own JavaScript that bear on the database or its secrets.
import type { SyntaxNode, Tree } from "@lezer/common";
import type { SourceFact, SourceFactKind } from "../../facts/inventory.ts";
import { excerpt, sqlTables } from "../excerpt.ts";

const maxFacts = 200;

/** Reads the facts of one file; `file` is its path in the package. */
export function nodeSourceFacts(tree: Tree, text: string, file: string): SourceFact[] {
  const lines = text.split("\n");
  const starts: number[] = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const facts: SourceFact[] = [];
  const slice = (node: SyntaxNode) => text.slice(node.from, node.to);
  const add = (
    kind: SourceFactKind,
    node: SyntaxNode,
    name: string,
    keywords?: string[],
    numbers: Record<string, number> = {},
  ) => {
    const index = starts.findLastIndex((start) => start <= node.from);
    if (facts.length >= maxFacts) return;
    if (facts.some((fact) => fact.kind === kind && fact.line === index + 1 && fact.name === name)) return;
    const fact: SourceFact = { kind, file, line: index + 1, text: excerpt(lines[index] ?? ""), name };
    facts.push({
      ...fact,
      ...(keywords === undefined ? {} : { keywords }),
      ...(Object.keys(numbers).length === 0 ? {} : { numbers }),
    });
  };
  tree.iterate({
    enter({ node }) {
      if (node.name === "NewExpression" || node.name === "CallExpression") {
        const callee = node.name === "NewExpression" ? node.firstChild?.nextSibling : node.firstChild;
        const name = callee === null || callee === undefined ? "" : slice(callee);
        const list = node.getChild("ArgList");
        const isClient = node.name === "NewExpression" && /(?:^|\.)(?:Pool|Client|PrismaClient|PrismaPg)$/.test(name);
        if (isClient || /^(?:postgres|neon)$/.test(name))
          add("connect-call", node, name, list === null ? [] : keys(list, slice), numbersIn(list, slice));
        else if (/^Get(?:Parameters?|ParametersByPath)Command$/.test(name)) add("ssm-read", node, name);
        else if (name === "GetSecretValueCommand") add("secret-read", node, name);
      } else if (node.name === "MemberExpression") {
        const variable = /^process\.env(?:\.([A-Za-z_]\w*)|\[\s*["']([^"']+)["']\s*\])$/.exec(slice(node));
        const name = variable?.[1] ?? variable?.[2];
        if (name !== undefined) add("env-read", node, name);
      } else if (node.name === "String" || node.name === "TemplateString") {
        for (const table of sqlTables(slice(node).slice(1, -1))) add("sql-table", node, table);
      }
    },
  });
  return facts;
}

/** The whole numbers that the objects among a call's arguments hold. */
function numbersIn(list: SyntaxNode | null, slice: (node: SyntaxNode) => string): Record<string, number> {
  const properties = (list?.getChildren("ObjectExpression") ?? []).flatMap((object) => object.getChildren("Property"));
  return Object.fromEntries(
    properties.flatMap((property) => {
      const [, name, figure] = /^["']?(\w+)["']?\s*:\s*(\d{1,9})$/.exec(slice(property)) ?? [];
      return name === undefined ? [] : [[name, Number(figure)]];
    }),
  );
}

function keys(list: SyntaxNode, slice: (node: SyntaxNode) => string): string[] {
  return list.getChildren("ObjectExpression").flatMap((object) =>
    object.getChildren("Property").flatMap((property) => {
      const key = property.getChild("PropertyDefinition");
      if (key !== null) return [slice(key)];
      return slice(property).startsWith("...") ? ["..."] : [];
    }),
  );
}
