// See yaml.ts: a CommonJS package that is loaded lazily needs a module of our own in between.
export { extract, pack } from "tar-stream";
