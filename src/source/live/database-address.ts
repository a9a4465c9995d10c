import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { ConnectionSettings } from "../../postgres/url.ts";
import { coded } from "./database-stages.ts";

/** One address to try, of one of the URL's hosts. */
export interface Address {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** One address of several may take this long before the next is tried, in milliseconds. */
const addressLimitMs = 2_500;

/**
 * Every address of every host, A and AAAA, in the order in which the system gives them. Fails only where no host has
 * any: what one host of several lacks, another may have.
 */
export async function resolveHosts({ hosts, parameters }: ConnectionSettings): Promise<readonly Address[]> {
  const fixed = parameters["hostaddr"]?.split(",") ?? [];
  const found: Address[] = [];
  let failure: unknown;
  for (const [index, { host, port }] of hosts.entries()) {
    const given = fixed[index];
    if (given !== undefined && given !== "") {
      found.push({ host, address: given, port, family: familyOf(given) });
    } else if (host === "" || host.startsWith("/") || host.startsWith("@")) {
      failure = coded(
        "UNIX_SOCKET",
        "The URL names no host but a socket of the machine it is used on, which a Lambda has none of.",
      );
    } else if (isIP(host) !== 0) {
      found.push({ host, address: host, port, family: familyOf(host) });
    } else {
      try {
        for (const { address, family } of await lookup(host, { all: true }))
          found.push({ host, address, port, family: family === 6 ? 6 : 4 });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "ENOTFOUND";
        failure = coded(code, `The host name ${host} does not resolve (${code}).`);
      }
    }
  }
  if (found.length === 0) throw failure ?? coded("NO_HOST", "The URL names no host.");
  return found;
}

const familyOf = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4);

/** Connects to the first address that takes a connection, one after the other as libpq does. */
export async function connectFirst(
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<Address & { readonly socket: Socket }> {
  let failure: unknown;
  const said = new Map<string, string>();
  for (const [index, address] of addresses.entries()) {
    const last = index === addresses.length - 1;
    try {
      return { ...address, socket: await connectOne(address, signal, last ? undefined : addressLimitMs) };
    } catch (error) {
      // A refusal says more than an address that could not be tried at all, such as IPv6 where there is none.
      if (failure === undefined || !isUntried(error)) failure = error;
      said.set(`${address.host} ${address.port}`, clauseOf(error));
      if (signal.aborted) break;
    }
  }
  // Of several hosts each has its own answer.
  if (said.size < 2) throw failure;
  const { code = "ECONNFAILED" } = failure as NodeJS.ErrnoException;
  throw coded(code, `${[...said.values()].join("; ")}.`);
}

const clauseOf = (error: unknown): string => (error as Error).message.replace(/\.$/, "");

function isUntried(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENETUNREACH" || code === "EADDRNOTAVAIL";
}

function connectOne(
  { host, address, port }: Address,
  signal: AbortSignal,
  limitMs: number | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true });
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(coded("ETIMEDOUT", `No connection to ${host} on port ${port} was made in time.`));
    signal.addEventListener("abort", onAbort, { once: true });
    if (limitMs !== undefined) socket.setTimeout(limitMs, onAbort);
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "ECONNFAILED";
      const at = host === address ? host : `${host} (${address})`;
      fail(coded(code, `${at} takes no connection on port ${port} (${code}).`));
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeAllListeners("error");
      // Between stages nobody listens; the next stage meets the closed socket.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}
