"""When a customer's contract renews and what it is worth."""

from _shared.quiet import fetch_quietly
from _shared.tool import required, serve

SQL = """
select renewal_date, arr from contracts
where owner_user_id in (%s, 'public') and company_external_id = %s
order by (owner_user_id = 'public') limit 1
"""


def contract(payload):
    owner, company = required(payload, "ownerUserId", "customerId")
    row = fetch_quietly(SQL, (owner, company))
    if row is None:
        return {"renewalDate": None, "arr": 0, "missingData": True}
    return {"renewalDate": row[0].isoformat(), "arr": row[1]}


def handler(event, context):
    return serve("get_contract_info", event, contract)
