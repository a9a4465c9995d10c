"""Queries that never fail: two attempts, then no row, so that a tool always answers."""

from _shared.db import fetch_one


def fetch_quietly(sql, params):
    for _attempt in range(2):
        try:
            return fetch_one(sql, params)
        except Exception:
            continue
    return None
