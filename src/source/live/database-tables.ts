import { escapeLiteral } from "pg";
import type { databaseProbe } from "../../facts/requests/database.ts";
import type { BodyOf } from "../../facts/requests/index.ts";
import type { ReadOnlySession } from "./database-session.ts";

type Table = BodyOf<typeof databaseProbe>["tables"][number];

/** Rows of a table are counted up to here: the question is whether there are any, not how many. */
const maxRows = 10_000;
/** The owner of the rows that everybody may ask for. */
const publicOwner = "public";
/** So many places of a table that is not where it is looked for are told. */
const maxElsewhere = 4;

const literal = (text: string): string => escapeLiteral(text);
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A name as SQL reads it: parts that are no plain identifiers are quoted. */
function sqlName(table: string): string {
  return table
    .split(".")
    .map((part) => (/^[A-Za-z_][\w$]*$/.test(part) || /^".*"$/.test(part) ? part : quoted(part)))
    .join(".");
}

/** Whose rows are counted. */
export interface Asked {
  readonly owner: string | undefined;
  readonly customer: string | undefined;
}

/** How the column is called that tells whose customer a row is about; the first that a table has. */
const customerColumns = ["company_external_id", "customer_external_id", "customer_id", "company_id", "account_id"];

interface Found {
  readonly name: string;
  readonly readable: boolean;
  readonly owned: boolean;
  /** The column of the customer. */
  readonly customer: string | null;
}

const customers = `array[${customerColumns.map((column) => literal(column)).join(", ")}]::text[]`;

function lookup(name: string): string {
  const strict = name.split(".").map(quoted).join(".");
  return `
    select c.oid::regclass::text as name,
           has_table_privilege(c.oid, 'SELECT') as readable,
           exists (select 1 from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'owner_user_id' and not a.attisdropped) as owned,
           (select a.attname::text from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attname = any (${customers}) and not a.attisdropped
             order by array_position(${customers}, a.attname::text) limit 1) as customer
      from pg_catalog.pg_class c
     where c.oid = coalesce(to_regclass(${literal(sqlName(name))}), to_regclass(${literal(strict)}))`;
}

/** Whether a table is there, may be read, and has rows; where it is not, whether another schema has one of its name. */
export async function lookAt(session: ReadOnlySession, name: string, asked: Asked): Promise<Table> {
  try {
    const [table] = await session.rows<Found>(lookup(name));
    if (table === undefined) return { name, exists: false, readable: false, ...(await elsewhere(session, name)) };
    if (!table.readable) return { name, exists: true, readable: false };
    return { name, exists: true, readable: true, ...(await countRows(session, table, asked)) };
  } catch (error) {
    const { code } = error as { code?: unknown };
    // An error of the statement is the table's own; of the connection or the server, the whole stage's.
    if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || /^(?:08|53|57P|58|XX)/.test(code)) throw error;
    await session.restart();
    // 57014: the count took too long, which shows that the table can be read.
    return { name, exists: true, readable: code === "57014" };
  }
}

async function elsewhere(session: ReadOnlySession, name: string): Promise<{ elsewhere?: string[] }> {
  const last = (name.split(".").at(-1) ?? name).replace(/^"(.*)"$/, "$1");
  const rows = await session.rows<{ at: string }>(`
    select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as at
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where lower(c.relname) = lower(${literal(last)}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and n.nspname not in ('pg_catalog', 'information_schema')
     order by 1 limit ${maxElsewhere}`);
  return rows.length === 0 ? {} : { elsewhere: rows.map(({ at }) => at) };
}

async function countRows(
  session: ReadOnlySession,
  table: Found,
  { owner, customer }: Asked,
): Promise<Pick<Table, "rows" | "ownerRows" | "publicRows" | "customerRows">> {
  const count = (...conditions: readonly string[]): string => {
    const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
    return `(select count(*)::int from (select 1 from ${table.name}${where} limit ${maxRows}) as counted)`;
  };
  const ownedBy = (who: string): string => `owner_user_id::text = ${literal(who)}`;
  const byOwner = owner === undefined || !table.owned ? [] : [ownedBy(owner)];
  const byCustomer =
    customer === undefined || table.customer === null ? [] : [`${quoted(table.customer)}::text = ${literal(customer)}`];
  const columns = [
    `${count()} as rows`,
    ...(byOwner.length === 0 ? [] : [`${count(...byOwner)} as owned`]),
    ...(byCustomer.length === 0 ? [] : [`${count(...byOwner, ...byCustomer)} as asked`]),
  ];
  const [counted] = await session.rows<{ rows: number; owned?: number; asked?: number }>(
    `select ${columns.join(", ")}`,
  );
  const { rows = 0, owned: ownerRows, asked: customerRows } = counted ?? {};
  const found = {
    rows,
    ...(ownerRows === undefined ? {} : { ownerRows }),
    // Of an owner without rows no customer has any.
    ...(customerRows === undefined || rows === 0 || ownerRows === 0 ? {} : { customerRows }),
  };
  if (rows === 0 || ownerRows !== 0 || owner === publicOwner) return found;
  const [shared] = await session.rows<{ owned: number }>(`select ${count(ownedBy(publicOwner))} as owned`);
  return { ...found, publicRows: shared?.owned ?? 0 };
}
