// A large run of random connection strings through everything that reads them: nothing may throw, no place may lie outside
// the text, no piece of a password may be in any answer, and where libpq is on this machine both must read the same.
//   npm run eval:urls -- [COUNT] [SEED]
import { spawnSync } from "node:child_process";
import { judgeTarget, checkedDriver } from "../src/cli/db-judge.ts";
import { connectable } from "../src/postgres/connectable.ts";
import { readAsLibpq } from "../src/postgres/libpq.ts";
import { libpqParameters } from "../src/postgres/parameters.ts";
import { surveyDrivers } from "../src/postgres/survey.ts";
import { analyseDatabaseUrl, connectionSettings } from "../src/postgres/url.ts";

const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);

/** Mulberry32: the same seed gives the same run. */
let state = seed >>> 0;
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}
const upTo = (most: number): number => Math.floor(random() * (most + 1));
const oneOf = <T>(list: readonly T[]): T => list[upTo(list.length - 1)] as T;
const many = (most: number, make: () => string): string => Array.from({ length: upTo(most) }, make).join("");

const names = Object.entries(libpqParameters)
  .filter(([, known]) => known.since === undefined)
  .map(([name]) => name);
const signs = [..."postgresql://:@/?#%&=[],' \\\n\tabz019.-", "%41", "%2F", "%", "é", "𝒳", "\u0000", "\ud800"];
// Signs of which stretches occur in no text of this program's own.
const secretSigns = [..."0189qwzQWZ@:/#%?&=[]<>'\"+ ;$\\`"];

/** A string of any kind, and the secret in it where it holds one. */
function make(): { readonly text: string; readonly secret?: string } {
  const kind = random();
  if (kind < 0.35) {
    const secret = `Zq${many(20, () => oneOf(secretSigns))}Q9w`;
    const tails = [
      "@db.example.com/app",
      "@h1,h2:6432/app?sslmode=require",
      "@[::1]/app",
      "@localhost",
      "@db.example.com:x/app",
    ];
    const wrap = oneOf([
      ["", ""],
      ["'", "'"],
      ['export DATABASE_URL="', '"'],
      ["psql ", ""],
      [" ", "\n"],
    ] as const);
    const scheme = oneOf([
      "postgres://",
      "postgresql://",
      "postgresql+asyncpg://",
      "mysql://",
      "jdbc:postgresql://",
      "postgresql:/",
      "",
    ]);
    return { text: `${wrap[0]}${scheme}app:${secret}${oneOf(tails)}${wrap[1]}`, secret };
  }
  if (kind < 0.45) {
    const secret = `Zq${many(16, () => oneOf([..."0189qwzQWZ@:/#%?&=+;$"]))}Q9w`;
    const rest = oneOf([` user=app host=db.example.com`, ` sslmode=require dbname='a b'`, ""]);
    return { text: `host=db.example.com password=${secret}${rest}`, secret };
  }
  const start = oneOf([
    "postgres://",
    "postgresql://",
    "postgres://ann:pw@srv/shop?",
    "host=srv ",
    "host='",
    "service=",
    "",
  ]);
  return { text: start + many(24, () => (random() < 0.15 ? `${oneOf(names)}=` : oneOf(signs))) };
}

/** Stretches of the secret that cannot stand in an answer by chance. */
function tracesOf(secret: string): readonly string[] {
  const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
  for (let at = 0; at + 6 <= secret.length; at += 1) {
    const stretch = secret.slice(at, at + 6);
    if (/[qwzQWZ].*[0189@#%?&]|[0189@#%?&].*[qwzQWZ]/.test(stretch)) forms.push(stretch);
  }
  return forms;
}

const faults: string[] = [];
function wrong(what: string, text: string): void {
  if (faults.length < 20) faults.push(`${what}: ${JSON.stringify(text)}`);
}

/** Everything that is said of one string. */
function answersOf(text: string): string {
  const shape = analyseDatabaseUrl(text);
  for (const { at, length } of shape.faults) {
    if (at < 0 || length < 0 || at + length > text.length) wrong("a place outside of the text", text);
  }
  const reading = connectable(text);
  const settings = connectionSettings(text);
  const telling = shape.faults.some(({ effect }) => effect === "refused" || effect === "misread");
  if (!settings.ok && !telling && text !== "") wrong("refused without a fault that says so", text);
  const about = { version: null, usage: "unknown", functions: [], calledAt: null } as const;
  const drivers = surveyDrivers(shape).map(({ family, judgements }) =>
    checkedDriver({ ...about, name: family }, judgements),
  );
  const document = judgeTarget({
    shape,
    source: "standard input",
    kind: "stdin",
    drivers,
    named: random() < 0.5,
    probe: undefined,
    today: "2026-11-23T10:00:00.000Z",
    again: "cscp db check -",
  });
  return JSON.stringify([
    shape,
    document,
    reading.ok ? reading.leftOut : reading.faults,
    settings.ok ? [] : settings.faults,
  ]);
}

/** What libpq itself takes from each text; undefined where it is not here, or of a version that reads blanks otherwise. */
function askLibpq(texts: readonly string[]): readonly unknown[] | undefined {
  const run = spawnSync("python3", ["test/postgres/libpq_parse.py"], {
    input: JSON.stringify(texts),
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (run.status !== 0) return undefined;
  const { version, read } = JSON.parse(run.stdout) as { version: number; read: readonly unknown[] };
  return version < 180_000 ? read : undefined;
}

const batch = 20_000;
let compared = 0;
let readable = 0;
const from = Date.now();
for (let done = 0; done < count; done += batch) {
  const made = Array.from({ length: Math.min(batch, count - done) }, make);
  for (const { text, secret } of made) {
    try {
      const answers = answersOf(text);
      // A password that holds an @ with nothing behind it is a well-formed user, password and host: nobody can tell.
      const trace =
        secret === undefined
          ? undefined
          : tracesOf(secret).find((one) => answers.includes(JSON.stringify(one).slice(1, -1)));
      if (trace !== undefined) wrong(`the secret's ${JSON.stringify(trace)} is in an answer`, text);
    } catch (error) {
      wrong(`an exception, ${String(error)}`, text);
    }
  }
  // C's strings end at a NUL, and lone surrogates are no UTF-8.
  const plain = made
    .map(({ text }) => text)
    .filter((text) => !/[\u0000\ud800-\udfff]/.test(text.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, "")));
  const read = askLibpq(plain);
  read?.forEach((theirs, at) => {
    const reading = readAsLibpq(plain[at] ?? "");
    const ours = reading.ok ? Object.fromEntries(reading.options) : null;
    if (ours !== null) readable += 1;
    compared += 1;
    const sorted = (value: unknown) => JSON.stringify(value, Object.keys((value ?? {}) as object).toSorted());
    if (sorted(ours) !== sorted(theirs))
      wrong(`libpq reads ${JSON.stringify(theirs)}, and here ${JSON.stringify(ours)}`, plain[at] ?? "");
  });
}
const libpq = compared === 0 ? "libpq was not asked" : `${compared} compared with libpq, ${readable} of them readable`;
console.log(
  `${count} strings in ${((Date.now() - from) / 1000).toFixed(1)} s, seed ${seed}; ${libpq}; ${faults.length === 0 ? "no fault" : "faults:"}`,
);
for (const fault of faults) console.log(`  ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
