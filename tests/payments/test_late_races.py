"""Late money beside itself, beside its advice, and beside the release of the same money."""

import pytest

from payments.models import JournalEntry, LateMoney, Payment, Release
from payments.services.late_notices import LateNotice, LateOutcome
from payments.services.late_posting import post_late
from payments.services.outcomes import Refused
from payments.services.pay_commands import PayCommand
from payments.services.posting import PayOutcome, pay
from payments.services.suspense import ReleaseOrder, release_suspense, retry_suspense
from perisai.errors import DomainError
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
)
from tests.payments.late import LATER, booked, in_suspense, notice_of
from tests.payments.ledger import months_of
from tests.payments.test_posting_races import assert_money_adds_up, side_by_side, words

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 8


def test_late_money_at_once_is_booked_once() -> None:
    member = cared_for_member()
    notice = notice_of(PaymentPartnerFactory.create(), bill_for(member).code, 8_400)

    outcomes = side_by_side(lambda _: post_late(notice, now=LATER), range(AT_ONCE))

    assert words(outcomes) == {"LateBooked": 1, "LateKnown": AT_ONCE - 1}
    assert (Payment.objects.count(), LateMoney.objects.count()) == (1, 1)
    assert months_of(member) == ["2026-11"]
    assert_money_adds_up()


@pytest.mark.parametrize("key", ["PSP-20261120-000001", "kunci-lain-0000001"])
def test_advice_and_late_post_of_one_reference_book_it_once(key: str) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    notice = notice_of(outlet.partner, bill.code, 8_400, reference="PSP-20261120-000001")
    advice = command_for(bill, outlet, reference=notice.reference, key=key, advice=True)

    def say(thing: LateNotice | PayCommand) -> LateOutcome | PayOutcome:
        return post_late(thing, now=NOW) if isinstance(thing, LateNotice) else pay(thing, now=NOW)

    outcomes = side_by_side(say, [notice, advice] * (AT_ONCE // 2))

    assert set(words(outcomes)) in (
        {"LateBooked", "LateKnown", "Replayed"},
        {"Posted", "Replayed", "AlreadyBooked"},
    )
    assert (Payment.objects.count(), JournalEntry.objects.count()) == (1, 1)
    assert months_of(member) == ["2026-11"]
    assert_money_adds_up()


def test_suspended_money_and_a_payment_of_its_reference_book_it_once() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    notice = notice_of(outlet.partner, "", 8_400)
    command = command_for(bill_for(member), outlet, reference=notice.reference)

    def say(thing: LateNotice | PayCommand) -> LateOutcome | PayOutcome:
        return post_late(thing, now=NOW) if isinstance(thing, LateNotice) else pay(thing, now=NOW)

    side_by_side(say, [notice, command] * (AT_ONCE // 2))

    assert Payment.objects.count() + LateMoney.objects.count() == 1
    assert_money_adds_up()


def test_releases_at_once_give_the_money_away_once() -> None:
    member = cared_for_member(income_monthly=None)
    late = booked(notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400))
    suspense_id = LateMoney.objects.values_list("suspense", flat=True).get(pk=late.money_id)
    member.income_monthly = 900_000
    member.save(update_fields=["income_monthly"])

    def release(number: int) -> object:
        if number % 2:
            return retry_suspense(lambda: LATER)
        order = ReleaseOrder(suspense_id=suspense_id, number=member.kpj, is_credit=number % 4 == 0)
        try:
            return release_suspense(order, now=LATER)
        except DomainError as refused:
            return Refused.of(refused)

    side_by_side(release, range(AT_ONCE))

    assert [one.amount for one in Release.objects.all()] == [8_400]
    assert in_suspense() == 0
    assert_money_adds_up()


def test_late_money_of_two_bills_of_one_month_covers_it_once() -> None:
    member = cared_for_member()
    partners = [PaymentPartnerFactory.create() for _ in range(AT_ONCE)]
    code = bill_for(member).code
    notices = [notice_of(partner, code, 8_400) for partner in partners]

    outcomes = side_by_side(lambda notice: post_late(notice, now=LATER), notices)

    assert words(outcomes) == {"LateBooked": AT_ONCE}
    assert months_of(member) == ["2026-11"]
    assert sum(money.credited for money in LateMoney.objects.all()) == (AT_ONCE - 1) * 8_400
    assert_money_adds_up()
