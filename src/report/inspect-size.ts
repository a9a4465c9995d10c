import { sizeText } from "../core/bytes.ts";
import { hang, wrap } from "./layout.ts";
import type { Paint } from "./paint.ts";
import { visible } from "../core/visible.ts";

/** One package, folder, or the loose files of a part, with its length unpacked, in bytes. */
export interface InspectWeight {
  readonly name: string;
  readonly version?: string;
  /** The package or layer that it is in. */
  readonly in: string;
  readonly bytes: number;
}

/** What a function weighs unpacked, in bytes. */
export interface InspectSize {
  readonly unpackedBytes: number;
  /** What Lambda takes of code and layers together. */
  readonly limitBytes: number;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  /** The heaviest first. */
  readonly heaviest: readonly InspectWeight[];
  readonly duplicates: readonly {
    readonly name: string;
    readonly copies: readonly InspectWeight[];
    /** The package or layer whose files Lambda uses. */
    readonly winner: string;
  }[];
  /** What the runtime brings itself. */
  readonly provided: readonly InspectWeight[];
}

const mostNamed = 4;
/** Less than this of what the runtime brings is not worth a line: drivers need some of it. */
const worthLeavingOut = 1024 * 1024;

/** What there is to say of a function's size: one line of what it weighs, and what makes it heavier than it need be. */
export function sizeLines(size: InspectSize | null, width: number, paint: Paint): readonly string[] {
  if (size === null) return [];
  const { unpackedBytes, limitBytes, heaviest, duplicates, provided } = size;
  const share = unpackedBytes / limitBytes;
  const shown = heaviest.slice(0, mostNamed);
  const most = shown.map((weight) => {
    const alike = shown.filter((each) => named(each) === named(weight)).length > 1;
    return `${named(weight)}${alike ? ` of ${visible(weight.in)}` : ""} ${sizeText(weight.bytes)}`;
  });
  const total = `Size: ${sizeText(unpackedBytes)} of ${sizeText(limitBytes)} unpacked`;
  const line = wrapped(most.length === 0 ? `${total}.` : `${total}; most of it: ${most.join(", ")}.`, width);
  const warn = (text: string): readonly string[] => wrapped(text, width, "! ").map(paint.severity.warning);
  const twice = duplicates.slice(0, mostNamed).flatMap(({ name, copies, winner }) => {
    const where = copies.map((copy) => `${visible(copy.in)} (${versionOf(copy)}${sizeText(copy.bytes)})`);
    const mixed = new Set(copies.map(({ version }) => version)).size > 1;
    const wins = `${mixed ? "in different versions; " : ""}the files of ${visible(winner)} win`;
    return warn(`${visible(name)} is there ${timesText(copies.length)}: ${where.join(", ")}; ${wins}.`);
  });
  const more = duplicates.length - mostNamed;
  const needless = provided.reduce((sum, { bytes }) => sum + bytes, 0);
  const names = [...new Set(provided.map(({ name }) => visible(name)))].join(", ");
  return [
    ...(share > 0.9 ? line.map(paint.severity.warning) : line.map(paint.faint)),
    ...twice,
    ...(more > 0 ? [`  and ${more} more; -o json lists them.`] : []),
    ...(needless < worthLeavingOut
      ? []
      : warn(`The runtime brings ${names} itself: ${sizeText(needless)} that could be left out.`)),
  ];
}

const wrapped = (text: string, width: number, mark = "  "): readonly string[] => hang(mark, wrap(text, width - 2));

const timesText = (count: number): string => (count === 2 ? "twice" : `${count} times`);

const named = ({ name, version }: InspectWeight): string =>
  visible(version === undefined ? name : `${name} ${version}`);

const versionOf = ({ version }: InspectWeight): string => (version === undefined ? "" : `${visible(version)}, `);
