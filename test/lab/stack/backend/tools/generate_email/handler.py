"""A first draft of an email to a customer; needs no database."""

from _shared.tool import required, serve


def email(payload):
    (company,) = required(payload, "customerId")
    topic = payload.get("topic") or "Renewal"
    return {"subject": f"{topic}: next steps for {company}", "body": f"Hello,\n\nlet us talk about {topic}.\n"}


def handler(event, context):
    return serve("generate_email", event, email)
