import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { inFolder } from "./support/shell.ts";
import { layerFolder } from "./support/vendor.ts";
import { configured } from "./support/place.ts";
import { layerRef } from "../core/subject.ts";
import { advice, remedy } from "./support/remedies.ts";
import { who } from "./support/text.ts";

/** Amazon's bundle of the authorities of all regions' RDS and Aurora instances, as its documentation names it. */
const rdsBundle = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

export default defineCause({
  id: "tls-ca-missing",
  title: "The root certificate for verifying the server is not in the package",
  explanation:
    "The URL asks for verification (verify-ca, verify-full), and the file with the authority's root certificate is not where the driver looks: libpq looks in the home folder, which Lambda does not have, and providers such as RDS sign with an authority of their own.",
  mending:
    "Put the provider's root certificate into the package or a layer and name it by sslrootcert (or in the SSL context).",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "tls-ca-missing",
      stage: "tls",
      shows: ["tls-verify-failed"],
      headline: ({ where }) => `The authority that signed the certificate of ${where} is not known`,
      summary: ({ code }) =>
        `The provider signs with an authority of its own (${code}), whose root certificate drivers must be given.`,
      async remedies(_view, place, { functions, shape }) {
        const kind = shape?.provider.kind;
        const isRds = kind === "rds" || kind === "aurora";
        const attached = (await configured(view, functions)).flatMap(({ configuration }) =>
          configuration.layers.flatMap(({ arn }) => layerRef(arn) ?? []),
        );
        const folder = attached.map((layer) => layerFolder(place, layer)).find((path) => path !== undefined);
        const text = `Then name it in the URL: sslrootcert=/opt/${isRds ? "global-bundle.pem" : "<FILE>.pem"}, or load it into the driver's SSL context.`;
        if (isRds && folder !== undefined) {
          return [
            remedy(
              "now",
              "Put Amazon's bundle of authorities into the layer.",
              [inFolder(folder, `curl -fsSLO ${rdsBundle}`)],
              { advice: text },
            ),
          ];
        }
        return [advice("now", "Put the provider's root certificate into the package or a layer.", text)];
      },
      logged: {
        headline: ({ functions, captures }) =>
          `${who(functions)} cannot find the root certificate${captures["file"] === undefined ? "" : ` ${captures["file"]}`}`,
        summary: () => "The driver is to verify the server and has no root certificate to do it with.",
      },
    }),
});
