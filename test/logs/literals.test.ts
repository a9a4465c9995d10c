import { expect, test } from "vitest";
import { literalsOf } from "../../src/logs/literals.ts";

test.each([
  [/abc/, ["abc"]],
  [/abc|def/, ["abc", "def"]],
  [/[Cc]onnection refused/, ["Connection refused", "connection refused"]],
  [/x(?:one|two)y/, ["xoney", "xtwoy"]],
  [/role "(?<name>[^"]+)" does not exist/, [" does not exist"]],
  [/colou?r is red/, ["color is red", "colour is red"]],
  [/\d+ rows in \S+/, [" rows in "]],
  [/(?=ahead)word(?!after)/, ["word"]],
  [/a{2,3}longer/, ["longer"]],
  [/(?:maybe )*sure thing/, ["sure thing"]],
  [/one\.two\(\)/, ["one.two()"]],
  [/^start\b$/, ["start"]],
  [/\d+|abc/, []],
  [/.*/, []],
])("%s needs %j", (pattern, literals) => {
  expect(literalsOf(pattern).toSorted()).toEqual(literals);
});
