"""Checks signatures with the standard library as a Python function would: a JSON list of cases on standard input."""

import base64
import hashlib
import hmac
import json
import sys


def digest(case):
    key = case["key"]
    raw = {"utf8": key.encode, "hex": lambda: bytes.fromhex(key), "base64": lambda: base64.b64decode(key)}[case["keyEncoding"]]()
    return hmac.new(raw, case["message"].encode(), getattr(hashlib, case["algorithm"])).digest()


def encoded(case):
    value = digest(case)
    if case["encoding"] == "hex":
        return value.hex()
    if case["encoding"] == "base64":
        return base64.b64encode(value).decode()
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


json.dump([encoded(case) for case in json.load(sys.stdin)], sys.stdout)
