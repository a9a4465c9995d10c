import { execa } from "execa";
import { findPostgres } from "./postgres.ts";
import { emulatorEnvironment, findPython, runtimeEnvironment } from "./python.ts";

export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

let availability: Promise<Availability> | undefined;

/** Whether the lab can run here: Python, openssl and Postgres are found, and Python's packages are installed or can be. */
export function labAvailable(): Promise<Availability> {
  availability ??= (async (): Promise<Availability> => {
    const python = await findPython();
    if (python === undefined) {
      return { ok: false, reason: "No Python of at least 3.10 with venv is on the PATH." };
    }
    const openssl = await execa("openssl", ["version"], { reject: false });
    if (openssl.exitCode !== 0) return { ok: false, reason: "There is no openssl on the PATH." };
    if ((await findPostgres()) === undefined) {
      return { ok: false, reason: "No Postgres server (initdb and postgres) was found." };
    }
    try {
      await emulatorEnvironment();
      await runtimeEnvironment();
      return { ok: true };
    } catch (error) {
      const lines = String(error instanceof Error ? error.message : error).split("\n");
      const said = lines.findLast((line) => line.includes("ERROR")) ?? lines[0] ?? "";
      return { ok: false, reason: `The lab's Python packages could not be installed: ${said}` };
    }
  })();
  return availability;
}

/**
 * For a test file: true when the lab runs here. Otherwise prints one line that says why, or, with
 * CSCP_LAB=required, throws, so that an environment that must have the lab cannot pass without it.
 */
export async function labOrSkip(): Promise<boolean> {
  const found = await labAvailable();
  if (found.ok) return true;
  if (process.env["CSCP_LAB"] === "required") {
    throw new Error(`The lab is required and cannot run. ${found.reason}`);
  }
  process.stderr.write(`The lab's tests are skipped. ${found.reason}\n`);
  return false;
}
