import type { UrlFault } from "./fault.ts";
import { dsnFaults, unknownFaults, uriFaults, wrappingFaults } from "./faults.ts";
import { decodeLeniently, readAsLibpq, type Piece } from "./libpq.ts";
import { dsnParameters, uriParameters, type LocatedParameter } from "./parameter-faults.ts";
import { isKnownName, libpqParameter, masked, shownValue } from "./parameters.ts";
import { recogniseProvider, type Provider } from "./providers.ts";
import { schemeOwner } from "./scheme.ts";
import { split, unwrap, type DsnSplit, type UriSplit } from "./split.ts";

/** One host to try. `host` is empty for the driver's default, and masked for kind "unreadable". `port` is absent if not given. */
export interface UrlHost {
  readonly host: string;
  readonly port?: number;
  readonly kind: "name" | "ipv4" | "ipv6" | "socket" | "default" | "unreadable";
}

/** One parameter of the query or of the key=value list, decoded. Unknown names and secret values are masked. */
export interface UrlParameter {
  readonly name: string;
  readonly value: string;
  /** Whether libpq knows the name. */
  readonly known: boolean;
  /** Whether the same name came before. */
  readonly duplicate: boolean;
}

/**
 * All that may be known of a DATABASE_URL without knowing its secrets; JSON-serialisable. It follows what the author
 * meant (credentials end at the last `@`); where libpq reads something else, a fault says so.
 */
export interface DatabaseUrlShape {
  readonly empty: boolean;
  readonly form: "uri" | "dsn" | "unknown";
  /** In lower case and without SQLAlchemy's driver; masked if it is not a scheme that is known; empty if there is none. */
  readonly scheme: string;
  /** The driver in `postgresql+driver://`. */
  readonly sqlalchemyDriver?: string;
  readonly hosts: readonly UrlHost[];
  /** Absent if not given, masked if it does not look like a name. */
  readonly database?: string;
  readonly hasUser: boolean;
  /** Whether the user is written as `user.tenant`, which shared poolers ask for. */
  readonly userHasTenant: boolean;
  readonly hasPassword: boolean;
  /** Characters of the decoded password. */
  readonly passwordLength: number;
  readonly parameters: readonly UrlParameter[];
  /** In the order of their places. */
  readonly faults: readonly UrlFault[];
  readonly provider: Provider;
  /** The sslmode in force, if one is given and shown. */
  readonly sslmode?: string;
  readonly channelBinding?: string;
}

/**
 * Takes a DATABASE_URL apart and lists every fault with its place. Never throws, whatever the text, and neither the
 * user, the password nor any piece of them is in the result.
 */
export function analyseDatabaseUrl(raw: string): DatabaseUrlShape {
  const { piece, wrappings } = unwrap(raw);
  const wrapped = wrappingFaults(wrappings);
  if (piece.text === "") return { ...blank, empty: true, faults: sorted(wrapped) };
  const parts = split(piece);
  if (parts.form === "unknown") return { ...blank, faults: sorted([...wrapped, ...unknownFaults(parts)]) };
  const faults = sorted([...wrapped, ...(parts.form === "uri" ? uriFaults(parts) : dsnFaults(parts))]);
  return { ...(parts.form === "uri" ? uriShape(parts) : dsnShape(parts)), faults };
}

const blank: DatabaseUrlShape = {
  empty: false,
  form: "unknown",
  scheme: "",
  hosts: [],
  hasUser: false,
  userHasTenant: false,
  hasPassword: false,
  passwordLength: 0,
  parameters: [],
  faults: [],
  provider: recogniseProvider("host.invalid", 5432),
};

const sorted = (faults: readonly UrlFault[]): readonly UrlFault[] => [...faults].sort((a, b) => a.at - b.at);

interface Known {
  readonly hosts: readonly UrlHost[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly parameters: readonly LocatedParameter[];
  readonly suspect: boolean;
}

function uriShape(parts: UriSplit): DatabaseUrlShape {
  const { suspect } = parts;
  const parameters = uriParameters(parts);
  const scheme = /^(.*?)(?:\+([a-z0-9_]+))?$/i.exec(parts.scheme.text);
  const [, base = "", driver] =
    schemeOwner(parts.scheme.text) === undefined ? (scheme ?? []) : [undefined, parts.scheme.text];
  const postgres = /^postgres(ql)?$/i.test(base);
  const text = (piece: Piece | undefined) => (piece ? decodeLeniently(piece) : "");
  const hosts = parts.hosts.map(({ host, port, bracketed }, index) =>
    suspect && index > 0 ? unreadable : urlHost(text(host), port?.text, { bracketed, suspect }),
  );
  return {
    ...assemble({
      hosts,
      user: text(parts.user),
      password: text(parts.password),
      database: text(parts.database),
      parameters,
      suspect,
    }),
    form: "uri",
    scheme: base === "" || postgres || schemeOwner(base) !== undefined ? base.toLowerCase() : masked,
    ...(driver !== undefined && postgres ? { sqlalchemyDriver: driver.toLowerCase() } : {}),
  };
}

function dsnShape(parts: DsnSplit): DatabaseUrlShape {
  const own = ["user", "password", "dbname", "host", "port"];
  const all = dsnParameters(parts);
  const last = (name: string) => all.findLast((p) => p.name === name)?.value?.text ?? "";
  const shape = assemble({
    hosts: hostList(last("host"), last("port")),
    user: last("user"),
    password: last("password"),
    database: last("dbname"),
    parameters: all.filter((p) => !own.includes(p.name)),
    suspect: false,
  });
  return { ...shape, form: "dsn" };
}

/** Joins what the parts say with what parameters of the same names say; in libpq the latter win. */
function assemble({ parameters, suspect, ...given }: Known): DatabaseUrlShape {
  const last = (name: string) => parameters.findLast((p) => p.name === name)?.value?.text;
  const user = last("user") ?? given.user;
  const password = last("password") ?? given.password;
  const database = suspect ? masked : shownName(last("dbname") ?? given.database);
  // An address only replaces the look-up of a name: the name, if there is one, is still the host.
  const named = given.hosts.some((h) => h.kind !== "default");
  const host = last("host") ?? (named ? undefined : last("hostaddr"));
  const port = last("port");
  const hosts =
    host === undefined && port === undefined
      ? given.hosts
      : hostList(
          host ?? given.hosts.map((h) => h.host).join(","),
          port ?? given.hosts.map((h) => h.port ?? "").join(","),
        );
  const seen = new Set<string>();
  let afterSecret = suspect;
  const shown = parameters.map((parameter): UrlParameter => {
    const { name } = parameter;
    // Behind a secret an unknown name may be a piece of it: `password=a&b=c`.
    const nameShown =
      isKnownName(name) || (!afterSecret && parameter.percentEncoded && /^[a-z][a-z_]{2,40}$/i.test(name));
    if (libpqParameter(name)?.kind === "secret") afterSecret = true;
    const duplicate = seen.has(name);
    seen.add(name);
    const value = shownValue(name, parameter.value?.text ?? "");
    return { name: nameShown ? name : masked, value, known: libpqParameter(name) !== undefined, duplicate };
  });
  const jdbc = parameters.findLast((p) => p.name === "sslmode" || (p.name === "ssl" && p.value?.text === "true"));
  const sslmode = jdbc?.name === "ssl" ? "require" : jdbc?.value?.text;
  const binding = last("channel_binding");
  const first = hosts.find((h) => h.kind !== "unreadable");
  return {
    ...blank,
    hosts,
    ...(database === "" ? {} : { database }),
    hasUser: user !== "",
    userHasTenant: /^[^.]+\.[^.]+/.test(user),
    hasPassword: password !== "",
    passwordLength: [...password].length,
    parameters: shown,
    provider: first ? recogniseProvider(first.host, first.port ?? 5432) : blank.provider,
    ...(sslmode === undefined ? {} : { sslmode: shownValue("sslmode", sslmode) }),
    ...(binding === undefined ? {} : { channelBinding: shownValue("channel_binding", binding) }),
  };
}

const unreadable: UrlHost = { host: masked, kind: "unreadable" };

function hostList(hosts: string, ports: string): readonly UrlHost[] {
  const portTexts = ports.split(",");
  return hosts.split(",").map((host, i) => {
    // libpq uses a single port for all hosts.
    const port = portTexts.length === 1 ? portTexts[0] : portTexts[i];
    return urlHost(host, port, { bracketed: false, suspect: false });
  });
}

function urlHost(
  host: string,
  port: string | undefined,
  { bracketed, suspect }: { bracketed: boolean; suspect: boolean },
): UrlHost {
  const number = port !== undefined && /^[0-9]{1,5}$/.test(port) ? { port: Number(port) } : {};
  if (suspect) return unreadable;
  if (host === "") return { host, ...number, kind: "default" };
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return { host, ...number, kind: "ipv4" };
  if ((bracketed || host.includes(":")) && /^[\w:.]+(%[\w.-]+)?$/.test(host)) return { host, ...number, kind: "ipv6" };
  if (/^\/[\w./-]*$/.test(host) || /^@[\w./-]+$/.test(host)) return { host, ...number, kind: "socket" };
  return /^[\w.-]+$/.test(host) ? { host, ...number, kind: "name" } : { ...unreadable, ...number };
}

const shownName = (name: string): string => (name === "" || /^[\w][\w .$-]{0,62}$/.test(name) ? name : masked);

/** What to connect with, secrets included; only the source's vault and the database client may hold it. */
export interface ConnectionSettings {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Every other option by libpq's key word, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The settings exactly as libpq would take them from the text, blanks and line breaks included. `+driver` in the scheme
 * is passed over, as SQLAlchemy does before its driver connects. Hosts without a port get 5432.
 * Where libpq would refuse the text, `ok` is false and `faults` are those of {@link analyseDatabaseUrl}, without secrets.
 */
export function connectionSettings(
  raw: string,
):
  | { readonly ok: true; readonly settings: ConnectionSettings }
  | { readonly ok: false; readonly faults: readonly UrlFault[] } {
  const faults = () => ({ ok: false, faults: analyseDatabaseUrl(raw).faults }) as const;
  const reading = readAsLibpq(raw.replace(/^(postgres(?:ql)?)\+[A-Za-z0-9_]+:\/\//, "$1://"));
  if (!reading.ok) return faults();
  const { user, password, dbname, host = "", port = "", ...parameters } = Object.fromEntries(reading.options);
  const names = (host === "" ? (parameters["hostaddr"] ?? "") : host).split(",");
  const ports = port
    .split(",")
    .map((text) => (text.trim() === "" ? 5432 : /^\s*[0-9]+\s*$/.test(text) ? Number(text) : Number.NaN));
  if (
    ports.some((number) => !(number >= 1 && number <= 65_535)) ||
    (ports.length !== 1 && ports.length !== names.length)
  ) {
    return faults();
  }
  return {
    ok: true,
    settings: {
      hosts: names.map((name, i) => ({ host: name, port: (ports.length === 1 ? ports[0] : ports[i]) ?? 5432 })),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(dbname === undefined ? {} : { database: dbname }),
      parameters,
    },
  };
}
