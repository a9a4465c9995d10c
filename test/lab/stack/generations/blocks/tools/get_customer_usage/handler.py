"""How much a customer uses the product."""

from _shared.db import get_conn
from _shared.tool import required, serve

SQL = """
select trend, avg_daily_users, sparkline from usage_summaries
where owner_user_id in (%s, 'public') and company_external_id = %s
order by (owner_user_id = 'public') limit 1
"""


def usage(payload):
    owner, company = required(payload, "ownerUserId", "customerId")
    with get_conn() as conn:
        with conn.cursor() as cur:
            cur.execute(SQL, (owner, company))
            row = cur.fetchone()
    if row is None:
        return {"trend": "unknown", "avgDailyUsers": 0, "sparkline": [], "missingData": True}
    trend, users, sparkline = row
    return {"trend": trend, "avgDailyUsers": users, "sparkline": list(sparkline)}


def handler(event, context):
    return serve("get_customer_usage", event, usage)
