import { describe, expect, test } from "vitest";
import { parseConfiguration } from "../../src/facts/configuration.ts";

describe("the project's configuration", () => {
  test("may be empty: everything has a default", () => {
    expect(parseConfiguration({})).toEqual({
      sslmodes: ["require", "verify-ca", "verify-full"],
      databaseUrlVariables: [],
      tables: [],
      databaseFunctions: [],
      ignore: [],
    });
  });

  test("keeps what it is given", () => {
    const given = {
      sslmodes: ["verify-full"],
      databaseUrlVariables: ["NEON_URL"],
      tables: ["app.contracts"],
      databaseFunctions: ["GetContractInfo"],
      ignore: ["layers-newest", "database-url-sslmode:GetContractInfo"],
    };
    expect(parseConfiguration(given)).toEqual(given);
  });

  test.each([
    ["a key that is misspelt", { sslmode: ["require"] }, "sslmode"],
    ["a value of another kind", { tables: "contracts" }, "tables"],
    ["a list with an empty name", { databaseFunctions: [""] }, "databaseFunctions.0"],
    ["no accepted sslmode at all", { sslmodes: [] }, "sslmodes"],
    ["an entry to ignore that can be no check's", { ignore: ["Layers Newest"] }, "ignore.0"],
    ["an API's address with a query", { apiUrl: "https://api.example.com/prod?x=1" }, "apiUrl"],
    ["an API's address with a fragment", { apiUrl: "https://api.example.com/prod#x" }, "apiUrl"],
    ["an API's address that is none of the web", { apiUrl: "ftp://api.example.com/prod" }, "apiUrl"],
    ["something else than an object", ["require"], "The configuration is"],
  ])("is refused with %s", (_name, given, place) => {
    expect(() => parseConfiguration(given)).toThrow(place);
    expect(() => parseConfiguration(given)).toThrow(/^The configuration.* is not as it must be: .*\.$/);
  });
});
