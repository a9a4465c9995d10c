import { defineCause, type Remedy, type View } from "../core/cause.ts";
import type { FunctionRef } from "../core/subject.ts";
import { startAfresh, tryConnection } from "./support/afresh.ts";
import { proposeDatabase } from "./support/databases.ts";
import { withNetwork } from "./support/network.ts";
import { aws, configured, type Place } from "./support/place.ts";
import { forFunctions, remedy } from "./support/remedies.ts";
import { verb, who } from "./support/text.ts";

export default defineCause({
  id: "connect-timeout",
  title: "Connections to the database get no answer",
  explanation:
    "Packets to the database's address vanish: a security group or network ACL does not let them through, the function is in no VPC and the database is private, its subnets have no way out, or the database is suspended and takes long to wake.",
  mending:
    "Attach the function to the VPC of a private database and admit its security group on the database's port; give subnets that must reach outside a NAT gateway.",
  propose: async (view) =>
    withNetwork(
      view,
      await proposeDatabase(view, {
        cause: "connect-timeout",
        stage: "connect",
        shows: [
          "lambda-timeout",
          "gateway-timeout",
          "network-unreachable",
          "connection-refused",
          "connection-dropped",
          "init-timeout",
        ],
        headline: ({ where }) => `The database is not reachable: ${where} does not answer`,
        summary: ({ shape }) =>
          shape?.provider.reach === "vpc"
            ? `${shape.provider.title} is reached from inside its VPC; a function elsewhere gets no answer.`
            : "The attempt to connect got no answer until its time was up.",
        remedies: async (at, place, { functions, shape }) => [
          await lookAtNetwork(at, place, functions, tryConnection(shape)),
          startAfresh(place, functions),
        ],
        logged: {
          headline: ({ functions }) =>
            `${who(functions)} ${verb(functions, "gets", "get")} no answer from the database's host`,
          summary: () => "The attempt to connect got no answer until its time was up.",
        },
      }),
    ),
});

/** Shows the network settings of the functions; which of them is wrong only the owner of the VPC can say. */
async function lookAtNetwork(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  more: readonly string[],
): Promise<Remedy> {
  const list = await configured(view, functions);
  const outside = list.filter(({ configuration }) => configuration.vpcId === undefined);
  const text =
    outside.length === list.length
      ? "The functions are in no VPC: a private database needs VpcConfig with subnets and a security group that the database admits on its port."
      : "The database's security group must admit the functions' one on its port, and the subnets' route must lead there.";
  return remedy(
    "now",
    "See where the functions run, and let them through to the database.",
    [
      ...more,
      ...forFunctions(functions, [
        aws(place, 'lambda get-function-configuration --function-name "$fn" --query VpcConfig --output json'),
      ]),
    ],
    { changes: false, advice: text },
  );
}
