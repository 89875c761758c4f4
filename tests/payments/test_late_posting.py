"""Money already taken is never refused: posted late, credited, or suspended (R12, R20)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from payments.errors import FieldInvalid
from payments.late_plan import SuspenseReason
from payments.models import (
    Account,
    Bill,
    JournalEntry,
    LateMoney,
)
from payments.services.billing import cancel_bill
from payments.services.late_posting import post_late
from payments.services.outcomes import Replayed
from payments.services.posting import pay
from payments.tariff import PayerKind
from perisai.models import OutboxMessage
from sync.models import Book
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    imported_member,
    paid,
    partner_maker,
)
from tests.factories.perisai import AgentFactory
from tests.payments.late import LATER, booked, in_suspense, notice_of, parts, payment_of
from tests.payments.ledger import balances, give_credit, money_rows, months_of, take_credit_away

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def test_p59_money_we_never_saw_covers_its_month_and_a_later_advice_replays() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    notice = notice_of(
        outlet.partner, bill.code, 8_400, settlement_date=date(2026, 11, 20), terminal="T-7"
    )

    outcome = booked(notice)

    payment = payment_of(outcome)
    assert parts(outcome) == (8_400, 0, 0)
    assert (payment.bill_id, payment.channel, payment.late_post) == (bill.pk, "settlement", True)
    assert (payment.reference, payment.terminal, payment.fee) == (notice.reference, "T-7", 2_500)
    assert (payment.paid_at, payment.posted_at) == (NOW, LATER)
    assert payment.settlement_date == date(2026, 11, 20)
    assert months_of(member) == ["2026-11"]
    assert JournalEntry.objects.get(payment=payment).kind == "late_post"
    assert OutboxMessage.objects.get(kind="payment.posted").subject_id == payment.pk

    advice = command_for(bill, outlet, key=notice.reference, reference=notice.reference)
    rows = money_rows()
    assert pay(replace(advice, advice=True), now=LATER) == Replayed(payment_id=payment.pk)
    assert money_rows() == rows


def test_p59_money_for_a_month_covered_meanwhile_is_the_members_credit() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    paid(member, PostAgentFactory.create())

    outcome = booked(notice_of(outlet.partner, bill.code, 8_400))

    assert parts(outcome) == (0, 8_400, 0)
    assert outcome.payment_id is None
    assert months_of(member) == ["2026-11"]
    assert balances() == {
        Account.PARTNER_RECEIVABLE: 16_800,
        Account.PAYABLE_JKK: -5_000,
        Account.PAYABLE_JKM: -3_400,
        Account.MEMBER_CREDIT: -8_400,
    }
    assert bill_for(member, now=LATER).credit == 8_400


def test_p58_unknown_number_and_amount_below_the_bill_go_to_suspense() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member)

    unknown = booked(notice_of(partner, "9900009000000003", 8_400))
    below = booked(notice_of(partner, bill.code, 8_399))

    assert (parts(unknown), unknown.why) == ((0, 0, 8_400), SuspenseReason.UNKNOWN_NUMBER)
    assert (parts(below), below.why) == ((0, 0, 8_399), SuspenseReason.AMOUNT_BELOW)
    assert balances() == {Account.PARTNER_RECEIVABLE: 16_799, Account.SUSPENSE: -16_799}
    assert in_suspense() == 16_799
    assert months_of(member) == []


@pytest.mark.parametrize(
    "number",
    ["", "99000090000000031", "9900009000000004", "3515142001900001", "81111111111"],
    ids="number {!r}".format,
)
def test_number_that_is_nobodys_is_suspended_and_kept_only_if_it_could_be_ours(
    number: str,
) -> None:
    outcome = booked(notice_of(PaymentPartnerFactory.create(), number, 8_400))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.UNKNOWN_NUMBER)
    is_ours = number in {"9900009000000004", "81111111111"}
    assert LateMoney.objects.get().number == (number if is_ours else "")


def test_r20_money_for_a_closed_member_goes_to_suspense() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member)
    member.closed_on, member.closed_reason = date(2026, 11, 10), "deceased"
    member.save(update_fields=["closed_on", "closed_reason"])

    by_bill = booked(notice_of(partner, bill.code, 8_400))
    by_number = booked(notice_of(partner, member.kpj, 8_400))

    assert (parts(by_bill), by_bill.why) == ((0, 0, 8_400), SuspenseReason.MEMBER_CLOSED)
    assert (parts(by_number), by_number.why) == ((0, 0, 8_400), SuspenseReason.MEMBER_CLOSED)
    assert balances()[Account.SUSPENSE] == -16_800


def test_another_partners_quote_is_unknown() -> None:
    outlet = PostAgentFactory.create()
    bill = bill_for(cared_for_member(), maker=partner_maker(outlet))

    foreign = booked(notice_of(PaymentPartnerFactory.create(), bill.code, 8_400))
    own = booked(notice_of(outlet.partner, bill.code, 8_400))

    assert foreign.why == SuspenseReason.UNKNOWN_NUMBER
    assert parts(own) == (8_400, 0, 0)


def test_amount_above_the_bill_is_posted_and_the_rest_credited() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()

    outcome = booked(notice_of(partner, bill_for(member).code, 10_000))

    assert parts(outcome) == (8_400, 1_600, 0)
    assert balances()[Account.MEMBER_CREDIT] == -1_600


def test_r12_months_covered_meanwhile_make_a_new_bill_for_the_others() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member, months=3)
    paid(member, PostAgentFactory.create())

    outcome = booked(notice_of(partner, bill.code, 33_600))

    payment = payment_of(outcome)
    assert parts(outcome) == (25_200, 8_400, 0)
    assert payment.bill_id != bill.pk
    assert (payment.paid_bill.made_by_system, payment.paid_bill.total) == (True, 25_200)
    assert months_of(member) == ["2026-11", "2026-12", "2027-01"]


def test_cancelled_and_reversed_bills_are_paid_by_a_new_one() -> None:
    partner = PaymentPartnerFactory.create()
    member = cared_for_member()
    bill = bill_for(member)
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW + timedelta(minutes=1))

    outcome = booked(notice_of(partner, bill.code, 8_400))

    payment = payment_of(outcome)
    assert (parts(outcome), payment.bill_id == bill.pk) == ((8_400, 0, 0), False)
    assert months_of(member) == ["2026-11"]


def test_r17_money_taken_after_the_bill_expired_begins_what_its_day_says() -> None:
    """Paid through 2026-08, priced in November as arrears, taken in December: lapsed by then."""
    member, partner = imported_member(paid_through=date(2026, 8, 1)), PaymentPartnerFactory.create()
    bill = bill_for(member)
    taken_at = datetime(2026, 12, 2, 3, tzinfo=UTC)

    outcome = booked(
        notice_of(partner, bill.code, 8_400, paid_at=taken_at), now=taken_at + timedelta(days=1)
    )

    assert parts(outcome) == (0, 8_400, 0)
    assert months_of(member) == []


def test_r12_money_taken_in_time_is_judged_by_its_day_though_we_hear_of_it_after_the_lapse() -> (
    None
):
    member, partner = imported_member(paid_through=date(2026, 8, 1)), PaymentPartnerFactory.create()
    bill = bill_for(member)

    outcome = booked(notice_of(partner, bill.code, 8_400), now=datetime(2026, 12, 5, tzinfo=UTC))

    member.refresh_from_db()
    assert parts(outcome) == (8_400, 0, 0)
    assert (member.paid_through, member.episode_no) == (date(2026, 9, 1), 1)


def test_kpj_pays_the_months_whose_price_is_the_amount() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()

    outcome = booked(notice_of(partner, member.kpj, 33_600))

    assert parts(outcome) == (33_600, 0, 0)
    assert months_of(member) == ["2026-11", "2026-12", "2027-01"]
    assert Bill.objects.get().made_by_system


def test_kpj_with_the_price_of_no_months_is_suspended() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()

    outcome = booked(notice_of(partner, member.kpj, 20_000))

    assert (parts(outcome), outcome.why) == ((0, 0, 20_000), SuspenseReason.AMOUNT_FITS_NOTHING)


def test_kpj_of_a_draft_is_suspended() -> None:
    member = cared_for_member(income_monthly=None)

    outcome = booked(notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400))

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.NOT_BILLABLE)


def test_r12_kpj_with_money_dated_before_the_first_table_is_suspended() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()

    outcome = booked(
        notice_of(partner, member.kpj, 8_400, paid_at=datetime(2014, 6, 2, tzinfo=UTC))
    )

    assert (parts(outcome), outcome.why) == ((0, 0, 8_400), SuspenseReason.NOT_BILLABLE)


def test_kpj_covered_a_year_ahead_is_credited() -> None:
    member = imported_member(paid_through=date(2027, 11, 1))

    outcome = booked(notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400))

    assert parts(outcome) == (0, 8_400, 0)


def test_group_bill_with_one_member_paid_meanwhile_covers_the_others() -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(3)]
    payer = PayerFactory.create(kind=PayerKind.GROUP, office=agent.office)
    for member in people:
        MemberPayerFactory.create(member=member, payer=payer)
    bill = bill_for(*people)
    paid(people[1], PostAgentFactory.create())

    outcome = booked(notice_of(PaymentPartnerFactory.create(), bill.code, 25_200))

    assert parts(outcome) == (16_800, 8_400, 0)
    assert [months_of(member) for member in people] == [["2026-11"]] * 3
    assert JournalEntry.objects.get(kind="surplus").lines.get(amount__lt=0).member == people[1]


def test_sponsors_bill_with_one_member_paid_meanwhile_suspends_her_share() -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(3)]
    payer = PayerFactory.create(kind=PayerKind.CSR, office=agent.office)
    for member in people:
        MemberPayerFactory.create(member=member, payer=payer)
    bill = bill_for(*people)
    paid(people[1], PostAgentFactory.create())

    outcome = booked(notice_of(PaymentPartnerFactory.create(), bill.code, 30_000))

    assert parts(outcome) == (16_800, 0, 13_200)
    assert outcome.why == SuspenseReason.MONTHS_COVERED
    assert [months_of(member) for member in people] == [["2026-11"]] * 3


def test_credit_spent_meanwhile_shortens_what_the_money_covers() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    given = give_credit(member, 8_400, partner)
    with_credit = bill_for(member, months=3)
    assert (with_credit.total, with_credit.payable) == (33_600, 25_200)
    take_credit_away(given)

    outcome = booked(notice_of(partner, with_credit.code, 25_200))

    assert parts(outcome) == (16_800, 8_400, 0)
    assert months_of(member) == ["2026-11", "2026-12"]


def test_settlement_date_is_the_open_day_unless_given() -> None:
    partner = PaymentPartnerFactory.create()
    after_cutoff = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 16:00 in Jakarta

    booked(notice_of(partner, "", 8_400), now=after_cutoff)

    assert LateMoney.objects.get().settlement_date == date(2026, 11, 25)


def test_phone_of_the_present_agent_is_told() -> None:
    member = cared_for_member()
    bill = bill_for(member)
    before = Book.objects.get(agent=member.agent).version

    booked(notice_of(PaymentPartnerFactory.create(), bill.code, 8_400))

    assert Book.objects.get(agent=member.agent).version == before + 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": 0}, "/amount"),
        ({"paid_at": LATER + timedelta(minutes=6)}, "/paid_at"),
        ({"settlement_date": date(2026, 11, 19)}, "/settlement_date"),
        ({"settlement_date": date(2026, 11, 25)}, "/settlement_date"),
    ],
    ids=["no money", "in the future", "settled before it was taken", "settled tomorrow"],
)
def test_what_no_money_can_be_is_refused(change: dict[str, Any], pointer: str) -> None:
    notice = notice_of(PaymentPartnerFactory.create(), "", 8_400)
    rows = money_rows()

    with pytest.raises(FieldInvalid) as refused:
        post_late(replace(notice, **change), now=LATER)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]
    assert (money_rows(), LateMoney.objects.count()) == (rows, 0)
