import { expect, test } from "vitest";
import type { CheckId } from "../../src/core/check-ids.gen.ts";
import { checkFiles, loadCheck } from "./load.ts";
import { runExample } from "./run-example.ts";

// What the causes read of each check's findings. `*` stands for every code of the check that is not named.
const wanted: Readonly<Record<CheckId, Readonly<Record<string, readonly string[]>>>> = {
  "stack-settled": { "*": ["status", "reason"] },
  "function-active": { "*": ["reasonCode"] },
  "environment-decryptable": { "*": ["errorCode"] },
  "runtime-supported": { "*": ["runtime"] },
  "package-size": { "*": [] },
  "database-url-present": {
    "*": ["variable"],
    "parameter-missing": ["variable", "name", "version"],
    "parameter-empty": ["variable", "name", "version"],
    "secret-missing": ["variable", "id"],
    "secret-empty": ["variable", "id"],
    "unresolved-reference": ["variable", "reference"],
  },
  "database-url-readable": { "*": ["action", "resource", "role", "decision"] },
  "database-url-wellformed": { "*": ["faults"] },
  "database-url-sslmode": { "*": ["sslmode", "provider"] },
  "database-url-parameters": { "*": ["parameter", "driver", "message"] },
  "driver-dependencies": { "*": ["driver", "message", "pins"] },
  "databases-agree": { "*": ["count"] },
  "imports-work": { "*": ["cause", "module", "message"] },
  "driver-api": { "*": ["driver", "version", "file", "line", "text", "message"] },
  "layers-exist": { "*": ["layer", "version"] },
  "alias-newest": { behind: ["qualifier", "version", "differ"], shifted: ["qualifier", "version", "others"] },
  "layers-newest": { "*": ["layer", "version", "newest"] },
  "layers-match": { "*": ["layer", "expected", "found"] },
  "known-errors": { "*": ["cause", "causes", "headline"] },
  "tools-answer": { "*": ["status", "code", "message", "function", "causes"], slow: ["function"] },
  "bad-signatures-refused": { "*": ["function"] },
  "clock-agrees": { "*": [] },
  "browsers-allowed": { "*": ["origin"] },
  "database-tools": { "*": [] },
  "database-reachable": {
    "*": ["code", "message"],
    "certificate-expired": ["until"],
    standby: [],
    "read-only": [],
    "connections-scarce": ["free", "usable"],
    "connections-outnumbered": ["demand", "usable"],
    "transaction-long": ["seconds"],
    "clock-apart": ["seconds"],
    "password-ends": ["until"],
    "table-missing": ["table"],
    "table-unreadable": ["table"],
    "table-empty": ["table"],
  },
  "signing-secret": {
    "*": ["variable"],
    denied: ["action", "resource", "role", "decision"],
    "parameter-missing": ["variable", "name"],
    "parameter-empty": ["variable", "name"],
    "secret-missing": ["variable", "id"],
  },
  "deploy-keeps-database-url": { "*": ["parameter", "file", "line", "environment"] },
  "signing-key-matches": { "*": [] },
};

test.each(checkFiles)("%s gives what its causes read", async (file) => {
  const check = await loadCheck(file);
  const keys = wanted[check.id];
  for (const example of check.examples.fails) {
    const { findings } = await runExample(check, example);
    for (const { code, detail } of findings) {
      for (const key of keys[code] ?? keys["*"] ?? [])
        expect(Object.keys(detail), `${example.name}, ${code}`).toContain(key);
    }
  }
});
