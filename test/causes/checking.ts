// What must hold for every diagnosis, whatever it is about: its sentences, and that its commands are commands.
import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import type { Diagnosis } from "../../src/core/report.ts";

/** Texts that no command may hold: what the tests' own secrets are made of. */
const secrets = ["app:example", "s3cr3t"];

/** Fails unless a diagnosis can be shown to somebody: whole sentences, and remedies that a shell can read. */
export function expectPresentable(diagnosis: Diagnosis): void {
  const { headline, summary, confidence, decides, explains, remedies } = diagnosis;
  expect(headline).toMatch(/^[A-Z].*[^.\s]$/);
  expect(`${headline} ${summary}`).not.toMatch(/undefined|NaN|\[object|\s\s|\s[.,]/);
  if (summary !== "") expect(summary).toMatch(/[.!?]$/);
  expect(explains.length).toBeGreaterThan(0);
  // Decides is a phrase behind "What would decide:"; it goes with everything that is not certain.
  if (confidence === "certain") expect(decides).toBeUndefined();
  expect(remedies.some(({ kind }) => kind === "verify")).toBe(true);
  for (const { kind, title, commands, placeholders, changes, variables, advice } of remedies) {
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(commands.length > 0 || (advice ?? "") !== "").toBe(true);
    if (kind === "verify") expect(changes).toBe(false);
    for (const command of commands) {
      expect(syntaxFault(command), command).toBe("");
      for (const secret of secrets) expect(command).not.toContain(secret);
      for (const found of command.match(/<[A-Z][A-Z0-9-]*>/g) ?? []) expect(placeholders).toContain(found);
    }
    // Lambda refuses an update while another is under way, and answers as before until it is done.
    const lines = commands.flatMap((command) => command.split("\n"));
    for (const [index, line] of lines.entries()) {
      if (/lambda update-function-/.test(line)) expect(lines[index + 1]).toContain("lambda wait function-updated");
    }
    // The shell itself refuses a command whose variable nobody set: no setting is ever emptied by one.
    for (const name of Object.keys(variables ?? {})) expect(commands.join("\n")).toContain(`\${${name}:?}`);
  }
}

/** What a POSIX shell says of a command's grammar; empty when it has nothing against it. */
function syntaxFault(command: string): string {
  const { stderr, status } = spawnSync("bash", ["--posix", "-n"], { input: command, encoding: "utf8" });
  return status === 0 ? stderr : `exit ${status}: ${stderr}`;
}
