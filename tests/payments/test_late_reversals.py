"""Late money beside reversals: its payment is taken back, or had been taken back."""

import pytest

from enrollment.models import Member
from payments.errors import ReversalBlockedByLaterPayment
from payments.late_plan import SuspenseReason
from payments.models import Account, Correction, CorrectionKind, LateMoney, Payment
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from payments.services.reversal import reverse
from payments.services.suspense import retry_suspense
from payments.tariff import PayerKind
from sync.models import Book
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    office_maker,
    paid,
    reversal_of,
)
from tests.factories.perisai import AgentFactory
from tests.payments.late import LATER, booked, finance, in_suspense, notice_of, payment_of
from tests.payments.ledger import balances, months_of
from tests.payments.test_suspense import ask_late, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def ask_back(payment: Payment) -> Correction:
    """That somebody of finance asks to take a payment back."""
    draft = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=payment
    )
    return request_correction(draft, by=finance())


def test_late_payment_is_taken_back_with_what_was_above_it() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, bill_for(member).code, 10_000))
    assert (late.late_posted, late.credited, months_of(member)) == (8_400, 1_600, ["2026-11"])
    correction = ask_back(Payment.objects.get())
    assert shown(correction)[Account.PARTNER_RECEIVABLE] == (10_000, 0)

    confirm_correction(correction.pk, by=finance(), now=LATER)

    assert months_of(member) == []
    assert set(balances().values()) == {0}


def late_for_two(*, is_spent: bool) -> tuple[Payment, list[Member]]:
    """A late payment of a group of two, of whom the second had paid alone and has credit now."""
    agents = [AgentFactory.create()]
    agents.append(AgentFactory.create(office=agents[0].office))
    people = [cared_for_member(agent) for agent in agents]
    payer = PayerFactory.create(kind=PayerKind.GROUP, office=agents[0].office)
    for member in people:
        MemberPayerFactory.create(member=member, payer=payer)
    bill = bill_for(*people, maker=office_maker())
    paid(people[1], PostAgentFactory.create())
    late = booked(notice_of(PaymentPartnerFactory.create(), bill.code, 16_800))
    assert (late.late_posted, late.credited) == (8_400, 8_400)
    if is_spent:
        assert bill_for(people[1], now=LATER).payable == 0
    return payment_of(late), people


def test_late_payment_is_taken_back_with_the_credit_of_who_is_not_on_its_bill() -> None:
    payment, people = late_for_two(is_spent=False)
    before = Book.objects.get(agent=people[1].agent).version

    confirm_correction(ask_back(payment).pk, by=finance(), now=LATER)

    assert [months_of(member) for member in people] == [[], ["2026-11"]]
    assert balances()[Account.MEMBER_CREDIT] == 0
    assert Book.objects.get(agent=people[1].agent).version == before + 1


def test_late_payment_whose_credit_was_spent_is_not_taken_back() -> None:
    payment, people = late_for_two(is_spent=True)
    assert months_of(people[1]) == ["2026-11", "2026-12"]

    with pytest.raises(ReversalBlockedByLaterPayment) as blocked:
        ask_back(payment)

    assert blocked.value.context == {"member_ids": [str(people[1].pk)]}


def test_money_that_a_counter_took_back_by_mistake_is_booked_by_two_persons() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    payment = paid(member, outlet)
    reverse(reversal_of(payment), now=NOW)
    notice = notice_of(outlet.partner, payment.paid_bill.code, 8_400, reference=payment.reference)
    correction = ask_late(notice)
    assert shown(correction) == {1100: (0, 8_400), 2300: (0, -8_400)}

    confirm_correction(correction.pk, by=finance(), now=LATER)
    money = LateMoney.objects.get()
    assert (months_of(member), in_suspense(), money.why) == ([], 8_400, SuspenseReason.TAKEN_BACK)
    assert retry_suspense(lambda: LATER) == 0
    draft = CorrectionDraft(
        kind=CorrectionKind.RELEASE,
        reason="uang tidak dikembalikan",
        entry=money.suspense,
        details={"number": member.kpj, "is_credit": False},
    )
    confirm_correction(request_correction(draft, by=finance()).pk, by=finance(), now=LATER)

    again = Payment.objects.get(reversed_at=None)
    assert (again.reference, months_of(member)) == (f"{payment.reference}/1", ["2026-11"])
    assert in_suspense() == 0
