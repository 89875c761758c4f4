"""Money in suspense finds its owner, by two persons or by itself (R12)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from enrollment.errors import MemberClosed
from payments.errors import (
    AmountMismatch,
    BillNotFound,
    CorrectionOpen,
    MemberNotFound,
    ReferenceReused,
    SuspenseReleased,
)
from payments.models import (
    Account,
    Correction,
    CorrectionKind,
    IdempotencyKey,
    JournalEntry,
    LateMoney,
    Payment,
    Release,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    request_correction,
)
from payments.services.late_corrections import late_details
from payments.services.outcomes import Replayed
from payments.services.posting import pay
from payments.services.suspense import retry_suspense
from payments.tariff import PayerKind
from payments.tasks import retry_suspense as retry_task
from perisai.errors import ApprovedByOneself, NotFound
from perisai.models import Role, User
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
)
from tests.factories.perisai import AgentFactory, UserFactory
from tests.payments.counters import new_key
from tests.payments.late import LATER, ask_release, booked, finance, in_suspense, notice_of
from tests.payments.ledger import balances, money_rows, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def shown(correction: Correction) -> dict[int, tuple[int, int]]:
    """What the correction's page says of each account."""
    return {one.account: (one.before, one.after) for one in effects_of(correction)}


def test_release_to_a_bill_covers_its_month_from_suspense() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, "", 10_000))
    bill = bill_for(member)
    correction = ask_release(late, bill.code)
    expected = {2100: (0, -5_000), 2110: (0, -3_400), 2200: (0, -1_600), 2300: (-10_000, 0)}
    assert shown(correction) == expected

    confirm_correction(correction.pk, by=finance(), now=LATER)

    payment = Payment.objects.get()
    assert months_of(member) == ["2026-11"]
    assert (payment.bill_id, payment.amount, payment.late_post) == (bill.pk, 8_400, True)
    assert JournalEntry.objects.get(payment=payment).kind == "release"
    assert [release.amount for release in Release.objects.order_by("pk")] == [8_400, 1_600]
    assert balances() == {
        Account.PARTNER_RECEIVABLE: 10_000,
        Account.PAYABLE_JKK: -5_000,
        Account.PAYABLE_JKM: -3_400,
        Account.MEMBER_CREDIT: -1_600,
        Account.SUSPENSE: 0,
    }
    assert in_suspense() == 0
    assert shown(Correction.objects.get()) == expected


@pytest.mark.parametrize("has_own_key", [False, True])
def test_advice_after_a_release_replays_the_payment_if_its_words_are_the_same(
    *, has_own_key: bool
) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    member.closed_on, member.closed_reason = date(2026, 11, 20), "withdrawn"
    member.save(update_fields=["closed_on", "closed_reason"])
    notice = notice_of(outlet.partner, bill.code, 8_400)
    booked(notice)
    member.closed_on, member.closed_reason = None, ""
    member.save(update_fields=["closed_on", "closed_reason"])
    assert retry_suspense(lambda: LATER) == 1

    key = new_key() if has_own_key else notice.reference
    advice = command_for(bill, outlet, key=key, reference=notice.reference)
    outcome = pay(replace(advice, advice=True), now=LATER)

    assert outcome == Replayed(payment_id=Payment.objects.get().pk)


def test_release_to_credit_pays_no_month() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, "", 8_400))
    correction = ask_release(late, member.kpj, is_credit=True)

    confirm_correction(correction.pk, by=finance(), now=LATER)

    assert (months_of(member), in_suspense()) == ([], 0)
    assert balances()[Account.MEMBER_CREDIT] == -8_400
    assert bill_for(member, months=3).credit == 8_400


def test_release_needs_a_second_person_and_an_owner_who_may_be_seen() -> None:
    agent = AgentFactory.create()
    member, foreign = cared_for_member(agent), cared_for_member()
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)
    with pytest.raises(MemberNotFound):
        ask_release(late, foreign.kpj, by=supervisor)
    with pytest.raises(BillNotFound):
        ask_release(late, bill_for(foreign).code, by=supervisor)
    with pytest.raises(NotFound):
        ask_release(late, member.kpj, by=UserFactory.create(role=Role.NATIONAL))
    asker = finance()
    correction = ask_release(late, member.kpj, by=asker)
    with pytest.raises(CorrectionOpen):
        ask_release(late, member.kpj)
    rows = money_rows()

    with pytest.raises(ApprovedByOneself):
        confirm_correction(correction.pk, by=asker, now=LATER)
    with pytest.raises(NotFound):
        confirm_correction(correction.pk, by=supervisor, now=LATER)

    assert (money_rows(), in_suspense()) == (rows, 8_400)


def test_supervisor_proposes_and_finance_confirms() -> None:
    agent = AgentFactory.create()
    member = cared_for_member(agent)
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)

    confirm_correction(ask_release(late, member.kpj, by=supervisor).pk, by=finance(), now=LATER)

    assert months_of(member) == ["2026-11"]


@pytest.mark.parametrize(
    ("amount", "closed_on", "refusal"),
    [(8_399, None, AmountMismatch), (8_400, date(2026, 11, 20), MemberClosed)],
    ids=["too little", "closed"],
)
def test_release_that_pays_nothing_is_refused_and_stays_open(
    amount: int, closed_on: date | None, refusal: type[Exception]
) -> None:
    member = cared_for_member()
    bill = bill_for(member)
    late = booked(notice_of(PaymentPartnerFactory.create(), "", amount))
    correction = ask_release(late, bill.code)
    member.closed_on, member.closed_reason = closed_on, "withdrawn" if closed_on else ""
    member.save(update_fields=["closed_on", "closed_reason"])
    rows = money_rows()

    with pytest.raises(refusal):
        confirm_correction(correction.pk, by=finance(), now=LATER)

    correction.refresh_from_db()
    assert (correction.decided_at, money_rows(), in_suspense()) == (None, rows, amount)


def test_released_money_is_not_released_again() -> None:
    member = cared_for_member()
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    first = ask_release(late, member.kpj)
    confirm_correction(first.pk, by=finance(), now=LATER)

    with pytest.raises(SuspenseReleased):
        ask_release(late, member.kpj)


def test_retry_finds_the_bill_that_arrived_meanwhile() -> None:
    member = cared_for_member(income_monthly=None)
    notice = notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400)
    booked(notice)
    assert retry_suspense(lambda: LATER) == 0
    member.income_monthly = 900_000
    member.save(update_fields=["income_monthly"])

    assert [retry_suspense(lambda: LATER), retry_suspense(lambda: LATER)] == [1, 0]

    payment = Payment.objects.get()
    assert (payment.reference, payment.paid_at) == (notice.reference, NOW)
    assert (months_of(member), in_suspense()) == (["2026-11"], 0)
    assert IdempotencyKey.objects.get(operation="pay").outcome == "posted"


def test_retry_leaves_what_fits_nothing_and_what_a_person_must_see() -> None:
    partner = PaymentPartnerFactory.create()
    bill = bill_for(cared_for_member())
    booked(notice_of(partner, "", 8_400))
    booked(notice_of(partner, bill.code, 8_399))
    rows = money_rows()

    retry_task()

    assert (money_rows(), in_suspense()) == (rows, 16_799)


def test_rest_of_a_sponsors_bill_pays_another_bill_under_a_reference_of_its_own() -> None:
    agent = AgentFactory.create()
    people = [cared_for_member(agent) for _ in range(2)]
    payer = PayerFactory.create(kind=PayerKind.CSR, office=agent.office)
    for member in people:
        MemberPayerFactory.create(member=member, payer=payer)
    bill = bill_for(*people)
    paid(people[0], PostAgentFactory.create())
    notice = notice_of(PaymentPartnerFactory.create(), bill.code, 16_800)
    late = booked(notice)
    assert (late.late_posted, late.suspended) == (8_400, 8_400)
    december = bill_for(people[0])

    confirm_correction(ask_release(late, december.code).pk, by=finance(), now=NOW)

    assert months_of(people[0]) == ["2026-11", "2026-12"]
    assert Payment.objects.get(bill=december).reference == f"{notice.reference}/1"
    assert in_suspense() == 0


def test_reversed_release_is_in_suspense_again() -> None:
    member = cared_for_member()
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    confirm_correction(ask_release(late, member.kpj).pk, by=finance(), now=LATER)
    payment = Payment.objects.get()
    draft = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=payment
    )
    wrong = request_correction(draft, by=finance())

    confirm_correction(wrong.pk, by=finance(), now=LATER + timedelta(days=1))

    assert (months_of(member), in_suspense()) == ([], 8_400)
    right = cared_for_member()
    confirm_correction(ask_release(late, right.kpj).pk, by=finance(), now=LATER)
    assert (months_of(right), in_suspense()) == (["2026-11"], 0)


def ask_late(notice: Any, *, by: User | None = None) -> Correction:
    """That finance enters the proof of a partner."""
    draft = CorrectionDraft(
        kind=CorrectionKind.LATE_POST,
        reason="rekening koran mitra, halaman 3",
        details=late_details(notice),
    )
    return request_correction(draft, by=by or finance())


def test_late_money_on_paper_is_booked_when_a_second_person_confirms() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    notice = notice_of(partner, bill_for(member).code, 10_000, settlement_date=date(2026, 11, 20))
    correction = ask_late(notice)
    expected = {1100: (0, 10_000), 2100: (0, -5_000), 2110: (0, -3_400), 2200: (0, -1_600)}
    assert shown(correction) == expected
    assert months_of(member) == []

    confirm_correction(correction.pk, by=finance(), now=LATER)

    money = LateMoney.objects.get()
    assert (money.correction, money.settlement_date) == (correction, date(2026, 11, 20))
    assert (money.late_posted, money.credited) == (8_400, 1_600)
    assert months_of(member) == ["2026-11"]
    assert shown(Correction.objects.get()) == expected


def test_late_money_is_asked_for_once_and_not_if_it_is_booked() -> None:
    partner = PaymentPartnerFactory.create()
    notice = notice_of(partner, "", 8_400)
    first = ask_late(notice)
    with pytest.raises(CorrectionOpen):
        ask_late(notice)
    booked(notice)
    with pytest.raises(ReferenceReused):
        ask_late(notice)
    with pytest.raises(NotFound):
        ask_late(replace(notice, partner_id=0))
    with pytest.raises(NotFound):
        ask_late(notice, by=UserFactory.create(role=Role.SUPERVISOR))

    with pytest.raises(ReferenceReused):
        confirm_correction(first.pk, by=finance(), now=LATER)

    assert in_suspense() == 8_400
