"""Late money of somebody whose membership has ended, before or after it was taken (R20)."""

from datetime import date

import pytest

from enrollment.models import ClosedReason, Member
from payments.late_plan import SuspenseReason
from payments.services.suspense import retry_suspense
from tests.factories.payments import (
    PaymentPartnerFactory,
    bill_for,
    cared_for_member,
    imported_member,
)
from tests.payments.late import LATER, booked, in_suspense, notice_of, parts
from tests.payments.ledger import months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def close(member: Member, day: date, reason: ClosedReason, into: Member | None = None) -> None:
    """Her membership ends on that day."""
    member.closed_on, member.closed_reason, member.merged_into = day, reason, into
    member.save(update_fields=["closed_on", "closed_reason", "merged_into"])


@pytest.mark.parametrize("by", ["bill", "kpj"])
def test_r20_money_paid_before_the_closing_covers_its_month_though_heard_of_later(by: str) -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    number = bill_for(member).code if by == "bill" else member.kpj
    close(member, date(2026, 11, 21), ClosedReason.DECEASED)

    outcome = booked(notice_of(partner, number, 8_400))

    assert parts(outcome) == (8_400, 0, 0)
    assert months_of(member) == ["2026-11"]
    member.refresh_from_db()
    assert (member.paid_through, member.closed_on) == (date(2026, 11, 1), date(2026, 11, 21))


def test_r20_what_pays_for_no_month_of_somebody_closed_is_no_credit_of_hers() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member)
    close(member, date(2026, 11, 21), ClosedReason.WITHDRAWN)

    outcome = booked(notice_of(partner, bill.code, 10_000))

    assert (parts(outcome), outcome.why) == ((8_400, 0, 1_600), SuspenseReason.MEMBER_CLOSED)
    assert months_of(member) == ["2026-11"]


def test_r20_money_of_somebody_covered_a_year_ahead_who_closed_since_waits() -> None:
    partner = PaymentPartnerFactory.create()
    member = imported_member(paid_through=date(2027, 11, 1))
    close(member, date(2026, 11, 21), ClosedReason.WITHDRAWN)

    outcome = booked(notice_of(partner, member.kpj, 8_400))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.MEMBER_CLOSED)


def test_r20_suspended_money_that_was_paid_before_the_closing_is_found_by_the_night() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member)
    close(member, date(2026, 11, 10), ClosedReason.WITHDRAWN)
    booked(notice_of(partner, bill.code, 8_400))
    close(member, date(2026, 11, 21), ClosedReason.WITHDRAWN)

    assert retry_suspense(lambda: LATER) == 1

    assert (months_of(member), in_suspense()) == (["2026-11"], 0)


def test_r23_money_for_the_bill_of_a_merged_row_gives_that_row_no_month() -> None:
    loser, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(loser)
    close(loser, date(2026, 11, 21), ClosedReason.DUPLICATE, into=cared_for_member())

    outcome = booked(notice_of(partner, bill.code, 8_400))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.MEMBER_CLOSED)
    assert months_of(loser) == []
