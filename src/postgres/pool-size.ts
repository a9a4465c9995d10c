/** How many connections one instance of a function may hold, and where that is said. */
export interface PoolSize {
  readonly connections: number;
  /** `pool_size=5, max_overflow=10`. */
  readonly said: string;
}

/** A call that makes a pool: its callee, the names of its keywords, and the whole numbers among its arguments. */
export interface PoolCall {
  readonly name: string;
  readonly keywords?: readonly string[] | undefined;
  /** By keyword, or by place ("0" is the first). */
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

/** How the pools of one library are bounded. */
interface Pool {
  readonly callee: RegExp;
  /** What the numbers among the arguments make of it; undefined where they bound nothing. */
  readonly bound: (numbers: Readonly<Record<string, number>>) => PoolSize | undefined;
  /** What is opened at once where nothing is said. Pools that open connections as they are needed have no such number. */
  readonly eager?: number;
}

const named =
  (...names: readonly string[]) =>
  (numbers: Readonly<Record<string, number>>): PoolSize | undefined => {
    const name = names.find((one) => numbers[one] !== undefined);
    const connections = name === undefined ? undefined : numbers[name];
    return name === undefined || connections === undefined
      ? undefined
      : { connections, said: `${name}=${connections}` };
  };

/** By each library's own documentation of its pool (SQLAlchemy 2.0, psycopg_pool 3.2, asyncpg 0.30, pg 8, postgres 3). */
const pools: readonly Pool[] = [
  {
    // Its overflow comes on top of its size; the defaults are 5 and 10 where only one of the two is said.
    callee: /create_(?:async_)?engine$/,
    bound: ({ pool_size: size, max_overflow: overflow }) => {
      if (size === undefined && overflow === undefined) return undefined;
      const said = [
        ...(size === undefined ? [] : [`pool_size=${size}`]),
        ...(overflow === undefined ? [] : [`max_overflow=${overflow}`]),
      ].join(", ");
      return { connections: (size ?? 5) + (overflow ?? 10), said };
    },
  },
  { callee: /psycopg_pool\.(?:Async)?(?:Null)?ConnectionPool$/, bound: named("max_size", "min_size"), eager: 4 },
  { callee: /^asyncpg\.create_pool$/, bound: named("max_size", "min_size"), eager: 10 },
  { callee: /^aiopg\.create_pool$/, bound: named("maxsize") },
  {
    callee: /psycopg2\.pool\.(?:Simple|Threaded)ConnectionPool$/,
    bound: (numbers) => {
      const connections = numbers["maxconn"] ?? numbers["1"];
      return connections === undefined ? undefined : { connections, said: `maxconn=${connections}` };
    },
  },
  { callee: /(?:^|\.)(?:Pool|PrismaPg|postgres)$/, bound: named("max") },
];

/** The size of a pool as the call that makes it says; undefined where it says none and opens no more than it needs. */
export function poolSizeOf({ name, keywords = [], numbers = {} }: PoolCall): PoolSize | undefined {
  const pool = pools.find(({ callee }) => callee.test(name));
  if (pool === undefined || keywords.includes("poolclass")) return undefined;
  const bound = pool.bound(numbers);
  if (bound !== undefined) return bound.connections > 0 ? bound : undefined;
  // What is not a number, or unpacked from elsewhere, may well say it.
  const isSaid = keywords.some((keyword) => /^(?:max_?size|min_size|\*\*)$/.test(keyword));
  return pool.eager === undefined || isSaid
    ? undefined
    : { connections: pool.eager, said: `${name} opens ${pool.eager} unless it is told otherwise` };
}

/** The size of a pool as a parameter of the URL says: Prisma's `connection_limit`, the `max` of postgres.js. */
export function poolSizeIn(
  parameters: readonly { readonly name: string; readonly value: string }[],
): PoolSize | undefined {
  const found = parameters.findLast(
    ({ name, value }) => /^(?:connection_limit|max)$/.test(name) && /^[1-9]\d{0,3}$/.test(value),
  );
  return found === undefined
    ? undefined
    : { connections: Number(found.value), said: `${found.name}=${found.value} in the URL` };
}
