import { fstat, read } from "node:fs";
import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import { promisify } from "node:util";

/** As much as a pipe holds, in bytes. */
const pipeSize = 1 << 16;
const chunkSize = 1 << 20;

/**
 * The bytes of standard input, to its end or until `signal` is aborted. A chunk is only good until the next is asked for:
 * pipes and files are read into the same memory again and again, where `process.stdin` (`usual`, for anything else) takes
 * new memory for each chunk.
 */
export async function* standardInput(
  usual: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const kind = await promisify(fstat)(0).catch(() => undefined);
  if (kind?.isFile() === true) yield* fromFile();
  else if (kind?.isFIFO() === true || kind?.isSocket() === true) yield* fromPipe(signal);
  else yield* usual();
}

async function* fromFile(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(chunkSize);
  for (;;) {
    const { bytesRead } = await promisify(read)(0, chunk, 0, chunkSize, null);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

async function* fromPipe(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(pipeSize);
  let filled = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: 0,
    readable: true,
    writable: false,
    onread: {
      buffer: chunk,
      callback(length) {
        filled = length;
        wake();
        // What came next would overwrite it.
        return false;
      },
    },
  };
  const socket = new Socket(options);
  const end = (): void => {
    ended = true;
    wake();
  };
  socket.on("error", (error) => (failure = error));
  for (const event of ["error", "end", "close"]) socket.on(event, end);
  signal.addEventListener("abort", end);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      socket.resume();
      if (filled === 0 && !ended) await woken;
      if (filled === 0) break;
      const length = filled;
      filled = 0;
      yield chunk.subarray(0, length);
    }
    if (failure !== undefined) throw failure;
  } finally {
    signal.removeEventListener("abort", end);
    socket.destroy();
  }
}
