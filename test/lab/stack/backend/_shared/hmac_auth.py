"""Checks the signature of a caller: hex HMAC-SHA256 of "timestamp.client.body"."""

import hashlib
import hmac
import json
import os
import time

MAX_SKEW_MS = 5 * 60 * 1000
_cached_secret = None


def _secret():
    global _cached_secret
    if _cached_secret:
        return _cached_secret
    secret = os.environ.get("HMAC_SECRET", "")
    if not secret:
        import boto3

        name = os.environ["HMAC_PARAM_NAME"]
        secret = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    _cached_secret = secret
    return secret


def _header(event, wanted):
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == wanted:
            return value
    return None


def verify(event):
    """Raises ValueError, its text starting with UNAUTHORIZED, unless the request is signed and recent."""
    stamp, client, given = (_header(event, name) for name in ("x-timestamp", "x-client", "x-signature"))
    if not stamp or not client or not given:
        raise ValueError("UNAUTHORIZED: missing signature headers")
    if not stamp.isdigit() or abs(time.time() * 1000 - int(stamp)) > MAX_SKEW_MS:
        raise ValueError("UNAUTHORIZED: timestamp outside the window")
    body = event.get("body") or ""
    candidates = [body]
    try:
        candidates.append(json.dumps(json.loads(body), separators=(",", ":")))
    except ValueError:
        pass
    key = _secret().encode()
    for text in candidates:
        expected = hmac.new(key, f"{stamp}.{client}.{text}".encode(), hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected, given.lower()):
            return
    raise ValueError("UNAUTHORIZED: signature mismatch")
