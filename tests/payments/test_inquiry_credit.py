"""What a look at a counter does with a member's credit (R9, ADR 39)."""

from collections.abc import Callable
from datetime import date

import pytest

from enrollment.models import Member
from payments.models import Account, IdempotencyKey, JournalLine, Payment
from payments.services.checks import run_checks
from tests.factories.payments import cared_for_member, imported_member
from tests.payments.counters import Counter, notice
from tests.payments.ledger import give_credit, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def credit_of(member: Member) -> int:
    """Her balance, in rupiah."""
    lines = JournalLine.objects.filter(member=member, account=Account.MEMBER_CREDIT)
    return -sum(lines.values_list("amount", flat=True))


def lapsed_member() -> Member:
    """Her last month ended long ago."""
    return imported_member(paid_through=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("member_of", "kind"), [(lapsed_member, "reentry"), (cared_for_member, "first")]
)
def test_r9_look_begins_no_cover_and_spends_nothing(
    member_of: Callable[[], Member], kind: str, counter: Counter
) -> None:
    member = member_of()
    give_credit(member, 25_200, counter.outlet.partner)

    first, again = (counter.inquire(kpj=member.kpj).json() for _ in range(2))

    assert first == again
    assert (first["kind"], first["state"], first["credit"]) == (kind, "open", 8_400)
    assert (first["payable"], first["to_collect"]) == (0, 0)
    assert (months_of(member), credit_of(member), Payment.objects.count()) == ([], 25_200, 0)


def test_r9_look_settles_what_is_due_and_nothing_ahead(counter: Counter) -> None:
    member = imported_member()  # through October
    give_credit(member, 25_200, counter.outlet.partner)

    looks = [counter.inquire(kpj=member.kpj).json() for _ in range(3)]

    shown = [(look["first_month"], look["state"], look["to_collect"]) for look in looks]
    assert shown == [("2026-11", "paid", 0), ("2026-12", "open", 0), ("2026-12", "open", 0)]
    assert (months_of(member), credit_of(member)) == (["2026-11"], 16_800)
    assert [result.code for result in run_checks() if result.breaks] == []


def test_r9_look_that_asks_for_months_ahead_settles_none(counter: Counter) -> None:
    member = imported_member()
    give_credit(member, 25_200, counter.outlet.partner)

    look = counter.inquire(kpj=member.kpj, months=2).json()

    assert (look["state"], look["to_collect"]) == ("open", 0)
    assert (months_of(member), credit_of(member)) == ([], 25_200)


def test_counter_takes_nothing_for_what_credit_pays(counter: Counter) -> None:
    member = lapsed_member()
    give_credit(member, 25_200, counter.outlet.partner)
    look = counter.inquire(kpj=member.kpj).json()

    answer = counter.pay(notice(look))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/amount"]
    assert not IdempotencyKey.objects.exists()
