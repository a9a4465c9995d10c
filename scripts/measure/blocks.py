"""Measures what `with` does to connections and cursors of each driver. Argument: the URL. Output: one JSON list.

A row is inserted inside the block without a commit; afterwards another connection looks for it.
"""

import json
import sys
import warnings
from importlib import metadata
from urllib.parse import unquote, urlsplit

warnings.simplefilter("ignore")
URL = sys.argv[1]
split = urlsplit(URL)
GIVEN = {"user": split.username, "password": unquote(split.password), "host": split.hostname, "port": split.port}
DATABASE = split.path.lstrip("/")


def psycopg2_():
    import psycopg2

    return psycopg2.connect(URL)


def psycopg_():
    import psycopg

    return psycopg.connect(URL)


def pg8000_dbapi():
    import pg8000.dbapi

    return pg8000.dbapi.connect(database=DATABASE, **GIVEN)


def pg8000_legacy():
    import pg8000

    return pg8000.connect(database=DATABASE, **GIVEN)


def sqlalchemy_():
    from sqlalchemy import create_engine

    import pg8000.dbapi  # noqa: F401  the engine's driver

    return create_engine(URL.replace("postgresql://", "postgresql+pg8000://", 1)).connect()


def run(connection, sql):
    if type(connection).__module__.startswith("sqlalchemy"):
        from sqlalchemy import text

        return connection.execute(text(sql))
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor


def outcome(action):
    try:
        action()
        return None
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def count(connect):
    connection = connect()
    row = run(connection, "select count(*) from blocks").fetchone()
    connection.close()
    return row[0]


def measure(name, package, connect):
    result = {"driver": name, "version": metadata.version(package)}
    before = count(connect)
    connection = connect()

    def block():
        with connection as inside:
            run(inside, "insert into blocks values (1)")

    error = outcome(block)
    result["connection"] = {"error": error} if error else {"closes": outcome(lambda: run(connection, "select 1")) is not None}
    outcome(connection.close)
    if error is None:
        result["connection"]["commits"] = count(connect) > before
    connection = connect()
    if hasattr(connection, "cursor"):

        def cursor_block():
            with connection.cursor() as cursor:
                cursor.execute("select 1")

        result["cursor"] = {"error": outcome(cursor_block)}
    outcome(connection.close)
    return result


DRIVERS = [
    ("psycopg2", "psycopg2-binary", psycopg2_),
    ("psycopg", "psycopg", psycopg_),
    ("pg8000.dbapi", "pg8000", pg8000_dbapi),
    ("pg8000", "pg8000", pg8000_legacy),
    ("sqlalchemy", "SQLAlchemy", sqlalchemy_),
]
found = []
for name, package, connect in DRIVERS:
    try:
        found.append(measure(name, package, connect))
    except (ImportError, metadata.PackageNotFoundError):
        continue
print(json.dumps(found))
