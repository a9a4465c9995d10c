import type { Evidence } from "../core/finding.ts";
import { phraseOf } from "./layout.ts";
import { clock, sinceDeploy } from "./time.ts";
import { visible, visibleLines } from "../core/visible.ts";

/** One observation, or several that say the same, ready to be laid out. All text is visible. */
export interface Proof {
  /** Where it was seen: "layer common:7", "log, 37 times 10:02:53 to 10:09:40". Empty where it is as above. */
  readonly where: string;
  readonly says: readonly string[];
  /** Log lines stand below their place, everything else beside it. */
  readonly below: boolean;
}

interface ProofOptions {
  readonly deployedAt?: string | undefined;
  /** Milliseconds since 1970: what the times are told against. */
  readonly now?: number | undefined;
  /** How many places one observation names before "and N more". */
  readonly places?: number;
  /** Whether log lines that differ in one word only, the name of the function or tool, are told once. */
  readonly fold?: boolean;
}

interface Group {
  readonly first: Evidence;
  readonly places: string[];
  /** True when its log lines are not the same to the letter. */
  folded: boolean;
  count: number | undefined;
  from: string | undefined;
  to: string | undefined;
}

/** Evidence without repetition: what was seen in several places is said once, and a place is named once for all it says. */
export function proofOf(evidence: readonly Evidence[], options: ProofOptions = {}): readonly Proof[] {
  const groups = new Map<string, Group>();
  for (const item of evidence) {
    const key = `${item.kind} ${item.says}`;
    const like = groups.get(key) ?? (options.fold === true ? likeGroup(groups, item) : undefined);
    const group = like ?? { first: item, places: [], folded: false, count: undefined, from: undefined, to: undefined };
    if (like === undefined) groups.set(key, group);
    else if (like.first.says !== item.says) like.folded = true;
    // The same place saying the same again is the same observation: it is not counted twice.
    if (group.places.includes(item.where)) continue;
    group.places.push(item.where);
    if (item.count !== undefined) group.count = (group.count ?? 0) + item.count;
    group.from = earliest(group.from, item.first);
    group.to = latest(group.to, item.last ?? item.first);
  }
  let above = "";
  return [...groups.values()].map((group) => {
    const proof = proofOfGroup(group, options);
    const repeated = proof.where === above && !proof.below;
    above = proof.where;
    return repeated ? { ...proof, where: "" } : proof;
  });
}

/** The group of log lines that an item belongs to although its text is not the same to the letter. */
function likeGroup(groups: ReadonlyMap<string, Group>, item: Evidence): Group | undefined {
  if (item.kind !== "log") return undefined;
  return [...groups.values()].find(({ first }) => first.kind === "log" && differsInOneWord(first.says, item.says));
}

function differsInOneWord(a: string, b: string): boolean {
  const [left, right] = [a.split(/\s+/), b.split(/\s+/)];
  if (left.length !== right.length || left.length < 4) return false;
  return left.filter((word, index) => word !== right[index]).length <= 1;
}

function proofOfGroup(group: Group, options: ProofOptions): Proof {
  const { kind, says } = group.first;
  const most = options.places ?? 6;
  // Of the ways that lead to one import, one is enough to follow.
  const alike = group.folded || (options.fold === true && group.places.some((place) => place.includes("→")));
  const places = phraseOf(group.places.map(visible), alike ? 1 : most);
  switch (kind) {
    case "smoke": {
      const tools = phraseOf(
        group.places.map((place) => visible(place.replace(/^smoke[:,]? +/, ""))),
        most,
      );
      const [line = "", ...more] = visibleLines(says);
      return { where: "smoke", says: [`${tools}: ${line}`, ...more], below: false };
    }
    case "log":
      return { where: [places, ...timesOf(group, options)].join(", "), says: visibleLines(says), below: true };
    case "configuration":
    case "stack":
    case "package":
    case "parameter":
    case "role":
    case "database":
    case "project":
      return { where: [places, ...momentOf(group, options)].join(", "), says: visibleLines(says), below: false };
  }
}

/** How often and when; nothing that the place already says. */
function timesOf({ first, places, count, from, to }: Group, { now, deployedAt }: ProofOptions): readonly string[] {
  const told = places.some((place) => /\b(\d+ times|once)\b/.test(place));
  const when = from === undefined ? "" : ` ${period(from, to, now)}`;
  const parts: string[] = [];
  if (!told && count !== undefined) parts.push(`${count === 1 ? "once" : `${count} times`}${when}`);
  else if (!told && when !== "") parts.push(when.trim());
  const distance = first.first === undefined || from === undefined ? undefined : sinceDeploy(from, deployedAt);
  if (distance !== undefined) parts.push(count === 1 ? distance : `first ${distance}`);
  return parts;
}

/** When a thing that is no log was seen, where that is known: a stack's event, for example. */
function momentOf({ from, to }: Group, { now }: ProofOptions): readonly string[] {
  return from === undefined ? [] : [period(from, to, now)];
}

function period(from: string, to: string | undefined, now: number | undefined): string {
  const start = clock(from, now);
  const end = to === undefined ? start : clock(to, now);
  if (start === end) return `at ${start}`;
  const [day] = start.split(" ");
  return `${start}–${end.includes(" ") && end.startsWith(`${day} `) ? end.slice(end.indexOf(" ") + 1) : end}`;
}

function earliest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(b) < Date.parse(a) ? b : a;
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(b) > Date.parse(a) ? b : a;
}
