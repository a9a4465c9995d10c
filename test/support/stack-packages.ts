// What the functions of the invented stack and their layer consist of.
import { makeZip } from "../packages/support/zip.ts";

const connection = `_connection = None


def connection():
    global _connection
    if _connection is None:
        url = urlparse(os.environ["DATABASE_URL"])
        _connection = pg8000.dbapi.connect(host=url.hostname, user=url.username, database=url.path[1:])
    return _connection
`;

const usage = (index: number): string => `def usage(customer, days):
    cursor = connection().cursor()
    cursor.execute("SELECT day, amount FROM usage_${index} WHERE customer = %s LIMIT %s", (customer, days))
    rows = cursor.fetchall()
    return {"score": len(rows), "trend": [amount for _, amount in rows]}
`;

const withoutDatabase = `def usage(customer, days):
    return {"score": days, "trend": []}
`;

/** A function's own code, as a tool of such a stack has it: one file, which reads a table and answers. */
export const packageOf = (index: number, database: boolean): Buffer =>
  makeZip([
    {
      name: "app.py",
      data: `import base64
import hashlib
import hmac
import json
import logging
import os
from urllib.parse import urlparse

${database ? "import pg8000.dbapi\n" : ""}from common.answer import answered, refused

TOOL = ${index}
log = logging.getLogger(__name__)
${database ? connection : ""}

def signed(event):
    key = os.environ["HMAC_SECRET"].encode()
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    stamp = event["headers"].get("X-Timestamp", "")
    wanted = hmac.new(key, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, event["headers"].get("X-Signature", ""))


${database ? usage(index) : withoutDatabase}

def handler(event, context):
    if not signed(event):
        return refused(401, "the signature is wrong")
    asked = json.loads(event.get("body") or "{}")
    try:
        return answered(usage(asked.get("customerId"), asked.get("days", 30)))
    except Exception as error:
        log.exception("tool failed")
        return refused(500, str(error))
`,
      mode: 0o100644,
    },
    { name: "requirements.txt", data: "pg8000==1.30.5\n", mode: 0o100644 },
  ]);

/** Bytes that do not compress: what a layer carries besides the modules that are imported. */
function ballast(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 2463534242;
  for (let at = 0; at + 4 <= length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
}

/** The layer of the stack: a driver as far as it is imported, what the functions share, and 1.5 MB besides. */
export const layerContent = (): Buffer =>
  makeZip([
    { name: "python/pg8000/__init__.py", data: '__version__ = "1.30.5"\n', mode: 0o100644 },
    {
      name: "python/pg8000/dbapi.py",
      data: "import socket\nimport ssl\n\nfrom pg8000.native import Connection\n\n\ndef connect(**given):\n    return Connection(given)\n",
      mode: 0o100644,
    },
    {
      name: "python/pg8000/native.py",
      data: "import struct\n\n\nclass Connection:\n    def __init__(self, given):\n        self.given = given\n",
      mode: 0o100644,
    },
    { name: "python/pg8000/data.bin", data: ballast(1_500_000), mode: 0o100644 },
    {
      name: "python/common/answer.py",
      data: 'import json\n\n\ndef answered(data):\n    return {"statusCode": 200, "body": json.dumps({"ok": True, "data": data, "error": None})}\n\n\ndef refused(status, why):\n    return {"statusCode": status, "body": json.dumps({"ok": False, "data": None, "error": why})}\n',
      mode: 0o100644,
    },
    { name: "python/common/__init__.py", data: "", mode: 0o100644 },
    {
      name: "python/pg8000-1.30.5.dist-info/METADATA",
      data: "Metadata-Version: 2.1\nName: pg8000\nVersion: 1.30.5\n\n",
      mode: 0o100644,
    },
    { name: "python/pg8000-1.30.5.dist-info/top_level.txt", data: "pg8000\n", mode: 0o100644 },
  ]);
