"""Connects with Python drivers as applications do and says what came of it.

Standard input: one JSON object a line, {"id", "driver", "usage", "url"}. Standard output: one JSON object a line,
{"id", "ok", "encrypted"} or {"id", "ok": false, "type", "message"}. First line: {"versions": {...}}.
"""

import asyncio
import contextlib
import json
import signal
import ssl
import sys
import warnings
from importlib import metadata
from urllib.parse import parse_qsl, unquote, urlsplit

warnings.simplefilter("ignore")
LIMIT_SECONDS = 8
ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"


class TookTooLong(BaseException):
    """No subclass of Exception, so that no driver swallows it."""


def out_of_time(_signal, _frame):
    raise TookTooLong


def parts(url, database):
    """Keyword arguments as hand-written code takes them from a URL, and the query's own."""
    split = urlsplit(url)
    given = {
        "user": unquote(split.username or ""),
        "password": unquote(split.password or ""),
        "host": split.hostname,
        "port": split.port,
        database: split.path.lstrip("/"),
    }
    return given, dict(parse_qsl(split.query))


def fetch(connection, sql):
    cursor = connection.cursor()
    cursor.execute(sql)
    row = cursor.fetchone()
    cursor.close()
    return row[0] if row else None


def by_cursor(connection, sql):
    try:
        return fetch(connection, sql)
    finally:
        with contextlib.suppress(Exception):
            connection.close()


def psycopg2_(usage, url, sql):
    import psycopg2

    if usage == "dsn":
        return by_cursor(psycopg2.connect(url), sql)
    given, query = parts(url, "dbname")
    return by_cursor(psycopg2.connect(**given, **query), sql)


def psycopg_(usage, url, sql):
    import psycopg

    if usage == "dsn":
        return by_cursor(psycopg.connect(url), sql)
    given, query = parts(url, "dbname")
    return by_cursor(psycopg.connect(**given, **query), sql)


def pg8000_(usage, url, sql):
    import pg8000.dbapi

    if usage == "dsn":
        return by_cursor(pg8000.dbapi.connect(url), sql)
    given, query = parts(url, "database")
    if usage == "kwargs-forwarded":
        return by_cursor(pg8000.dbapi.connect(**given, **query), sql)
    contexts = {"hand-parsed": None, "ssl-true": True, "ssl-default-context": ssl.create_default_context()}
    return by_cursor(pg8000.dbapi.connect(**given, ssl_context=contexts[usage]), sql)


def asyncpg_(usage, url, sql):
    import asyncpg

    async def main():
        if usage == "dsn":
            connection = await asyncpg.connect(url)
        else:
            given, query = parts(url, "database")
            connection = await asyncpg.connect(**given, **query)
        try:
            return await connection.fetchval(sql)
        finally:
            connection.terminate()

    return asyncio.run(main())


def sqlalchemy_(dialect):
    def connect(_usage, url, sql):
        import sqlalchemy
        from sqlalchemy import text
        from sqlalchemy.pool import NullPool

        engine = sqlalchemy.create_engine(url.replace("postgresql://", dialect + "://", 1), poolclass=NullPool)
        with engine.connect() as connection:
            return connection.execute(text(sql)).scalar()

    return connect


def sqlalchemy_asyncpg(_usage, url, sql):
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    async def main():
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
        async with engine.connect() as connection:
            return (await connection.execute(text(sql))).scalar()

    return asyncio.run(main())


DRIVERS = {
    "psycopg2": psycopg2_,
    "psycopg": psycopg_,
    "pg8000": pg8000_,
    "asyncpg": asyncpg_,
    "sqlalchemy+psycopg2": sqlalchemy_("postgresql+psycopg2"),
    "sqlalchemy+psycopg": sqlalchemy_("postgresql+psycopg"),
    "sqlalchemy+pg8000": sqlalchemy_("postgresql+pg8000"),
    "sqlalchemy+asyncpg": sqlalchemy_asyncpg,
    "sqlalchemy": sqlalchemy_("postgresql"),
}


def root_of(error):
    """SQLAlchemy wraps the driver's error; the driver's own is the one that other code sees as well."""
    return getattr(error, "orig", None) or error


def attempt(job):
    signal.alarm(LIMIT_SECONDS)
    try:
        value = DRIVERS[job["driver"]](job["usage"], job["url"], job.get("sql") or ENCRYPTED)
        return {"ok": True, "encrypted": value is True}
    except TookTooLong:
        return {"ok": False, "type": "TookTooLong", "message": f"no end within {LIMIT_SECONDS} s"}
    except BaseException as error:
        inner = root_of(error)
        return {"ok": False, "type": type(inner).__name__, "message": str(inner)}
    finally:
        signal.alarm(0)


def main():
    signal.signal(signal.SIGALRM, out_of_time)
    versions = {"python": "%d.%d" % sys.version_info[:2]}
    for name in ("psycopg2-binary", "psycopg", "pg8000", "asyncpg", "SQLAlchemy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps({"id": job["id"], **attempt(job)}), flush=True)


main()
