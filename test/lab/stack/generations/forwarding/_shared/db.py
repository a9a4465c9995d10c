"""Connections to Postgres through pg8000, built from the URL by hand: pg8000 takes no URL."""

import os
import ssl
from urllib.parse import parse_qsl, unquote, urlparse

import pg8000.dbapi

_cached_url = None


def database_url():
    """The URL from the environment, else from the parameter store, read once per sandbox."""
    global _cached_url
    if _cached_url:
        return _cached_url
    url = os.environ.get("DATABASE_URL", "")
    name = os.environ.get("DATABASE_URL_PARAM_NAME", "")
    if not url and name:
        import boto3

        version = os.environ.get("DATABASE_URL_PARAM_VERSION", "")
        selector = f"{name}:{version}" if version else name
        reply = boto3.client("ssm").get_parameter(Name=selector, WithDecryption=True)
        url = reply["Parameter"]["Value"].strip()
    if not url:
        raise RuntimeError("DATABASE_URL is not configured")
    _cached_url = url
    return url


def get_conn():
    """A new connection; parameters of the URL are handed to the driver by name."""
    parts = urlparse(database_url())
    options = dict(parse_qsl(parts.query))
    mode = options.pop("sslmode", "prefer")
    if mode in ("require", "verify-ca", "verify-full"):
        options["ssl_context"] = ssl.create_default_context()
    return pg8000.dbapi.connect(
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=parts.hostname,
        port=parts.port or 5432,
        database=parts.path.lstrip("/"),
        timeout=5,
        **options,
    )


def fetch_one(sql, params):
    """The first row of a query, or None."""
    conn = get_conn()
    try:
        cursor = conn.cursor()
        cursor.execute(sql, params)
        return cursor.fetchone()
    finally:
        conn.close()
