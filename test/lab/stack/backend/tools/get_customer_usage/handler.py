"""How much a customer uses the product."""

from _shared.db import fetch_one
from _shared.tool import required, serve

SQL = """
select trend, avg_daily_users, sparkline from usage_summaries
where owner_user_id in (%s, 'public') and company_external_id = %s
order by (owner_user_id = 'public') limit 1
"""


def usage(payload):
    owner, company = required(payload, "ownerUserId", "customerId")
    row = fetch_one(SQL, (owner, company))
    if row is None:
        return {"trend": "unknown", "avgDailyUsers": 0, "sparkline": [], "missingData": True}
    trend, users, sparkline = row
    return {"trend": trend, "avgDailyUsers": users, "sparkline": list(sparkline)}


def handler(event, context):
    return serve("get_customer_usage", event, usage)
