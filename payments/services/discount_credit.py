"""A discount, table or rate known later gives back what its months were paid too much for (R9).

Members are walked by ascending id in batches, each with a commit of its own, so a run that was cut
off goes on where it stopped. What a month was paid, and what was given back of it before, stands in
rows; so whoever runs it again, beside itself or later, finds nothing more to give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection

from payments.models import CreditRun
from payments.quote import BillRules
from payments.services import discount_statements as sql
from payments.services.price_cuts import PriceCut, PricedCut, cut_of, known_cuts, price_cut
from payments.services.rates import bill_rules
from payments.services.tariff_use import WAITED
from payments.settlement import settlement_date
from perisai.clock import official_date, official_zone
from perisai.deadlines import Deadline, within
from perisai.months import add_months, month_of

log = structlog.get_logger(__name__)

BATCH: Final = 1_000
"""How many members one transaction looks at."""

PAID_LATER: Final = timedelta(days=3)
"""How far each night looks back for bills that were made before their months became cheaper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given, or would be: to how many, of how many months, in rupiah; `to`: to whom."""

    members: int = 0
    months: int = 0
    amount: int = 0
    to: frozenset[UUID] = frozenset()

    def __add__(self, other: "Given") -> "Given":
        return Given(
            members=self.members + other.members,
            months=self.months + other.months,
            amount=self.amount + other.amount,
            to=self.to | other.to,
        )


def ask_for_credit(code: str, *, now: datetime) -> None:
    """Note that the credit of a discount, table or rate is to be given.

    Joins the transaction that records it. Raises TariffRowUnknown.
    """
    cut_of(code)
    fresh: dict[str, Any] = {"asked_at": now, "credited_to": None, "credited_at": None}
    fresh |= {"covered_to": None, "done_at": None, "waiting": []}
    fresh |= {"members": 0, "amount": 0, "covered": 0}
    CreditRun.objects.update_or_create(code=code, defaults=fresh)


def credit_next_batch(code: str, *, now: datetime) -> Given | None:
    """One batch of a run, in one transaction; None: all members were looked at, or another has it.

    Raises TariffRowUnknown for what was withdrawn.
    """
    with within(Deadline.SWEEP):
        run = _locked(code)
        if run is None or run.credited_at is not None:
            return None
        members = _rows(sql.MEMBERS_AFTER, {"after": run.credited_to, "most": BATCH})
        if not members:
            run.credited_at = now
            run.save(update_fields=["credited_at"])
            return None
        given = _give(cut_of(code), [row[0] for row in members], now=now)
        run.credited_to = members[-1][0]
        run.members += given.members
        run.amount += given.amount
        run.save(update_fields=["credited_to", "members", "amount"])
    return given


def credit_late_payers(now: datetime) -> Given:
    """Give to who paid in these days with a bill that was made before its months became cheaper."""
    given = Given()
    for cut in known_cuts():
        if cut.known_at > now:
            continue
        asked = {
            "since": now - PAID_LATER,
            "known": cut.known_at + WAITED,
            "month_from": cut.month_from,
            "month_to": cut.month_to,
        }
        members = [row[0] for row in _rows(sql.MEMBERS_WHO_PAID_LATER, asked)]
        for start in range(0, len(members), BATCH):
            with within(Deadline.SWEEP):
                given += _give(cut, members[start : start + BATCH], now=now)
    return given


def plan_discount_credit(code: str, *, now: datetime) -> Given:
    """What the whole run would give; nothing is written. Raises TariffRowUnknown."""
    cut, given, after = cut_of(code), Given(), None
    while True:
        with within(Deadline.SWEEP):
            members = _rows(sql.MEMBERS_AFTER, {"after": after, "most": BATCH})
            if not members:
                return given
            after = members[-1][0]
            owed = _rows(sql.OWED_TO, _parameters(cut, [row[0] for row in members], now=now))
        given += _sum_of(owed)


def take_back_credit(payment_id: UUID, *, actor: str, now: datetime) -> int:
    """Take back the credit that a payment's months had given, as the payment is reversed.

    Joins the reversal's transaction, after it looked whether the credit is still there; returns how
    many lines were written.
    """
    parameters: dict[str, Any] = {
        "payment": payment_id,
        "actor": actor,
        "now": now,
        "settlement_date": _settled_on(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKE_BACK, parameters)
        return int(cursor.rowcount)


def _locked(code: str) -> CreditRun | None:
    locked = CreditRun.objects.select_for_update(skip_locked=True, no_key=True)
    return locked.filter(code=code).first()


def _give(cut: PriceCut, members: Sequence[UUID], *, now: datetime) -> Given:
    """Look, lock who is owed something, and give it in a statement that sees what was waited for.

    No book is raised: nothing on a phone shows a balance.
    """
    parameters = _parameters(cut, members, now=now)
    owed_to = [row[0] for row in _rows(sql.OWED_TO, parameters)]
    if not owed_to:
        return Given()
    parameters["members"] = owed_to
    _rows(sql.LOCK, parameters)
    given = _rows(sql.GIVE, parameters)
    to = frozenset(member for member, _ in given)
    return Given(
        members=len(to),
        months=len(given),
        amount=sum(amount for _, amount in given),
        to=to,
    )


def _sum_of(owed: Iterable[Sequence[Any]]) -> Given:
    rows = list(owed)
    return Given(
        members=len(rows),
        months=sum(row[1] for row in rows),
        amount=sum(row[2] for row in rows),
    )


def _parameters(cut: PriceCut, members: Sequence[UUID], *, now: datetime) -> dict[str, Any]:
    priced = price_cut(cut, last=_last_payable(official_date(now), bill_rules()))
    return {
        "code": cut.code,
        "reference": cut.reference,
        "members": list(members),
        "month_from": cut.month_from,
        "now": now,
        "settlement_date": _settled_on(now),
        **_cells(priced),
        **_groups(priced),
    }


def _cells(priced: PricedCut) -> dict[str, list[Any]]:
    cells = priced.cells
    return {
        "whos": [cell.who for cell in cells],
        "months": [cell.month for cell in cells],
        "bases": [cell.step.base for cell in cells],
        "lows": [cell.step.low for cell in cells],
        "highs": [cell.step.high for cell in cells],
        "made_froms": [cell.step.made_from for cell in cells],
        "made_tos": [cell.step.made_to for cell in cells],
        "jkks": [cell.jkk for cell in cells],
        "jkms": [cell.jkm for cell in cells],
    }


def _groups(priced: PricedCut) -> dict[str, list[Any]]:
    found = [(number, one) for number, group in enumerate(priced.groups) for one in group]
    return {
        "numbers": [number for number, _ in found],
        "sectors": [one.sector.value for _, one in found],
        "payers": [one.payer.value for _, one in found],
    }


def _last_payable(today: date, rules: BillRules) -> date:
    return add_months(month_of(today), rules.max_months_ahead)


def _settled_on(now: datetime) -> date:
    return settlement_date(now.astimezone(official_zone()))


def _rows(statement: str, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
