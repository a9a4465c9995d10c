/** An element as the tests read it back. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  if (/&(?!(amp|lt|gt|quot|apos);)/.test(text)) throw new Error(`A bare ampersand stands in ${text}.`);
  return text.replace(/&(\w+);/g, (_, name: string) => entities[name] ?? "");
}

/**
 * Reads the XML that a report may be: a declaration, elements, attributes in double quotes, text.
 * @throws where the text is not well formed, holds a character that XML 1.0 does not allow, or anything else
 */
export function readXml(xml: string): XmlElement {
  const bad = illegal.exec(xml);
  if (bad !== null) throw new Error(`XML does not allow U+${bad[0].codePointAt(0)?.toString(16)}.`);
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(declaration)) throw new Error("The declaration is missing.");
  const tokens = xml.slice(declaration.length).match(/<[^>]*>|[^<]+/g) ?? [];
  interface Open {
    name: string;
    attributes: Record<string, string>;
    children: XmlElement[];
    text: string;
  }
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const stack: Open[] = [root];
  for (const token of tokens) {
    const top = stack.at(-1) ?? root;
    if (!token.startsWith("<")) {
      if (token.includes("]]>")) throw new Error("The end of a character section stands in text.");
      top.text += decode(token);
      continue;
    }
    const close = /^<\/([\w-]+)>$/.exec(token);
    if (close !== null) {
      if (close[1] !== top.name || stack.length < 2) throw new Error(`${token} closes ${top.name}.`);
      stack.pop();
      stack.at(-1)?.children.push(top);
      continue;
    }
    const open = /^<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>$/.exec(token);
    if (open === null) throw new Error(`${token} is no tag.`);
    const [, name = "", attributes = "", empty] = open;
    const pairs = [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
      key,
      decode(value),
    ]);
    const element: Open = { name, attributes: Object.fromEntries(pairs), children: [], text: "" };
    if (empty === "/") top.children.push(element);
    else stack.push(element);
  }
  const [document, ...more] = root.children;
  if (stack.length !== 1 || document === undefined || more.length > 0)
    throw new Error("The document is not one element.");
  return document;
}
