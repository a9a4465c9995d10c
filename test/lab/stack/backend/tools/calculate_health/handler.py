"""A score of how well a customer does, from usage and open tickets."""

from _shared.db import fetch_one
from _shared.tool import required, serve

SQL = """
select u.trend, t.open_tickets from usage_summaries u
join ticket_summaries t using (owner_user_id, company_external_id)
where owner_user_id in (%s, 'public') and company_external_id = %s
order by (owner_user_id = 'public') limit 1
"""


def health(payload):
    owner, company = required(payload, "ownerUserId", "customerId")
    row = fetch_one(SQL, (owner, company))
    if row is None:
        return {"score": 50, "riskLevel": "unknown", "signals": [], "missingData": True}
    trend, open_tickets = row
    score = max(0, min(100, (80 if trend == "up" else 45) - 5 * open_tickets))
    level = "low" if score >= 60 else "medium" if score >= 40 else "high"
    return {"score": score, "riskLevel": level, "signals": [f"usage:{trend}", f"tickets:{open_tickets}"]}


def handler(event, context):
    return serve("calculate_health", event, health)
