"""The outline of a quarterly review; needs no database."""

from _shared.tool import required, serve


def outline(payload):
    (company,) = required(payload, "customerId")
    return {"sections": [f"{company}: the quarter", "Adoption", "Support", "Renewal", "Next quarter"]}


def handler(event, context):
    return serve("generate_qbr_outline", event, outline)
