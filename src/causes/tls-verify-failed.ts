import { defineCause } from "../core/cause.ts";
import { proposeDatabase, type DatabaseFault } from "./support/databases.ts";
import { advice } from "./support/remedies.ts";
import { who } from "./support/text.ts";

export default defineCause({
  id: "tls-verify-failed",
  title: "The server's certificate cannot be verified",
  explanation:
    "The driver checks the server's certificate and refuses it: it is out of date, for another host name (an IP address or an alias in the URL), signed by itself, or by an authority that is not trusted.",
  mending:
    "Use the host name that the certificate is for, renew it, or give the driver the authority's root certificate. sslmode=require encrypts without verifying.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "tls-verify-failed",
      stage: "tls",
      shows: ["tls-ca-missing"],
      headline: ({ where, code }) => `The certificate of ${where} ${ending(code)}`,
      summary: ({ code }) => `The connection was given up while the certificate was checked (${code}).`,
      remedies: (_view, _place, { where, code }) => [
        advice("now", "Mend the certificate or the name.", mending(where, code)),
      ],
      logged: {
        headline: ({ functions }) => `${who(functions)} cannot verify the database's certificate`,
        summary: () => "The driver gave the connection up while it checked the certificate.",
      },
    }),
});

function ending(code: DatabaseFault["code"]): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "has expired";
    case "CERT_NOT_YET_VALID":
      return "is not valid yet";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "is for another host name";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "is signed by itself";
    default:
      return "cannot be verified";
  }
}

function mending(where: string, code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `Renew the certificate at ${where}; until then only sslmode=require, which does not verify, connects.`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "Put the host name that the certificate is for into the URL instead of an address or an alias.";
    default:
      return `Give the driver the root certificate of the authority that signed ${where}'s certificate (sslrootcert, or an SSL context), or use sslmode=require where encryption without verification will do.`;
  }
}
