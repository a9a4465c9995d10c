import { defineCause } from "../core/cause.ts";
import { startAfresh, tryConnection } from "./support/afresh.ts";
import { proposeDatabase } from "./support/databases.ts";
import { withNetwork } from "./support/network.ts";
import { remedy } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "network-unreachable",
  title: "There is no route to the database or to a service",
  explanation:
    "The address cannot be reached at all from there: it is an IPv6 address and Lambda has none (Supabase's direct host, for example), or the function's subnets have no route out and no endpoint for the service.",
  mending:
    "Use the provider's IPv4 host or pooler, allow IPv6 in a VPC that has it, or give the subnets a NAT gateway or an interface endpoint.",
  propose: async (view) =>
    withNetwork(
      view,
      await proposeDatabase(view, {
        cause: "network-unreachable",
        stage: "connect",
        shows: ["connect-timeout", "dns-failed", "lambda-timeout"],
        headline: ({ where }) => `The database is not reachable: there is no route to ${where}`,
        summary: ({ shape, code }) =>
          shape?.provider.ipv6Only === true
            ? `${shape.provider.title} has IPv6 addresses only, which Lambda does not reach outside an IPv6 VPC.`
            : `The network has no way to its address (${code}).`,
        remedies: (_view, place, { functions, shape }) => [
          remedy("now", "Use an address that can be reached.", tryConnection(shape), {
            changes: false,
            advice:
              shape?.provider.ipv6Only === true
                ? "Take the provider's pooler, which has IPv4 addresses, or its IPv4 add-on, and put that host into the URL."
                : "Give the functions' subnets a route to it: a NAT gateway, peering, or an interface endpoint.",
          }),
          startAfresh(place, functions),
        ],
        logged: {
          headline: ({ functions }) =>
            `${who(functions)} ${verb(functions, "has", "have")} no route to what ${verb(functions, "it connects", "they connect")} to`,
          summary: () => "The network has no way to that address.",
        },
      }),
    ),
});
