// Which groups are followed by which Live Tail session.

/** A session takes ten groups (StartLiveTail, logGroupIdentifiers). */
export const groupsPerSession = 10;
/** Of the 15 that an account has in a region, some are left to others. */
export const mostSessions = 12;

/** A session that is open or about to be, by its number, with its groups. */
export interface Shard {
  readonly session: number;
  readonly groups: readonly string[];
}

export interface ShardPlan {
  /** Sessions to open anew, with all groups they are to have. */
  readonly open: readonly (readonly string[])[];
  /** Numbers of the sessions that they take the place of, once they are open. */
  readonly replaced: readonly number[];
  /** Groups for which no session is left. */
  readonly left: readonly string[];
}

/**
 * What to open so that all groups that are wanted are followed: new groups fill a session that has room, which is opened
 * anew with them, then sessions of their own. Sessions that are full stay as they are. `more`: other groups are about to
 * come, so that only sessions that are full are opened.
 */
export function planShards(
  wanted: readonly string[],
  open: readonly Shard[],
  { more = false, most = mostSessions }: { readonly more?: boolean; readonly most?: number } = {},
): ShardPlan {
  const covered = new Set(open.flatMap(({ groups }) => groups));
  const uncovered = wanted.filter((group) => !covered.has(group));
  const roomy = open.filter(({ groups }) => groups.length < groupsPerSession).at(-1);
  const filling = (roomy?.groups.length ?? 0) + uncovered.length;
  const added = more ? uncovered.slice(0, uncovered.length - (filling % groupsPerSession)) : uncovered;
  if (added.length === 0 || (more && filling < groupsPerSession)) return { open: [], replaced: [], left: [] };
  const kept = open.length - (roomy === undefined ? 0 : 1);
  const all = [...(roomy?.groups ?? []), ...added];
  const sessions: (readonly string[])[] = [];
  const room = Math.max(0, most - kept);
  for (let at = 0; at < all.length && sessions.length < room; at += groupsPerSession)
    sessions.push(all.slice(at, at + groupsPerSession));
  const left = all.slice(sessions.length * groupsPerSession);
  if (sessions.length === 0) return { open: [], replaced: [], left: added };
  return { open: sessions, replaced: roomy === undefined ? [] : [roomy.session], left };
}
