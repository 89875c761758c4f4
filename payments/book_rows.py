"""What phones see of money: who pays, the base of the price, the newest bill."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from payments.services.phone_rows import base_incomes, newest_bills, payers
from perisai import clock
from perisai.months import format_month, month_of
from sync.registry import Json, Row, adds, config


@adds("member", "payer", "bill", "base_income")
def add_money(_agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Four statements for any number of members."""
    member_ids = list(ids)
    now = clock.now()
    today = clock.official_date(now)
    paying = payers(member_ids, on=today)
    bases = base_incomes(member_ids, month=month_of(today))
    bills = newest_bills(member_ids)
    rows: dict[UUID, Row] = {}
    for member_id in member_ids:
        payer = paying.get(member_id)
        bill = bills.get(member_id)
        rows[member_id] = {
            "payer": {
                "kind": payer.kind if payer else "self",
                "until": format_month(payer.until) if payer and payer.until else None,
            },
            "base_income": bases.get(member_id),
            "bill": bill.as_row() if bill else None,
        }
    return rows


@config("bills")
def bills_section(_agent_id: UUID) -> Json:
    """How many months may be billed at once (R6)."""
    return {"periods": list(settings.BILL_PERIODS)}
