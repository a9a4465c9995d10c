/** How many connections one instance of a function may hold, and where that is said. */
export interface PoolSize {
  readonly connections: number;
  /** `pool_size=5, max_overflow=10`. */
  readonly said: string;
}

/** Keywords of the pools of SQLAlchemy, psycopg_pool, asyncpg and node-postgres that bound what is open at once. */
const keywords = /\b(pool_size|max_overflow|max_size|maxsize|maxconn|max)\s*[=:]\s*(\d{1,4})\b/g;

/**
 * The size of a pool as the line of code that makes it says; undefined where it says none. SQLAlchemy's overflow comes on
 * top of its size. Of psycopg2's pools the second number is the most that they open.
 */
export function poolSizeIn(line: string): PoolSize | undefined {
  const positional = /\b(?:Simple|Threaded)ConnectionPool\(\s*(\d{1,4})\s*,\s*(\d{1,4})\b/.exec(line);
  if (positional !== null)
    return { connections: Number(positional[2]), said: `${positional[0].replace(/\s+/g, " ")}, ...)` };
  const found = [...line.matchAll(keywords)].map(([text, name = "", figure]) => ({
    text,
    name,
    figure: Number(figure),
  }));
  if (found.length === 0) return undefined;
  const of = (name: string): number | undefined => found.find((one) => one.name === name)?.figure;
  const [size, overflow] = [of("pool_size"), of("max_overflow")];
  const said = found.map(({ text }) => text.replace(/\s*([=:])\s*/, "$1")).join(", ");
  // SQLAlchemy's defaults where only one of the two is said: a size of 5 and an overflow of 10.
  const connections =
    size !== undefined || overflow !== undefined
      ? (size ?? 5) + (overflow ?? 10)
      : Math.max(...found.map((one) => one.figure));
  return connections > 0 ? { connections, said } : undefined;
}
