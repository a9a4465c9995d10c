import { fstatSync, statSync, writeSync } from "node:fs";
import { usageError } from "./exit.ts";

/** Where a command's text goes. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  /** Resolves when the text is handed on. Rejects with a usage error where it cannot be, as on a full disk. */
  readonly write: (text: string) => Promise<void>;
  /** The same, without keeping the process from anything else until a reader takes it. */
  readonly pour: (text: string) => Promise<void>;
}

/**
 * Standard output or standard error. A file, a pipe and /dev/null are written to as they are: Node's own stream for them
 * takes longer to load than most commands take. `closed` is called when nobody reads any more (`cscp checks | head`).
 */
export function outputOf(
  fd: 1 | 2,
  stream: () => NodeJS.WriteStream,
  closed: () => void,
  write: (fd: number, bytes: Uint8Array) => number = writeSync,
): Output {
  const opened = (): ReturnType<typeof outputOfStream> => outputOfStream(fd, stream(), closed);
  if (!isPlain(fd)) return opened();
  let later: ReturnType<typeof outputOfStream> | undefined;
  const waits = isWaitedFor(fd);
  return {
    isTerminal: false,
    columns: undefined,
    pour(text) {
      // A file takes what it is given at once: to hand it to a thread takes longer than to write it.
      if (!waits) return this.write(text);
      later ??= opened();
      return later.pour(text);
    },
    async write(text) {
      if (later !== undefined) return later.write(text);
      let left: Uint8Array = Buffer.from(text, "utf8");
      while (left.length > 0) {
        try {
          left = left.subarray(write(fd, left));
        } catch (error) {
          switch ((error as NodeJS.ErrnoException).code) {
            case "EPIPE":
              return closed();
            case "EAGAIN":
              // A full pipe that whoever made it does not want to be waited for: the stream waits without blocking.
              later = opened();
              return later.write(left);
            default:
              throw unwritable(fd, error);
          }
        }
      }
    },
  };
}

/** Whether what is written there may have to wait for a reader. */
function isWaitedFor(fd: number): boolean {
  const found = fstatSync(fd);
  return found.isFIFO() || found.isSocket();
}

function outputOfStream(fd: 1 | 2, stream: NodeJS.WriteStream, closed: () => void) {
  let first: unknown;
  // Each write learns of it by itself; without a listener the process would end with a stack trace.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    first ??= error;
    if (error.code === "EPIPE") closed();
  });
  const write = (text: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        first ??= error;
        if (error === null || error === undefined || isClosed(first)) resolve();
        // What comes behind the first failure only says that the stream is no more.
        else reject(unwritable(fd, first));
      });
    });
  return { isTerminal: stream.isTTY, columns: stream.columns, write, pour: write };
}

const isClosed = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === "EPIPE";

function unwritable(fd: 1 | 2, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "ENOSPC" ? "the disk is full" : (code ?? message);
  return usageError(`Standard ${fd === 1 ? "output" : "error"} could not be written, since ${reason}.`);
}

function isPlain(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    if (found.isFile() || found.isFIFO() || found.isSocket()) return true;
    return found.isCharacterDevice() && found.rdev === statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}
