"""What phones see of money: who pays, the base of the price, the newest bill."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from django.conf import settings

from payments.services.phone_rows import MoneyRow, ask_money
from payments.services.phone_tariff import tariff_rows
from payments.services.reserving import code_row, pool_of
from perisai import clock
from sync.registry import Json, Row, adds, config, device_config


@adds("member", "payer", "bill", "base_income")
def add_money(_agent_id: UUID, ids: Sequence[UUID]) -> Callable[[], Iterator[tuple[UUID, Row]]]:
    """One statement for any number of members."""
    found = ask_money(ids, on=clock.today())
    return lambda: ((member_id, _keys(money)) for member_id, money in found())


def _keys(money: MoneyRow) -> Row:
    return {
        "payer": money.payer.as_row() if money.payer else {"kind": "self", "until": None},
        "base_income": money.base_income,
        "bill": money.bill.as_row() if money.bill else None,
    }


@config("bills")
def bills_section(_agent_id: UUID) -> Json:
    """How many months may be billed at once (R6)."""
    return {"periods": list(settings.BILL_PERIODS)}


@device_config("bills")
def bill_codes(device_id: UUID) -> Json:
    """What this phone may hand out without network, once each (R10)."""
    return {"codes": [code_row(code) for code in pool_of(device_id, now=clock.now())]}


@config("tariff")
def tariff_section(_agent_id: UUID) -> Json:
    """The dated rows that the server prices with; a phone's price is a preview (R2 to R4)."""
    return tariff_rows()
