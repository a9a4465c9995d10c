import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { rootCertificates } from "node:tls";

/** Connections that are kept open between calls. `AWS_CA_BUNDLE` names a file of certificates to trust as well. */
export async function requestAgents(
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }> {
  const bundle = env["AWS_CA_BUNDLE"];
  const extra =
    bundle === undefined || bundle === "" ? undefined : await readFile(bundle, "utf8").catch(() => undefined);
  const shared = { keepAlive: true, maxSockets: 32 };
  return {
    httpAgent: new HttpAgent(shared),
    httpsAgent: new HttpsAgent({ ...shared, ...(extra === undefined ? {} : { ca: [...rootCertificates, extra] }) }),
  };
}
