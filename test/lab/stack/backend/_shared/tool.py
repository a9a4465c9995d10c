"""What every tool's handler shares: CORS, the signature, the envelope, and the log line."""

import json
import os

from _shared.hmac_auth import verify


def _reply(status, payload):
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ.get("ALLOWED_ORIGIN", "*"),
            "Access-Control-Allow-Headers": "Content-Type,X-Timestamp,X-Client,X-Signature",
        },
        "body": json.dumps(payload),
    }


def _refusal(status, code, message):
    return _reply(status, {"ok": False, "data": None, "error": {"code": code, "message": message}})


def _log(**fields):
    print(json.dumps({"type": "TOOL_LOG", **fields}))


def _flat(body):
    """The request's customer and parameters in one place: {"customerId": ..., "params": {...}}."""
    params = body.get("params") or {}
    return {**params, "customerId": body.get("customerId")}


def required(payload, *names):
    """The named strings of the request's body; ValueError when one is missing."""
    values = []
    for name in names:
        value = payload.get(name)
        if not isinstance(value, str) or not value:
            raise ValueError(f"INVALID_INPUT: {name} is required")
        values.append(value)
    return values


def serve(tool, event, compute):
    """Answers one API Gateway event with compute(payload), wrapped in the envelope."""
    if event.get("httpMethod") == "OPTIONS":
        return _reply(200, {"ok": True, "data": None, "error": None})
    try:
        verify(event)
        try:
            payload = _flat(json.loads(event.get("body") or "{}"))
        except ValueError:
            raise ValueError("INVALID_INPUT: the body is not JSON") from None
        data = compute(payload)
        answer = _reply(200, {"ok": True, "data": data, "error": None})
        _log(tool=tool, missing=bool(data.get("missingData")))
        return answer
    except ValueError as fault:
        code, _, message = str(fault).partition(": ")
        if code == "UNAUTHORIZED":
            return _refusal(401, "UNAUTHORIZED", message)
        return _refusal(400, "INVALID_INPUT", message or str(fault))
    except Exception as fault:
        _log(tool=tool, error="EXCEPTION", ex=type(fault).__name__)
        return _refusal(500, "TOOL_FAILURE", type(fault).__name__)
