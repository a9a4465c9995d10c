"""A function that fails as it is asked to: event["driver"] and event["failure"] name how. Nothing in it catches anything."""

import asyncio
import datetime
import decimal
import ssl
from urllib.parse import quote

TLS = {"require", "verify"}


def url_of(event, scheme="postgresql", query=""):
    user, password = quote(event["user"]), quote(event["password"])
    return f"{scheme}://{user}:{password}@{event['host']}:{event['port']}/{event['database']}{query}"


def context_of(event):
    if event["tls"] == "verify":
        return ssl.create_default_context()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def query_of(event):
    words = []
    if event["tls"] == "plain":
        words.append("sslmode=disable")
    elif event["tls"] == "require":
        words.append("sslmode=require")
    elif event["tls"] == "verify":
        words += ["sslmode=verify-full", f"sslrootcert={event['ca']}"]
    if event.get("parameter"):
        words.append(event["parameter"])
    return "?" + "&".join(words) if words else ""


def connect_psycopg2(event):
    import psycopg2

    return psycopg2.connect(event.get("url") or url_of(event, query=query_of(event)), connect_timeout=3)


def connect_psycopg(event):
    import psycopg

    return psycopg.connect(event.get("url") or url_of(event, query=query_of(event)), connect_timeout=3)


def connect_pg8000(event):
    import pg8000.dbapi

    given = {name: event[name] for name in ("user", "password", "host", "port", "database")}
    if event["tls"] in TLS:
        given["ssl_context"] = context_of(event)
    if event.get("parameter"):
        name, value = event["parameter"].split("=")
        given[name] = value
    return pg8000.dbapi.connect(timeout=3, **given)


def connect_sqlalchemy(event):
    from sqlalchemy import create_engine

    driver = event.get("through", "psycopg2")
    url = url_of(event, f"postgresql+{driver}", query_of(event) if driver != "pg8000" else "")
    if event.get("parameter") and driver == "pg8000":
        url += "?" + event["parameter"]
    return create_engine(event.get("url") or url).connect()


async def pooled_asyncpg(event):
    """Two clients of a pooler in transaction mode, whose statements are prepared in sessions that they share."""
    first = await connect_asyncpg(event)
    await first.fetch("select $1::int", 1)
    second = await connect_asyncpg(event)
    # The session in which the first has prepared its statement is taken: it is given another one.
    async with second.transaction():
        return str(await first.fetch("select $1::int", 1))


def pooled_psycopg(event):
    first = connect_psycopg(event)
    first.autocommit = True
    first.execute("select 1", prepare=True)
    second = connect_psycopg(event)
    if event["failure"] == "pooled-twice":
        return str(second.execute("select 1", prepare=True).fetchone())
    second.execute("begin")
    return str(first.execute("select 1", prepare=True).fetchone())


async def connect_asyncpg(event):
    import asyncpg

    return await asyncpg.connect(event.get("url") or url_of(event, query=query_of(event)), timeout=3)


CONNECT = {
    "psycopg2": connect_psycopg2,
    "psycopg": connect_psycopg,
    "pg8000": connect_pg8000,
    "sqlalchemy": connect_sqlalchemy,
}


def execute(connection, sql):
    if type(connection).__module__.startswith("sqlalchemy"):
        from sqlalchemy import text

        return connection.execute(text(sql))
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor


def over_asyncpg(event):
    async def run():
        connection = await connect_asyncpg(event)
        if event["failure"] == "context-manager":
            with connection.transaction():
                return await connection.fetch("select 1")
        if event["failure"] == "no-row":
            return (await connection.fetchrow("select 1 where false"))["a"]
        for sql in event["sql"]:
            rows = await connection.execute(sql) if sql.startswith(("set", "select pg_terminate")) else await connection.fetch(sql)
        return str(rows)

    if event["failure"] == "other-loop":
        connection = asyncio.run(connect_asyncpg(event))
        return asyncio.run(connection.fetch("select 1"))
    return asyncio.run(run())


def unserialisable(event):
    async def later():
        return 1

    values = {
        "Decimal": decimal.Decimal("1.5"),
        "date": datetime.date(2026, 3, 2),
        "bytes": b"abc",
        "set": {1, 2},
        "coroutine": later,
    }
    value = values[event["value"]]
    return {"value": value() if callable(value) else value}


def handler(event, context):
    failure, driver = event["failure"], event["driver"]
    if failure == "unserialisable":
        return unserialisable(event)
    if failure.startswith("pooled-"):
        return asyncio.run(pooled_asyncpg(event)) if driver == "asyncpg" else pooled_psycopg(event)
    if driver == "asyncpg":
        return over_asyncpg(event)
    connection = CONNECT[driver](event)
    if failure == "context-manager":
        if driver == "pg8000":
            with connection.cursor() as cursor:
                cursor.execute("select 1")
                return cursor.fetchone()
        if driver == "sqlalchemy":
            return connection.engine.execute("select 1")
        cursor = connection.cursor()
        return asyncio.run(awaited(cursor))
    if failure == "no-row":
        return execute(connection, "select 1 where false").fetchone()[0]
    for sql in event["sql"]:
        execute(connection, sql)
    return "ok"


async def awaited(cursor):
    async with cursor:
        return await cursor.execute("select 1")
