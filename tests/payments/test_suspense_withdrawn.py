"""Suspense that was entered wrongly, or given back, leaves the books by two persons (R12)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from payments.errors import SuspenseReleased
from payments.late_plan import SuspenseReason
from payments.models import (
    Account,
    Correction,
    CorrectionKind,
    LateMoney,
    Reversal,
    ReversalReason,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    request_correction,
)
from payments.services.late_notices import LateBooked, LateKnown
from payments.services.late_posting import post_late
from payments.services.outcomes import Recorded
from payments.services.reversal import ReverseCommand, reverse
from payments.services.suspense import retry_suspense
from payments.tariff import PayerKind
from perisai.errors import ApprovedByOneself, NotFound
from perisai.models import Role, User
from tests.factories.payments import (
    MemberPayerFactory,
    PayerFactory,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    taker,
)
from tests.factories.perisai import AgentFactory, UserFactory
from tests.payments.late import (
    LATER,
    ask_release,
    booked,
    confirm,
    finance,
    in_suspense,
    notice_of,
    parts,
)
from tests.payments.ledger import balances, money_rows, months_of
from tests.payments.test_checks import behind_the_triggers, broken
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _adds_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test books, every claim of check_money holds afterwards."""
    yield
    if "fault" not in request.fixturenames:
        assert broken() == {}


def ask_withdrawal(outcome: LateBooked, by: User | None = None) -> Correction:
    """That suspense leave the books."""
    money = LateMoney.objects.get(pk=outcome.money_id)
    draft = CorrectionDraft(
        kind=CorrectionKind.WITHDRAW, reason="salah catat", entry=money.suspense
    )
    return request_correction(draft, by=by or finance())


def test_money_that_was_entered_wrongly_is_owed_no_more_and_finds_no_owner() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    bill = bill_for(member)
    notice = notice_of(partner, bill.code, 840)
    late = booked(notice)
    correction = ask_withdrawal(late)
    expected = [(Account.PARTNER_RECEIVABLE, 840, 0), (Account.SUSPENSE, -840, 0)]
    assert [(one.account, one.before, one.after) for one in effects_of(correction)] == expected

    confirm(correction)

    assert balances() == {Account.PARTNER_RECEIVABLE: 0, Account.SUSPENSE: 0}
    assert (in_suspense(), months_of(member)) == (0, [])
    rows = money_rows()
    assert post_late(notice, now=LATER) == LateKnown(money_id=late.money_id)
    with pytest.raises(SuspenseReleased):
        ask_withdrawal(late)
    with pytest.raises(SuspenseReleased):
        ask_release(late, bill.code)
    assert money_rows() == rows


def test_no_night_tries_withdrawn_money_whose_member_arrives() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, "81111111111", 8_400))
    confirm(ask_withdrawal(late))
    member.kpj = "81111111111"
    member.save(update_fields=["kpj"])

    assert retry_suspense(lambda: LATER + timedelta(days=1)) == 0

    assert (months_of(member), in_suspense()) == ([], 0)


def test_money_that_the_partner_took_back_before_is_withdrawn() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    notice = notice_of(partner, bill_for(member).code, 8_400)
    Reversal.objects.create(partner=partner, reference=notice.reference, reason="timeout")
    late = booked(notice)
    assert late.why == SuspenseReason.TAKEN_BACK

    confirm(ask_withdrawal(late))

    assert balances() == {Account.PARTNER_RECEIVABLE: 0, Account.SUSPENSE: 0}


def test_p47_counter_may_still_take_back_what_was_withdrawn() -> None:
    outlet = PostAgentFactory.create()
    late = booked(notice_of(outlet.partner, "", 8_400, reference="PSP-SUSULAN-1"))
    confirm(ask_withdrawal(late))
    command = ReverseCommand(
        taker=taker(outlet),
        key="kunci-batal-0001",
        target="PSP-SUSULAN-1",
        reason=ReversalReason.TIMEOUT,
    )

    assert reverse(command, now=LATER) == Recorded()


def test_what_was_posted_beside_the_suspense_stays() -> None:
    agent = AgentFactory.create()
    member = cared_for_member(agent)
    payer = PayerFactory.create(kind=PayerKind.CSR, office=agent.office)
    MemberPayerFactory.create(member=member, payer=payer)
    late = booked(notice_of(PaymentPartnerFactory.create(), bill_for(member).code, 10_000))
    assert parts(late) == (8_400, 0, 1_600)

    confirm(ask_withdrawal(late))

    assert (months_of(member), in_suspense()) == (["2026-11"], 0)
    assert balances()[Account.PARTNER_RECEIVABLE] == 8_400


def test_money_of_which_a_part_has_an_owner_is_not_withdrawn() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, "", 8_400))
    confirm(ask_release(late, member.kpj))
    rows = money_rows()

    with pytest.raises(SuspenseReleased):
        ask_withdrawal(late)

    assert money_rows() == rows


def test_two_persons_of_finance_withdraw() -> None:
    late, asker = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400)), finance()
    with pytest.raises(NotFound):
        ask_withdrawal(late, by=UserFactory.create(role=Role.SUPERVISOR))
    correction = ask_withdrawal(late, by=asker)

    with pytest.raises(ApprovedByOneself):
        confirm_correction(correction.pk, by=asker, now=LATER)

    assert in_suspense() == 8_400


@pytest.mark.parametrize(
    ("fault", "claims"),
    [
        ("UPDATE payments_correction SET kind = 'credit' WHERE kind = 'withdraw'", {"I4"}),
        (
            "UPDATE payments_journalline SET amount = amount * 2 WHERE entry_id ="
            " (SELECT id FROM payments_journalentry WHERE kind = 'reversal')",
            {"I4", "I8"},
        ),
    ],
    ids=["another kind", "another amount"],
)
def test_withdrawal_that_is_none_is_a_broken_claim(fault: str, claims: set[str]) -> None:
    confirm(ask_withdrawal(booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))))
    assert broken() == {}

    with behind_the_triggers():
        run_sql("ALTER TABLE payments_correction DISABLE TRIGGER USER")
        run_sql(fault)
        run_sql("ALTER TABLE payments_correction ENABLE TRIGGER USER")

    assert set(broken()) == claims
