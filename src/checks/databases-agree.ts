import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import { databaseFunctions, databases } from "../facts/database.ts";
import { theStack } from "../facts/stack.ts";
import { exampleDatabase, exampleFunction, exampleStack } from "./support/examples.ts";
import { counted, listed } from "./support/text.ts";

export default defineCheck({
  id: "databases-agree",
  title: "All functions are sent to the same database",
  severity: "warning",
  why: "A URL that was changed on some functions only makes tools of one stack answer from different data.",
  subjects: theStack,
  requires: { databases, users: databaseFunctions },
  run({ subject, databases: found, users }) {
    const reading = users.filter((fn) => found.some((database) => database.functionIds.includes(fn.id)));
    if (reading.length < 2) {
      return notApplicable(`Fewer than two functions of ${subject.label} have a database URL that can be read.`);
    }
    const [first, ...others] = found.map(({ id, functionIds }): Evidence => {
      const names = users.filter((fn) => functionIds.includes(fn.id)).map((fn) => fn.label);
      return { kind: "configuration", where: listed(names), says: `a URL with the fingerprint ${id}` };
    });
    if (first === undefined || others.length === 0) return pass;
    return findings([
      {
        code: "differ",
        message: `The functions of ${subject.label} have ${counted(found.length, "different database URL")}.`,
        evidence: [first, ...others],
        detail: { count: String(found.length) },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "one function that was left on the old database",
        subject: exampleStack,
        given: {
          databases: [
            exampleDatabase("GetCustomerUsage", "GetRecentTickets"),
            { ...exampleDatabase("GetContractInfo"), id: "77aa00bb11cc" },
          ],
          users: [exampleFunction(), exampleFunction("GetRecentTickets"), exampleFunction("GetContractInfo")],
        },
        codes: ["differ"],
      },
    ],
    passes: [
      {
        name: "one database for all",
        subject: exampleStack,
        given: {
          databases: [exampleDatabase("GetCustomerUsage", "GetRecentTickets")],
          users: [exampleFunction(), exampleFunction("GetRecentTickets")],
        },
      },
      {
        name: "one function with a URL, another without",
        subject: exampleStack,
        given: {
          databases: [exampleDatabase("GetCustomerUsage")],
          users: [exampleFunction(), exampleFunction("GetRecentTickets")],
        },
        kind: "not-applicable",
      },
      {
        name: "a stack without a database",
        subject: exampleStack,
        given: { databases: [], users: [] },
        kind: "not-applicable",
      },
    ],
  }),
});
