import { execFileSync } from "node:child_process";

/** The minor version of this machine's python3, 11 for 3.11; undefined where there is none. */
export function pythonMinor(): number | undefined {
  try {
    return Number(execFileSync("python3", ["-c", "import sys; print(sys.version_info[1])"], { encoding: "utf8" }));
  } catch {
    return undefined;
  }
}
