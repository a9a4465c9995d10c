// Why a database does not answer functions in a VPC: the rules and routes around them, where they may be read.
import type { Proposal, Remedy, View } from "../../core/cause.ts";
import type { Evidence } from "../../core/finding.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { databaseNetwork, databases, type DatabaseNetwork } from "../../facts/database.ts";
import { shapeFor } from "./databases.ts";
import { proof } from "./imports.ts";
import { networkRemedies } from "./network-remedies.ts";
import { aws, configured, placeOf, type Place } from "./place.ts";
import { eachFunction, remedy } from "./remedies.ts";
import { distinct } from "./symptoms.ts";
import { sentences } from "./text.ts";

/**
 * The proposals with what the functions' VPC says of the way to the database: a rule or route that is proven closed is
 * the cause itself, and its remedy goes first. Nothing is asked where no function is in a VPC.
 */
export async function withNetwork(view: View, proposals: readonly Proposal[]): Promise<readonly Proposal[]> {
  return Promise.all(proposals.map((proposal) => considered(view, proposal)));
}

async function considered(view: View, proposal: Proposal): Promise<Proposal> {
  const functions = proposal.subjects.filter((subject): subject is FunctionRef => subject.kind === "function");
  const attached = (await configured(view, functions)).filter(({ configuration }) => configuration.vpcId !== undefined);
  if (attached.length === 0) return proposal;
  const refs = (await view.value(databases, null)) ?? [];
  const database = refs.find(({ functionIds }) => functions.some(({ id }) => functionIds.includes(id)));
  const network = database === undefined ? undefined : await view.value(databaseNetwork, database);
  if (database === undefined || network === undefined) return proposal;
  const closed = network.ways.flatMap(({ functions: labels, aspects }) =>
    aspects.filter(({ verdict }) => verdict === "closed").map(({ aspect, says }) => ({ labels, aspect, says })),
  );
  // What functions in the VPC say of their own way, or what is closed on it, explains what this machine meets on another.
  const isLogged = !proposal.subjects.some(({ kind }) => kind === "database");
  const fromHere = view
    .of("database-reachable", undefined, database)
    .filter(({ code, severity }) => (code === "resolve" || code === "connect") && severity === "warning");
  const explains = isLogged || closed.length > 0 ? distinct(proposal.explains, fromHere) : proposal.explains;
  if (closed.length === 0) return { ...proposal, explains, summary: sentences(proposal.summary, remark(network)) };
  const place = await placeOf(view);
  const seen = closed.map(({ labels, says }): Evidence => ({ kind: "configuration", where: labels.join(", "), says }));
  const labelled = attached.map(({ fn, configuration }) => ({ label: fn.label, configuration }));
  // A private database does not answer this machine either way: what is closed inside of the VPC is proven.
  const { decides: _decides, ...rest } = proposal;
  const shape = await shapeFor(view, functions);
  const detaching = closed.some(({ aspect }) => aspect === "route") && shape?.provider.reach === "public";
  return {
    ...rest,
    summary: sentences(proposal.summary, ...new Set(closed.map(({ says }) => says))),
    confidence: "certain",
    because: [...seen, ...proof(proposal.because, proposal.because.length === 0 ? proposal.explains : [])],
    explains,
    remedies: [
      ...networkRemedies(network.ways, labelled, network.port, place.region),
      ...(detaching
        ? [
            detach(
              place,
              attached.map(({ fn }) => fn),
            ),
          ]
        : []),
      // Nothing is left to be looked for.
      ...proposal.remedies.filter(({ kind, changes }) => kind !== "now" || changes),
    ],
  };
}

/** A provider's database is reached without any VPC. */
const detach = (place: Place, functions: readonly FunctionRef[]): Remedy =>
  remedy(
    "now",
    "Or take the functions out of the VPC, where they need nothing else in it.",
    eachFunction(
      place,
      functions,
      aws(
        place,
        "lambda update-function-configuration --function-name \"$fn\" --vpc-config 'SubnetIds=[],SecurityGroupIds=[]' --query LastUpdateStatus --output text",
      ),
    ),
    { advice: "The template's VpcConfig must go too, or the next deploy puts them back." },
  );

/** What is left open where nothing is proven closed. */
function remark({ ways, missing }: DatabaseNetwork): string {
  const actions = [...new Set(missing.flatMap(({ action }) => action ?? []))];
  if (actions.length > 0)
    return `The network around the functions could not be read whole: ${actions.join(", ")} (cscp iam-policy).`;
  const isOpen = ways.length > 0 && ways.every(({ aspects }) => aspects.every(({ verdict }) => verdict === "open"));
  return isOpen ? "Routes and security groups let the functions through as far as the VPC's rules tell." : "";
}
