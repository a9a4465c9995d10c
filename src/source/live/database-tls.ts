import { readFile } from "node:fs/promises";
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type TLSSocket,
} from "node:tls";
import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import { coded } from "./database-stages.ts";

type Told = NonNullable<BodyOf<typeof databaseProbe>["tls"]>;
type Certificate = NonNullable<Told["certificate"]>;
/** The URL's parameters, and the file in which libpq looks for authorities where `sslrootcert` names none. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** SSLRequest: its length, then the code 1234.5679 that stands where a protocol version would. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Asks the server for TLS in the protocol's own way. False where it has none and the mode does without. */
export async function requestTls(socket: Socket, host: string, mode: string): Promise<boolean> {
  socket.write(sslRequest);
  const answer = await firstByte(socket);
  if (answer === "S") return true;
  if (answer === "N" && mode === "prefer") return false;
  if (answer === "N")
    throw coded("SSL_NOT_SUPPORTED", `The server at ${host} does not offer TLS, which sslmode=${mode} demands.`);
  // "E" begins an error message of a server too old for the question, or of one that is full.
  if (answer === "E")
    throw coded("SSL_REFUSED", `The server at ${host} answers with an error when it is asked for TLS.`);
  const what = answer === "H" ? "a web server" : "something else";
  throw coded("NOT_POSTGRES", `What answers at ${host} does not speak the Postgres protocol: it is ${what}.`);
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

/** An encrypted connection, and what was seen while it was made. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly told: Told;
}

/**
 * Makes the TLS handshake, looks at the certificate whatever the mode, and demands of it what the mode demands. Without a
 * mode that verifies nothing is demanded, and what a client that verifies would say is told all the same.
 */
export async function secure(socket: Socket, host: string, mode: string, parameters: Parameters): Promise<Secured> {
  const roots = await trusted(parameters);
  const serverName = isIP(host) === 0 && parameters["sslsni"] !== "0";
  const options: ConnectionOptions = {
    socket,
    host,
    // Looked at below, so that the reason is known in every mode.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(serverName ? { servername: host } : {}),
    ...(parameters["sslnegotiation"] === "direct" ? { ALPNProtocols: ["postgresql"] } : {}),
    ...(roots.ca === undefined ? {} : { ca: roots.ca }),
  };
  const secured = await handshake(options, host);
  const told = describeSession(secured, host, serverName, roots.known);
  const verifies = mode === "verify-ca" || mode === "verify-full";
  const fault =
    verifies && roots.missing !== undefined
      ? coded("ROOT_CERTIFICATE_MISSING", `The root certificate file ${roots.missing} does not exist.`)
      : faultFor(mode, told.certificate, host, roots.given && roots.known);
  if (fault === undefined) return { socket: secured, told };
  secured.destroy();
  throw Object.assign(fault, { told });
}

function handshake(options: ConnectionOptions, host: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls(options);
    secured.once("secureConnect", () => {
      secured.removeAllListeners("error");
      secured.on("error", () => undefined);
      resolve(secured);
    });
    secured.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "TLS_FAILED";
      reject(coded(code, `TLS with ${host} failed (${code}): ${handshakeReason(error)}`));
    });
    secured.once("close", () => reject(coded("ECONNRESET", `${host} closed the connection during the TLS handshake.`)));
  });
}

function handshakeReason({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ECONNRESET") return "the connection was reset during the handshake.";
  if (/wrong version number|unsupported protocol/i.test(message))
    return "what answers speaks no version of TLS that this machine speaks (1.2 and 1.3).";
  return `${message.split("\n")[0]?.slice(0, 200) ?? ""}.`;
}

/** The authorities to verify by. */
interface Roots {
  /** False where their file is not on this machine, so that nothing can be said of a certificate. */
  readonly known: boolean;
  /** True where a file was named, or is where libpq looks for one. */
  readonly given: boolean;
  readonly ca?: string;
  /** The file that libpq, asked to verify, would miss on this machine. */
  readonly missing?: string;
}

/** Folders that only a Lambda has. */
const lambdaFolder = /^\/(?:var\/task|opt)\//;

/** The certificates of `sslrootcert`, else, where libpq itself is asked about, of its own file. */
async function trusted({ sslrootcert: named, rootCertificate: usual }: Parameters): Promise<Roots> {
  if (named === "system") return { known: true, given: true };
  const given = named !== undefined && named !== "";
  const file = given ? named : usual;
  if (file === undefined) return { known: true, given: false };
  const ca = await readFile(file, "utf8").catch(() => undefined);
  if (ca !== undefined) return { known: true, given: true, ca };
  // A file of the function's is not looked for here.
  const missing = usual === undefined || lambdaFolder.test(file) ? {} : { missing: file };
  return { known: !given, given, ...missing };
}

function describeSession(socket: TLSSocket, host: string, serverName: boolean, rootsKnown: boolean): Told {
  const peer = socket.getPeerCertificate(true);
  const hasOne = Object.keys(peer).length > 0;
  return {
    protocol: socket.getProtocol() ?? "TLS",
    cipher: socket.getCipher().name,
    serverName,
    ...(hasOne ? { certificate: describeCertificate(peer, socket, host, rootsKnown) } : {}),
  };
}

/** A chain is read up to here: one that goes in a circle has no end. */
const maxChain = 8;

function describeCertificate(
  peer: DetailedPeerCertificate,
  socket: TLSSocket,
  host: string,
  rootsKnown: boolean,
): Certificate {
  const chain: string[] = [];
  let at: DetailedPeerCertificate | undefined = peer;
  while (at !== undefined && chain.length < maxChain) {
    chain.push(nameOf(at.subject));
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  // Node gives the code, whatever its types say.
  const fault = socket.authorized ? undefined : String(socket.authorizationError);
  const [validFrom, validTo] = [isoTime(peer.valid_from), isoTime(peer.valid_to)];
  return {
    subject: nameOf(peer.subject),
    issuer: nameOf(peer.issuer),
    names: (peer.subjectaltname ?? "").split(", ").flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []),
    chain,
    ...(rootsKnown || fault === "CERT_HAS_EXPIRED" ? { trusted: fault === undefined } : {}),
    ...(fault === undefined || (!rootsKnown && fault !== "CERT_HAS_EXPIRED") ? {} : { fault }),
    matchesHost: checkServerIdentity(host, peer) === undefined,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validTo === undefined ? {} : { validTo }),
  };
}

/** A distinguished name by its common name, else by its organisation. Node leaves names out that a certificate lacks. */
function nameOf(name: DetailedPeerCertificate["subject"] | undefined): string {
  const [text] = [name?.CN ?? name?.O ?? name?.OU ?? ""].flat();
  return text === undefined || text === "" ? "(no name)" : text;
}

function isoTime(text: string): string | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** What the mode demands of the certificate and does not get. As in libpq, `require` verifies where it is given roots. */
function faultFor(
  mode: string,
  certificate: Certificate | undefined,
  host: string,
  rootsGiven: boolean,
): Error | undefined {
  const verifiesChain = mode === "verify-ca" || mode === "verify-full" || (mode === "require" && rootsGiven);
  if (!verifiesChain || certificate === undefined) return undefined;
  const { fault, matchesHost } = certificate;
  const failure = (code: string): Error => coded(code, `TLS with ${host} failed (${code}): ${certificateReason(code)}`);
  if (fault !== undefined) return failure(fault);
  return mode === "verify-full" && !matchesHost ? failure("ERR_TLS_CERT_ALTNAME_INVALID") : undefined;
}

function certificateReason(code: string): string {
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "the certificate is made out to another name.";
    case "CERT_HAS_EXPIRED":
      return "the certificate has expired.";
    case "CERT_NOT_YET_VALID":
      return "the certificate is not valid yet.";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the certificate is signed by an authority that this machine does not trust.";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "the certificate's issuer is not among the authorities that this machine trusts.";
    default:
      return "the certificate cannot be verified.";
  }
}
