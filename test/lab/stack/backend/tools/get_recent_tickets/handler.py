"""What a customer lately asked the support desk."""

from _shared.db import fetch_one
from _shared.tool import required, serve

SQL = """
select open_tickets, recent_tickets from ticket_summaries
where owner_user_id in (%s, 'public') and company_external_id = %s
order by (owner_user_id = 'public') limit 1
"""


def tickets(payload):
    owner, company = required(payload, "ownerUserId", "customerId")
    row = fetch_one(SQL, (owner, company))
    if row is None:
        return {"openTickets": 0, "recentTickets": [], "missingData": True}
    return {"openTickets": row[0], "recentTickets": row[1]}


def handler(event, context):
    return serve("get_recent_tickets", event, tickets)
