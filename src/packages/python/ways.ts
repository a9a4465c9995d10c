// The ways in which a block of steps may be left. A failure is certain only where every way is an exception.
import type { Raised } from "./machine.ts";

type Jump = "return" | "break" | "continue";
type Exit = Raised | Jump;

/** `exits` are the ways out of a block, the likeliest first; `through` says that it may also run to its end. */
export type Ways = { exits: readonly Exit[]; through: boolean };

/** The block runs to its end. */
export const onwards: Ways = { exits: [], through: true };

/** The block is left for certain. */
export function leaves(exit: Exit): Ways {
  return { exits: [exit], through: false };
}

/** What a step that raises or goes on gives. */
export function raisesOr(raised: Raised | undefined): Ways {
  return raised === undefined ? onwards : leaves(raised);
}

export function isJump(exit: Exit): exit is Jump {
  return typeof exit === "string";
}

/** The exits without further ones of the same kind: one jump of each, one exception of each class. */
export function distinct(exits: readonly Exit[]): Exit[] {
  const kinds = new Set<string>();
  return exits.filter((exit) => {
    const kind = isJump(exit) ? `jump ${exit}` : exit.type;
    return !kinds.has(kind) && kinds.add(kind) !== undefined;
  });
}

/** The ways with these jumps taken as the block's end: a function's `return`, a loop's `break`. */
export function landing(ways: Ways, jumps: readonly Jump[]): Ways {
  const lands = (exit: Exit): boolean => isJump(exit) && jumps.includes(exit);
  return {
    exits: ways.exits.filter((exit) => !lands(exit)),
    through: ways.through || ways.exits.some(lands),
  };
}

/** The exception that ends the block whichever way it goes, if there is one. */
export function certainFailure(ways: Ways): Raised | undefined {
  const [first] = ways.exits;
  const certain = !ways.through && ways.exits.every((exit) => !isJump(exit));
  return certain && first !== undefined && !isJump(first) ? first : undefined;
}
