"""Connections to Postgres through psycopg 3, which takes the URL as it is."""

import os

import psycopg


def get_conn():
    """A new connection for a with block."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise RuntimeError("DATABASE_URL is not configured")
    return psycopg.connect(url, autocommit=True, connect_timeout=5)
