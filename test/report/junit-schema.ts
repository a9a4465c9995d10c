import type { XmlElement } from "./xml.ts";

/** What an element may hold so that it is valid under Ant's schema of JUnit XML and under that of Jenkins' xUnit plugin. */
interface Rule {
  /** Each with the form of its value; a required one where `required` names it. */
  readonly attributes: Readonly<Record<string, RegExp>>;
  readonly required: readonly string[];
  /** In this order: once, any number of times, or at most one of them. */
  readonly children: readonly { readonly names: readonly string[]; readonly times: "once" | "any" | "at most once" }[];
  readonly text: boolean;
}

const anything = /^[\s\S]*$/;
/** A token of XML Schema, of which blanks are collapsed before it is judged: here one that is not empty. */
const token = /\S/;
const whole = /^\d+$/;
const decimal = /^\d+(\.\d+)?$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

const told: Rule = {
  attributes: { message: anything, type: anything },
  required: ["type"],
  children: [],
  text: true,
};

const rules: Readonly<Record<string, Rule>> = {
  testsuites: { attributes: {}, required: [], children: [{ names: ["testsuite"], times: "any" }], text: false },
  testsuite: {
    attributes: {
      name: token,
      package: token,
      id: whole,
      hostname: token,
      timestamp: instant,
      tests: whole,
      failures: whole,
      errors: whole,
      skipped: whole,
      time: decimal,
    },
    required: ["name", "package", "id", "hostname", "timestamp", "tests", "failures", "errors", "time"],
    children: [
      { names: ["properties"], times: "once" },
      { names: ["testcase"], times: "any" },
      { names: ["system-out"], times: "once" },
      { names: ["system-err"], times: "once" },
    ],
    text: false,
  },
  properties: { attributes: {}, required: [], children: [{ names: ["property"], times: "any" }], text: false },
  property: { attributes: { name: token, value: anything }, required: ["name", "value"], children: [], text: false },
  testcase: {
    attributes: { name: anything, classname: token, time: decimal },
    required: ["name", "classname", "time"],
    children: [{ names: ["skipped", "error", "failure"], times: "at most once" }],
    text: false,
  },
  failure: told,
  error: told,
  skipped: { ...told, required: [] },
  "system-out": { attributes: {}, required: [], children: [], text: true },
  "system-err": { attributes: {}, required: [], children: [], text: true },
};

/** What is wrong with a document by the schemas, and with its counts by its own cases; empty where nothing is. */
export function junitFaults(document: XmlElement): readonly string[] {
  if (document.name !== "testsuites") return [`The document is a ${document.name}.`];
  return [...faultsIn(document), ...document.children.flatMap(countFaults)];
}

function faultsIn(element: XmlElement): readonly string[] {
  const rule = rules[element.name];
  if (rule === undefined) return [`There is no element ${element.name}.`];
  const faults = Object.entries(element.attributes).flatMap(([name, value]) => {
    const form = rule.attributes[name];
    if (form === undefined) return [`${element.name} has no attribute ${name}.`];
    return form.test(value) ? [] : [`${element.name}/@${name} may not be ${JSON.stringify(value)}.`];
  });
  for (const name of rule.required) {
    if (!(name in element.attributes)) faults.push(`${element.name} lacks ${name}.`);
  }
  if (!rule.text && element.text.trim() !== "") faults.push(`${element.name} holds text.`);
  let rest = element.children.map((child) => child.name);
  for (const { names, times } of rule.children) {
    const length = rest.findIndex((name) => !names.includes(name));
    const count = length < 0 ? rest.length : length;
    if (times === "once" && count !== 1) faults.push(`${element.name} holds ${count} ${names.join("|")}.`);
    if (times === "at most once" && count > 1) faults.push(`${element.name} holds ${count} ${names.join("|")}.`);
    rest = rest.slice(count);
  }
  if (rest.length > 0) faults.push(`${element.name} holds ${rest.join(", ")} out of place.`);
  return [...faults, ...element.children.flatMap(faultsIn)];
}

function countFaults(suite: XmlElement): readonly string[] {
  const cases = suite.children.filter(({ name }) => name === "testcase");
  const having = (name: string): number =>
    cases.filter(({ children }) => children.some((child) => child.name === name)).length;
  const counts = {
    tests: cases.length,
    failures: having("failure"),
    errors: having("error"),
    skipped: having("skipped"),
  };
  return Object.entries(counts).flatMap(([name, count]) =>
    suite.attributes[name] === String(count) ? [] : [`${name} is ${suite.attributes[name]} and not ${count}.`],
  );
}
