import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import type { ConnectionSettings } from "../../postgres/url.ts";
import { connectFirst, resolveHosts, type Address } from "./database-address.ts";
import type { Timed } from "./database-stages.ts";

type Body = BodyOf<typeof databaseProbe>;

/** A connection on which the Postgres protocol can begin. */
export interface OpenStream {
  readonly socket: Socket | TLSSocket;
  readonly encrypted: boolean;
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** What is seen on the way, kept though a later stage fails. */
export type Seen = Pick<Body, "addresses" | "connectedTo" | "tls">;

/** How a connection begins: with TLS, without it, or with it where the server has it. */
export type Encryption = "never" | "always" | "if-offered";

/** Resolves, connects and agrees on TLS, with libpq's reading of sslmode, sslnegotiation, sslsni and hostaddr. */
export async function openStream(
  settings: ConnectionSettings,
  { encryption, rootCertificate }: { readonly encryption: Encryption; readonly rootCertificate: string | undefined },
  timed: Timed,
  see: (seen: Seen) => void,
): Promise<OpenStream> {
  const addresses = await timed("resolve", () => resolveHosts(settings));
  see({ addresses: addresses.map(({ host, address, family }) => ({ host, address, family })) });
  const reached = await timed("connect", (signal) => connectFirst(addresses, signal));
  const { socket, host, port } = reached;
  see({ connectedTo: connectedTo(reached) });
  const plain = (): OpenStream => ({ socket, encrypted: false, host, port, close: () => void socket.destroy() });
  if (encryption === "never") return plain();
  const { parameters } = settings;
  const mode = encryption === "always" ? (parameters["sslmode"] ?? "require") : "prefer";
  try {
    const { requestTls, secure } = await import("./database-tls.ts");
    const offered =
      parameters["sslnegotiation"] === "direct" || (await timed("ssl-request", () => requestTls(socket, host, mode)));
    if (!offered) return plain();
    const secured = await timed("tls", () =>
      secure(socket, host, mode, { ...parameters, rootCertificate }).catch((error: unknown) => {
        if (typeof error === "object" && error !== null && "told" in error) see({ tls: error.told as Body["tls"] });
        throw error;
      }),
    );
    see({ tls: secured.told });
    return { socket: secured.socket, encrypted: true, host, port, close: () => void secured.socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function connectedTo({ host, address, port }: Address): NonNullable<Body["connectedTo"]> {
  return { host, address, port };
}
