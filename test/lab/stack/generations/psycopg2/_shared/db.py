"""Connections to Postgres through psycopg2, which takes the URL as it is."""

import os

import psycopg2


def get_conn():
    """A new connection for a with block."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise RuntimeError("DATABASE_URL is not configured")
    return psycopg2.connect(url, connect_timeout=5)
