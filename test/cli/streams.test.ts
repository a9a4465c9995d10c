import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { outputOf } from "../../src/cli/streams.ts";
import { projectRoot } from "../lab/cli.ts";

const failing = (code: string): Error => Object.assign(new Error(code), { code });

/** A stream that keeps what it is given, as standard output would be. */
function kept(): { readonly stream: NodeJS.WriteStream; readonly bytes: () => Buffer } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream: stream as unknown as NodeJS.WriteStream, bytes: () => Buffer.concat(chunks) };
}

// Tests run with their output in a pipe or a file; a terminal's own stream is Node's.
describe.skipIf(process.stdout.isTTY)("output that is no terminal", () => {
  it("writes everything, however little is taken at a time", async () => {
    const taken: Buffer[] = [];
    const write = (_fd: number, bytes: Uint8Array): number => {
      taken.push(Buffer.from(bytes.subarray(0, 5)));
      return Math.min(5, bytes.length);
    };
    const output = outputOf(1, () => kept().stream, expect.unreachable, write);
    expect(output.isTerminal).toBe(false);
    await output.write("häh? schöne Grüße\n");
    expect(Buffer.concat(taken).toString("utf8")).toBe("häh? schöne Grüße\n");
  });

  it("goes on without blocking where the pipe is full, in order and with no character broken", async () => {
    const { stream, bytes } = kept();
    const taken: Buffer[] = [];
    const write = (_fd: number, given: Uint8Array): number => {
      if (taken.length === 1) throw failing("EAGAIN");
      taken.push(Buffer.from(given.subarray(0, 3)));
      return 3;
    };
    const output = outputOf(1, () => stream, expect.unreachable, write);
    await output.write("drü zwei ");
    await output.write("eins");
    expect(Buffer.concat([...taken, bytes()]).toString("utf8")).toBe("drü zwei eins");
  });

  it("says when nobody reads any more, and writes nothing more", async () => {
    let closed = 0;
    const output = outputOf(
      1,
      () => kept().stream,
      () => void (closed += 1),
      () => {
        throw failing("EPIPE");
      },
    );
    await output.write("text");
    expect(closed).toBe(1);
  });

  it("fails with what else goes wrong, such as a full disk", async () => {
    const output = outputOf(
      1,
      () => kept().stream,
      expect.unreachable,
      () => {
        throw failing("ENOSPC");
      },
    );
    await expect(output.write("text")).rejects.toMatchObject({
      message: "Standard output could not be written, since the disk is full.",
      usage: true,
    });
  });
});

describe("the command line into a pipe", () => {
  const inBash = (script: string): string =>
    execFileSync("bash", ["-c", script, "bash", process.execPath, `${projectRoot()}/bin/cscp.js`], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", CSCP_CACHE: "off" },
    });

  it("ends quietly when its reader has read enough", () => {
    const script = `{ "$1" "$2" checks -o json; echo "code $?" >&3; } 2>&1 | { exec 0<&-; sleep 2; }`;
    expect(inBash(`{ ${script}; } 3>&1`)).toBe("code 0\n");
  });

  it("waits for a reader that is slow, and leaves nothing out", () => {
    const whole = inBash(`"$1" "$2" checks -o json`);
    expect(JSON.parse(whole)).toHaveProperty("causes");
    expect(inBash(`"$1" "$2" checks -o json | { sleep 0.5; cat; }`)).toBe(whole);
  });

  it.skipIf(!existsSync("/dev/full")).each([["demo"], ["demo -o json"], ["checks"], ["--help"], ["--version"], [""]])(
    "says in one line that nothing can be written: %s",
    (args) => {
      expect(inBash(`"$1" "$2" ${args} 2>&1 > /dev/full; echo "code $?"`)).toBe(
        "cscp: Standard output could not be written, since the disk is full.\ncode 2\n",
      );
    },
  );

  it.skipIf(!existsSync("/dev/full"))("goes on when its notes cannot be written", () => {
    expect(inBash(`"$1" "$2" demo 2> /dev/full; echo "code $?"`)).toMatch(/capture[^\n]*\ncode 0\n$/);
  });

  it("goes on when nobody reads its notes", () => {
    expect(inBash(`"$1" "$2" demo 2> >(exec 0<&-) | tail -n 1`)).toMatch(/\S/);
  });
});
