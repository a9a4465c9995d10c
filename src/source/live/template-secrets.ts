import { classifyValue, sealValue } from "../classify-value.ts";
import type { Vault } from "../vault.ts";

/**
 * Hands the vault every literal secret that a template holds: defaults of parameters that are hidden or named as a
 * secret, and values of functions' environments. The template stays text; scrubbing it takes them out.
 */
export async function sealTemplate(vault: Vault, text: string): Promise<void> {
  const { parseDocument } = await import("../yaml.ts");
  // JSON is YAML as well. Tags such as !Ref are unknown to the parser and left to their plain value.
  const document = parseDocument(text, { logLevel: "silent", uniqueKeys: false });
  const template = asRecord(toPlain(document));
  for (const [name, parameter] of Object.entries(asRecord(template["Parameters"]))) {
    const fields = asRecord(parameter);
    const value = fields["Default"];
    if (typeof value !== "string" || value === "") continue;
    const judged = classifyValue(name, value);
    const hidden = fields["NoEcho"] === true || fields["NoEcho"] === "true";
    if (judged.secret) sealValue(vault, judged.type, value);
    else if (hidden) sealValue(vault, "value", value);
  }
  sealEnvironments(vault, template);
}

function sealEnvironments(vault: Vault, node: unknown): void {
  if (Array.isArray(node)) {
    for (const inner of node) sealEnvironments(vault, inner);
    return;
  }
  for (const [key, inner] of Object.entries(asRecord(node))) {
    if (key === "Environment") {
      for (const [name, value] of Object.entries(asRecord(asRecord(inner)["Variables"]))) {
        if (typeof value !== "string" || value.includes("${")) continue;
        const judged = classifyValue(name, value);
        if (judged.secret) sealValue(vault, judged.type, value);
      }
    }
    sealEnvironments(vault, inner);
  }
}

/** A document as plain values, where anything with a CloudFormation tag (`!Ref X`) is left out: it is no literal. */
function toPlain(document: { contents: unknown }): unknown {
  const walk = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null) return node;
    const { tag, items, value } = node as { tag?: unknown; items?: unknown; value?: unknown };
    if (typeof tag === "string" && tag.startsWith("!")) return undefined;
    if (!Array.isArray(items)) return value;
    const pairs = items.filter((item: unknown) => typeof item === "object" && item !== null && "key" in item);
    if (pairs.length === 0) return items.map((item: unknown) => walk(item));
    return Object.fromEntries(
      pairs.map((pair: { key: unknown; value?: unknown }) => [String(walk(pair.key)), walk(pair.value)]),
    );
  };
  return walk(document.contents);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
