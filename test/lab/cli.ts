import { execa } from "execa";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { IncidentLab } from "./incidents.ts";

/** The project's folder: this file may run bundled, from anywhere below it. */
const root = (() => {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "bin", "cscp.js"))) return folder;
    if (folder === path.dirname(folder)) throw new Error("bin/cscp.js is nowhere above this file.");
  }
})();

export type CliResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Folder of the project itself, also when this file runs bundled. */
export function projectRoot(): string {
  return root;
}

/** Runs the built CLI as a user would: a child process with nothing of this one's environment but PATH and HOME. */
export async function cscp(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = root,
): Promise<CliResult> {
  const { PATH = "", HOME = "" } = process.env;
  const result = await execa(process.execPath, [path.join(root, "bin", "cscp.js"), ...args], {
    cwd,
    env: { PATH, HOME, CSCP_CACHE: "off", ...env },
    extendEnv: false,
    reject: false,
    timeout: 120_000,
    stripFinalNewline: false,
  });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/**
 * Flags and environment with which a staged incident is diagnosed. As on a user's machine a package that was read before
 * is not read again; `CSCP_CACHE: "off"` has it read, where the reading itself is tried.
 */
export function incidentCall(lab: IncidentLab): {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  return {
    flags: ["--stack", lab.stackName, "--project", lab.projectDir, "--api-url", lab.apiUrl],
    env: { ...lab.env, HMAC_SECRET: lab.hmacSecret, CSCP_CACHE: lab.lab.cache },
  };
}

/** Every form in which a literal could leak: as it is, percent-encoded, in JSON, in base64 and in hexadecimal. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
}

/** The planted secrets that a text holds in any form. */
export function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret.length >= 4 && formsOf(secret).some((form) => text.includes(form)));
}
