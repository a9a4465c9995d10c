import { defineCause } from "../core/cause.ts";
import { proposeDatabase } from "./support/databases.ts";
import { advice } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "sni-endpoint-missing",
  title: "The provider cannot tell which database is meant",
  explanation:
    "Neon and others find the database by the host name that the TLS handshake carries (SNI). A driver with an old libpq, or one that connects to an address instead of the name, sends none.",
  mending:
    "Use a driver with libpq 14 or newer, connect to the name, or put the endpoint into the URL: options=endpoint%3D<ENDPOINT>.",
  propose: (view) =>
    proposeDatabase(view, {
      cause: "sni-endpoint-missing",
      stage: "authenticate",
      shows: ["tls-required"],
      headline: ({ where }) => `The server ${where} cannot tell which database is meant`,
      summary: () => "The connection carries no server name.",
      remedies: (_view, _place, { shape }) => [
        advice(
          "now",
          "Name the endpoint in the URL, or use a newer driver.",
          `Add options=endpoint%3D${shape?.provider.endpoint ?? "<ENDPOINT>"} to the URL's parameters, or use a driver with libpq 14 or newer, which sends the host's name.`,
        ),
      ],
      logged: {
        headline: ({ functions }) =>
          `${who(functions)} ${verb(functions, "sends", "send")} no server name, by which the provider finds the database`,
        summary: () => "The driver is too old to send the host's name, or connects to an address.",
      },
    }),
});
