import { describe, expect, it } from "vitest";
import { readLog } from "../../src/source/log-files.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** What is handed on of a log, and why not all of it is. */
async function read(content: string | Uint8Array, size = 16_384): Promise<{ text: string; why: string | undefined }> {
  const taken: Buffer[] = [];
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const why = await readLog(pieces(bytes, size), new AbortController().signal, (some) => taken.push(Buffer.from(some)));
  return { text: Buffer.concat(taken).toString("utf8"), why };
}

const line = "2026-03-02T10:00:03.001Z [ERROR] OperationalError: FATAL:  sorry, too many clients already";

describe("a log that holds NUL bytes", () => {
  it("is read, with spaces for them", async () => {
    expect(await read(`torn\0line\n${line}\n`)).toEqual({ text: `torn line\n${line}\n`, why: undefined });
    const far = await read(`${"ok\n".repeat(20_000)}a\0b\n`);
    expect(far.why).toBeUndefined();
    expect(far.text.endsWith("a b\n")).toBe(true);
  });

  it("is read where it begins with a hole, as a log that was cut while it was written to does", async () => {
    const { text, why } = await read(`${"\0".repeat(40_000)}${line}\n`);
    expect(why).toBeUndefined();
    expect(text.trim()).toBe(line);
    expect(text).toContain(`\n${line}`);
  });

  it("is refused where most of it is binary", async () => {
    const bytes = Uint8Array.from({ length: 9_000 }, (_, at) => (at * at * 7 + at) % 256);
    expect(await read(bytes)).toEqual({ text: "", why: "It is no text: most of its beginning is binary." });
  });
});

describe("an unusual encoding", () => {
  it.each([
    ["little-endian", [0xff, 0xfe, 0, 0], (code: number) => [code, 0, 0, 0]],
    ["big-endian", [0, 0, 0xfe, 0xff], (code: number) => [0, 0, 0, code]],
  ])("UTF-32, %s, is named and not passed for a healthy log", async (_, mark, unit) => {
    const bytes = Uint8Array.from([...mark, ...[...line].flatMap((letter) => unit(letter.charCodeAt(0)))]);
    const { text, why } = await read(bytes);
    expect(text).toBe("");
    expect(why).toMatch(/^It is written in UTF-32.*iconv/);
  });

  it("UTF-16 is read", async () => {
    expect(await read(Buffer.from(`\ufeff${line}\n`, "utf16le"))).toMatchObject({ text: `${line}\n`, why: undefined });
  });
});

describe("carriage returns", () => {
  it("end lines where nothing else does", async () => {
    const written = `${line}\r${line}\r`.repeat(200);
    expect((await read(written)).text).toBe(written.replaceAll("\r", "\n"));
    expect((await read(Buffer.from(`\ufeff${written}`, "utf16le"))).text).toBe(written.replaceAll("\r", "\n"));
  });

  it("are left alone where line feeds end lines", async () => {
    const written = `[ERROR] KeyError: 'a'\rTraceback (most recent call last):\r\n${line}\r\n`;
    expect((await read(written)).text).toBe(written);
  });
});
