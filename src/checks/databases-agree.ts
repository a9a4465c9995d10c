import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import type { Evidence } from "../core/finding.ts";
import { databaseFunctions, databases, type DatabaseRef } from "../facts/database.ts";
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
    // A password that is being rotated makes another URL of the same database.
    const places = new Map<string, DatabaseRef[]>();
    for (const database of found) {
      const key = database.place ?? database.id;
      places.set(key, [...(places.get(key) ?? []), database]);
    }
    const [first, ...others] = [...places.values()].map((list): Evidence => {
      const ids = list.flatMap(({ functionIds }) => functionIds);
      const names = users.filter((fn) => ids.includes(fn.id)).map((fn) => fn.label);
      const [{ place, id } = { place: undefined, id: "" }] = list;
      const says = place === undefined ? `a URL with the fingerprint ${id}` : `sent to ${place}`;
      return { kind: "configuration", where: listed(names), says };
    });
    if (first === undefined || others.length === 0) return pass;
    return findings([
      {
        code: "differ",
        message: `The functions of ${subject.label} are sent to ${counted(places.size, "different database")}.`,
        evidence: [first, ...others],
        detail: { count: String(places.size) },
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
        name: "one database, and a password that only one function has got so far",
        subject: exampleStack,
        given: {
          databases: [
            { ...exampleDatabase("GetCustomerUsage"), place: "db.example.com:5432/copilot" },
            { ...exampleDatabase("GetContractInfo"), id: "77aa00bb11cc", place: "db.example.com:5432/copilot" },
          ],
          users: [exampleFunction(), exampleFunction("GetContractInfo")],
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
