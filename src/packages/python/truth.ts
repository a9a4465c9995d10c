// Conditions of module-level code, decided for a target and the names known so far.
import type { Test } from "../../facts/inventory.ts";
import { nodeAt } from "../view.ts";
import type { Machine, Module, Value } from "./machine.ts";
import { findDistribution } from "./metadata.ts";

/** What a condition gives, as far as it is known. */
export function valueOf(machine: Machine, module: Module, test: Test): Value | undefined {
  if (test.is !== "env") return truth(machine, module, test);
  return machine.target.environment[test.name] ?? test.otherwise ?? null;
}

/** Whether a condition holds for the target; undefined where it cannot be told. */
export function truth(machine: Machine, module: Module, test: Test): boolean | undefined {
  const { target } = machine;
  switch (test.is) {
    case "const":
      return test.value;
    case "version": {
      const full = [3, target.minor, 99];
      const left = test.take === undefined ? full : full.slice(0, test.take);
      return compare(compareTuples(left, test.value), test.op);
    }
    case "platform": {
      const actual = { sys: "linux", os: "posix", system: "Linux", implementation: "CPython" }[test.of];
      const same = actual.toLowerCase() === test.value.toLowerCase();
      if (test.op === "startsWith") return actual.startsWith(test.value);
      return test.op === "==" ? same : !same;
    }
    case "name": {
      const value = module.values.get(test.name);
      return value === undefined ? undefined : value !== false && value !== null && value !== "";
    }
    case "none": {
      const value = module.values.get(test.name);
      return value === undefined ? undefined : value === null;
    }
    case "equals": {
      const value = module.values.get(test.name);
      return value === undefined || value === "object" ? undefined : value === test.value;
    }
    case "env": {
      const value = target.environment[test.name] ?? test.otherwise ?? "";
      return value !== "";
    }
    case "library":
      return target.findLibrary(test.name);
    case "path": {
      const folder = module.file?.path.slice(0, module.file.path.lastIndexOf("/"));
      return folder === undefined ? undefined : nodeAt(machine.view, `${folder}/${test.path}`) !== undefined;
    }
    case "distribution": {
      const found = findDistribution(machine, test.name);
      if (found === undefined || found === true) return undefined;
      const version = found.distribution.version.split(".").map((part) => Number.parseInt(part, 10));
      return version.some((part) => Number.isNaN(part))
        ? undefined
        : compare(compareTuples(version, test.value), test.op);
    }
    case "not": {
      const value = truth(machine, module, test.test);
      return value === undefined ? undefined : !value;
    }
    case "and":
    case "or": {
      const stop = test.is === "or";
      const values = test.tests.map((each) => truth(machine, module, each));
      if (values.includes(stop)) return stop;
      return values.includes(undefined) ? undefined : !stop;
    }
    case "unknown":
      return undefined;
  }
}

function compareTuples(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compare(order: number, operator: string): boolean | undefined {
  const outcomes: Record<string, boolean> = {
    "<": order < 0,
    "<=": order <= 0,
    ">": order > 0,
    ">=": order >= 0,
    "==": order === 0,
    "!=": order !== 0,
  };
  return outcomes[operator];
}
