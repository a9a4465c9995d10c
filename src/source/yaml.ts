// A module of our own between a lazy `import()` and the package: bundled, a CommonJS package that is imported lazily shows
// its names under `default` only.
export { parse, parseDocument } from "yaml";
