// An authority and the certificates of a server in its good and its broken states, made with the machine's openssl.
import { execa } from "execa";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

export type Pair = { readonly cert: string; readonly key: string };
export type Authority = {
  /** Path of the authority's certificate. */
  readonly file: string;
  readonly certificates: Readonly<Record<"good" | "self-signed" | "expired" | "wrong-name", Pair>>;
};

/** RSA with SHA-256, as public authorities sign; all valid from now on but the expired one, which ended in 2021. */
export async function makeAuthority(folder: string): Promise<Authority> {
  const at = (name: string) => path.join(folder, name);
  const request = ["-newkey", "rsa:2048", "-nodes"];
  const openssl = (...args: string[]) => execa("openssl", args);
  await openssl(
    "req",
    "-x509",
    ...request,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-days",
    "3",
    "-subj",
    "/CN=Measuring authority",
  );
  await writeFile(at("index.txt"), "");
  await writeFile(at("serial"), "1000\n");
  await writeFile(
    at("ca.cnf"),
    [
      "[ca]",
      "default_ca = one",
      "[one]",
      `database = ${at("index.txt")}`,
      `serial = ${at("serial")}`,
      `new_certs_dir = ${folder}`,
      "default_md = sha256",
      "policy = any",
      "unique_subject = no",
      "copy_extensions = copy",
      "[any]",
      "commonName = supplied",
    ].join("\n"),
  );
  const read = async (name: string): Promise<Pair> => ({
    cert: await readFile(at(`${name}.crt`), "utf8"),
    key: await readFile(at(`${name}.key`), "utf8"),
  });
  const signed = async (name: string, host: string, dates: readonly string[]): Promise<Pair> => {
    const names = `subjectAltName=DNS:${host}`;
    await openssl(
      "req",
      ...request,
      "-keyout",
      at(`${name}.key`),
      "-out",
      at(`${name}.csr`),
      "-subj",
      `/CN=${host}`,
      "-addext",
      names,
    );
    const authority = ["-config", at("ca.cnf"), "-cert", at("ca.pem"), "-keyfile", at("ca.key")];
    await openssl(
      "ca",
      "-batch",
      "-notext",
      ...authority,
      "-in",
      at(`${name}.csr`),
      "-out",
      at(`${name}.crt`),
      ...dates,
    );
    return read(name);
  };
  await openssl(
    "req",
    "-x509",
    ...request,
    "-keyout",
    at("self-signed.key"),
    "-out",
    at("self-signed.crt"),
    "-days",
    "3",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
  );
  return {
    file: at("ca.pem"),
    certificates: {
      good: await signed("good", "localhost", ["-days", "2"]),
      "self-signed": await read("self-signed"),
      expired: await signed("expired", "localhost", ["-startdate", "200101000000Z", "-enddate", "210101000000Z"]),
      "wrong-name": await signed("wrong-name", "db.example.com", ["-days", "2"]),
    },
  };
}
