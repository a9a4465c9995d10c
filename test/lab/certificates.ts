import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export type Certificates = {
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
};

/** Makes an authority and a server certificate for the names with the machine's openssl. Valid for a year. */
export async function makeCertificates(names: readonly string[]): Promise<Certificates> {
  const folder = await mkdtemp(path.join(tmpdir(), "cscp-lab-tls-"));
  const file = (name: string) => path.join(folder, name);
  const openssl = (...args: string[]) => execa("openssl", args);
  try {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    await openssl(
      "req",
      "-x509",
      ...curve,
      "-keyout",
      file("ca.key"),
      "-out",
      file("ca.pem"),
      "-days",
      "365",
      "-subj",
      "/CN=cscp lab authority",
      "-addext",
      "keyUsage=critical,keyCertSign,cRLSign",
    );
    await openssl(
      "req",
      ...curve,
      "-keyout",
      file("server.key"),
      "-out",
      file("server.csr"),
      "-subj",
      `/CN=${names[0] ?? "localhost"}`,
    );
    const alternatives = [...names.map((name) => `DNS:${name}`), "IP:127.0.0.1"].join(",");
    await writeFile(file("extensions"), `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth\n`);
    await openssl(
      "x509",
      "-req",
      "-in",
      file("server.csr"),
      "-CA",
      file("ca.pem"),
      "-CAkey",
      file("ca.key"),
      "-CAcreateserial",
      "-days",
      "365",
      "-extfile",
      file("extensions"),
      "-out",
      file("server.pem"),
    );
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "server.pem", "server.key"].map((name) => readFile(file(name), "utf8")),
    );
    return { ca: ca ?? "", cert: cert ?? "", key: key ?? "" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
