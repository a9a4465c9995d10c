// What a native file's name says of the interpreter that it is for.
import { elfMachine, type PythonTarget } from "./target.ts";

export type Tag = { minor?: number; cpu?: string; system: "linux" | "musl" | "macos" | "windows" | "any" };

/** Reads the tag of `x.cpython-312-x86_64-linux-gnu.so` and its like; `any` for a name that says nothing. */
export function parseTag(file: string): Tag {
  const linux = /\.cpython-3(\d+)[a-z]*-(\w+?)-linux-(gnu|musl)\w*\.so$/.exec(file);
  if (linux !== null) {
    return { minor: Number(linux[1]), cpu: linux[2] ?? "", system: linux[3] === "musl" ? "musl" : "linux" };
  }
  const mac = /\.cpython-3(\d+)[a-z]*-darwin\.so$/.exec(file);
  if (mac !== null) return { minor: Number(mac[1]), system: "macos" };
  const windows = /(?:\.cp3(\d+)-win\w*)?\.pyd$/.exec(file);
  if (windows !== null) {
    return windows[1] === undefined ? { system: "windows" } : { minor: Number(windows[1]), system: "windows" };
  }
  return { system: "any" };
}

/** Whether a native file is by its name for this Python; undefined where the name does not say. */
export function tagFits(file: string, target: PythonTarget): boolean | undefined {
  const tag = parseTag(file);
  if (tag.system === "any") return undefined;
  return tag.system === "linux" && tag.minor === target.minor && tag.cpu === elfMachine(target.architecture);
}
