import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { probeStages } from "../../facts/requests/database.ts";
import type { ConnectionSettings } from "../../postgres/url.ts";

type Stage = (typeof probeStages)[number];

/** Runs one stage, notes how long it took and how it ended, and throws what ends the probe. */
export type Timed = <Out>(stage: Stage, work: () => Promise<Out>) => Promise<Out>;

/** A connection on which the Postgres protocol can begin. */
export interface OpenStream {
  readonly socket: Socket | TLSSocket;
  readonly encrypted: boolean;
  readonly host: string;
  readonly port: number;
  close(): void;
}

interface Address {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** One address of several may take this long before the next is tried, in milliseconds. */
const addressLimitMs = 3_000;

/** Resolves, connects and agrees on TLS, with libpq's reading of sslmode, sslnegotiation, sslsni and hostaddr. */
export async function openStream(
  settings: ConnectionSettings,
  { timed, signal }: { readonly timed: Timed; readonly signal: AbortSignal },
): Promise<OpenStream> {
  const addresses = await timed("resolve", () => resolveHosts(settings));
  const { socket, host, port } = await timed("connect", () => connectFirst(addresses, signal));
  const plain = (): OpenStream => ({ socket, encrypted: false, host, port, close: () => void socket.destroy() });
  const mode = settings.parameters["sslmode"] ?? "prefer";
  // `allow` begins without encryption as well, and asks for it only where the server refuses that.
  if (mode === "disable" || mode === "allow") return plain();
  try {
    const secure = await timed("tls", () => startTls(socket, host, mode, settings.parameters));
    if (secure === undefined) return plain();
    return { socket: secure, encrypted: true, host, port, close: () => void secure.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function resolveHosts({ hosts, parameters }: ConnectionSettings): Promise<Address[]> {
  const fixed = parameters["hostaddr"]?.split(",") ?? [];
  const found: Address[] = [];
  let failure: unknown;
  for (const [index, { host, port }] of hosts.entries()) {
    const given = fixed[index];
    if (given !== undefined && given !== "") {
      found.push({ host, address: given, port });
    } else if (host === "" || host.startsWith("/") || host.startsWith("@")) {
      failure = coded(
        "UNIX_SOCKET",
        "The URL names no host but a socket of the machine it is used on, which a Lambda has none of.",
      );
    } else if (isIP(host) !== 0) {
      found.push({ host, address: host, port });
    } else {
      try {
        for (const { address } of await lookup(host, { all: true })) found.push({ host, address, port });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "ENOTFOUND";
        failure = coded(code, `The host name ${host} does not resolve (${code}).`);
      }
    }
  }
  if (found.length === 0) throw failure ?? coded("NO_HOST", "The URL names no host.");
  return found;
}

async function connectFirst(addresses: readonly Address[], signal: AbortSignal): Promise<Address & { socket: Socket }> {
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    const last = index === addresses.length - 1;
    try {
      return { ...address, socket: await connectOne(address, signal, last ? undefined : addressLimitMs) };
    } catch (error) {
      failure = error;
      if (signal.aborted) break;
    }
  }
  throw failure;
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
      fail(coded(code, `${host} (${address}) takes no connection on port ${port} (${code}).`));
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

/** SSLRequest: its length, then the code 1234.5679 that stands where a protocol version would. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Undefined when the server has no TLS and the mode does without. */
async function startTls(
  socket: Socket,
  host: string,
  mode: string,
  parameters: Readonly<Record<string, string>>,
): Promise<TLSSocket | undefined> {
  const direct = parameters["sslnegotiation"] === "direct";
  if (!direct) {
    socket.write(sslRequest);
    const answer = await firstByte(socket);
    if (answer === "N" && mode === "prefer") return undefined;
    if (answer === "N")
      throw coded("SSL_NOT_SUPPORTED", `The server at ${host} does not offer TLS, which sslmode=${mode} demands.`);
    if (answer !== "S") throw coded("NOT_POSTGRES", `What answers at ${host} does not speak the Postgres protocol.`);
  }
  const verifies = mode === "verify-ca" || mode === "verify-full";
  const options: ConnectionOptions = {
    socket,
    host,
    rejectUnauthorized: verifies,
    ...(isIP(host) === 0 && parameters["sslsni"] !== "0" ? { servername: host } : {}),
    ...(direct ? { ALPNProtocols: ["postgresql"] } : {}),
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
    ...(verifies ? await trusted(parameters["sslrootcert"]) : {}),
  };
  return new Promise((resolve, reject) => {
    const secure = connectTls(options);
    secure.once("secureConnect", () => {
      secure.removeAllListeners("error");
      secure.on("error", () => undefined);
      resolve(secure);
    });
    secure.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "TLS_FAILED";
      reject(coded(code, `TLS with ${host} failed (${code}): ${tlsReason(error)}`));
    });
    secure.once("close", () => reject(coded("ECONNRESET", `${host} closed the connection during the TLS handshake.`)));
  });
}

/** The certificates of `sslrootcert`, where that file is on this machine too; else those that this machine trusts. */
async function trusted(file: string | undefined): Promise<{ ca?: string }> {
  if (file === undefined || file === "" || file === "system") return {};
  const ca = await readFile(file, "utf8").catch(() => undefined);
  return ca === undefined ? {} : { ca };
}

function tlsReason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "the certificate is made out to another name.";
    case "CERT_HAS_EXPIRED":
      return "the certificate has expired.";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the certificate is signed by an authority that this machine does not trust.";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "the certificate's issuer is not among the authorities that this machine trusts.";
    case "ECONNRESET":
      return "the server closed the connection.";
    default:
      return `${message.split("\n")[0]?.slice(0, 200) ?? ""}.`;
  }
}

function firstByte(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off("data", onData);
      socket.off("close", onClose);
      socket.off("error", onClose);
    };
    const onData = (data: Buffer): void => {
      done();
      socket.pause();
      resolve(String.fromCharCode(data[0] ?? 0));
    };
    const onClose = (): void => {
      done();
      reject(coded("ECONNRESET", "The server closed the connection when it was asked for TLS."));
    };
    socket.once("data", onData);
    socket.once("close", onClose);
    socket.once("error", onClose);
  });
}

/** An error with a code and a sentence of this program's own. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
