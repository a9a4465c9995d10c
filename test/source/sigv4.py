"""Recomputes the Signature Version 4 of requests as they arrived, from AWS's description of it and no SDK.

Reads a JSON list of {method, target, headers, body, secret} from standard input, headers in lower case; prints for each
what its Authorization names, and whether the signature is the one that the secret makes.
"""
import hashlib
import hmac
import json
import re
import sys
from urllib.parse import quote, unquote


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_query(query):
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    encoded = [(quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")) for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def check(request):
    path, _, query = request["target"].partition("?")
    headers = request["headers"]
    pattern = r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=(\S+), Signature=(\w+)"
    key_id, day, region, service, signed, given = re.fullmatch(pattern, headers["authorization"]).groups()
    names = signed.split(";")
    canonical = "\n".join(
        [
            request["method"],
            # Every service but S3 encodes the path as it is sent once more.
            quote(path, safe="/-_.~"),
            canonical_query(query),
            *(f"{name}:{' '.join(headers[name].split())}" for name in names),
            "",
            signed,
            digest(request["body"]),
        ]
    )
    stamp = headers["x-amz-date"]
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, f"{day}/{region}/{service}/aws4_request", digest(canonical)])
    key = mac(mac(mac(mac(b"AWS4" + request["secret"].encode(), day), region), service), "aws4_request")
    good = hmac.compare_digest(mac(key, to_sign).hex(), given)
    return {"keyId": key_id, "region": region, "service": service, "signed": names, "stamp": stamp, "good": good}


print(json.dumps([check(request) for request in json.load(sys.stdin)]))
