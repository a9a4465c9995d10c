// Faults outside of the stack: mended elsewhere, after which the functions begin anew.
import type { Remedy } from "../../core/cause.ts";
import type { FunctionRef } from "../../core/subject.ts";
import { restart } from "./environment.ts";
import type { Place } from "./place.ts";
import { remedy } from "./remedies.ts";
import { quote } from "./shell.ts";
import { sentences } from "./text.ts";
import type { DatabaseUrlShape } from "../../postgres/url.ts";
import { aws } from "./place.ts";

/** Starts the functions afresh once the fault is mended. */
export function startAfresh(place: Place, functions: readonly FunctionRef[]): Remedy {
  return remedy("now", "Then start the functions afresh.", restart(place, functions), {
    advice: "They drop the connections that they keep, and what they logged before is left out of the next diagnosis.",
  });
}

/** Shows from this machine whether something answers at host and port. */
export function tryConnection(shape: DatabaseUrlShape | undefined): readonly string[] {
  const host = shape?.hosts.find(({ kind }) => kind === "name" || kind === "ipv4" || kind === "ipv6");
  if (host === undefined) return [];
  const program = `import socket; socket.create_connection((${JSON.stringify(host.host)}, ${host.port ?? 5432}), 5); print("reachable")`;
  return [`python3 -c ${quote(program)}`];
}

/** Starts the database again where the provider lets the AWS CLI do it. */
export function startDatabase(place: Place, shape: DatabaseUrlShape | undefined): Remedy {
  const { kind, endpoint } = shape?.provider ?? { kind: "unknown", endpoint: undefined };
  if (endpoint !== undefined && kind === "rds") {
    return remedy("now", "See what the database instance does, and start it.", [
      aws(
        place,
        `rds describe-db-instances --db-instance-identifier ${quote(endpoint)} --query 'DBInstances[0].DBInstanceStatus' --output text`,
      ),
      aws(
        place,
        `rds start-db-instance --db-instance-identifier ${quote(endpoint)} --query DBInstance.DBInstanceStatus --output text`,
      ),
      aws(place, `rds wait db-instance-available --db-instance-identifier ${quote(endpoint)}`),
    ]);
  }
  if (endpoint !== undefined && kind === "aurora") {
    return remedy("now", "See what the database cluster does, and start it.", [
      aws(
        place,
        `rds describe-db-clusters --db-cluster-identifier ${quote(endpoint)} --query 'DBClusters[0].Status' --output text`,
      ),
      aws(
        place,
        `rds start-db-cluster --db-cluster-identifier ${quote(endpoint)} --query DBCluster.Status --output text`,
      ),
    ]);
  }
  const command = tryConnection(shape);
  return remedy("now", "Start the database, or correct host and port.", command, {
    changes: false,
    advice: sentences(
      "See in its provider's console whether it is running, and whether this is its host and port.",
      command.length === 0 ? "" : "The command says whether anything answers there.",
    ),
  });
}
