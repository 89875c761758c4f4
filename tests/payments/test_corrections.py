"""Corrections: asked for by one person, decided by another, done in the same moment (R12)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import ClosedReason
from payments.errors import (
    BillReversed,
    CorrectionDecided,
    CorrectionOpen,
    CorrectionUnexplained,
    ReversalBlockedByClaim,
    ReversalBlockedByLaterPayment,
)
from payments.models import Account, Correction, CorrectionKind, JournalEntry, Payment, Reversal
from payments.services.checks import run_checks
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    refuse_correction,
    request_correction,
)
from payments.services.outcomes import Refused, Replayed
from payments.services.reversal import reverse
from perisai.errors import ApprovedByOneself, DomainError, NotFound
from perisai.models import Role, User
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import BranchFactory, UserFactory
from tests.payments.ledger import balances, money_rows, months_of

pytestmark = pytest.mark.django_db

DAYS_LATER = NOW + timedelta(days=5)


def in_order() -> bool:
    """Every claim of check_money holds."""
    return not [result.code for result in run_checks() if result.breaks]


def user(role: Role, **columns: Any) -> User:
    """Somebody of the office."""
    return UserFactory.create(role=role, **columns)


def supervisor_of(payment: Payment) -> User:
    """The supervisor of the branch that its member belongs to."""
    member = payment.cover_months.all()[0].member
    assert member.agent is not None
    return user(Role.SUPERVISOR, branch=member.agent.office.branch)


def draft(payment: Payment, reason: str = "uang milik orang lain") -> CorrectionDraft:
    """The wish to take a payment back."""
    return CorrectionDraft(kind=CorrectionKind.REVERSAL, payment=payment, reason=reason)


@pytest.fixture
def payment() -> Payment:
    """One month, paid at a counter."""
    return paid(cared_for_member(), PostAgentFactory.create())


def test_nothing_moves_until_a_second_person_confirms(payment: Payment) -> None:
    rows = money_rows()
    correction = request_correction(draft(payment), by=supervisor_of(payment))
    assert (money_rows(), correction.decision) == (rows, "")
    second = user(Role.FINANCE)

    confirm_correction(correction.pk, by=second, now=DAYS_LATER)

    payment.refresh_from_db()
    correction.refresh_from_db()
    assert (correction.decision, correction.decided_by) == ("confirmed", second)
    assert (correction.decided_at, payment.reversed_at) == (DAYS_LATER, DAYS_LATER)
    assert set(balances().values()) == {0}
    assert months_of(payment.cover_months.all()[0].member) == []
    assert in_order()


def test_reversal_after_the_window_is_the_corrections(payment: Payment) -> None:
    refused = reverse(reversal_of(payment), now=DAYS_LATER)
    assert refused == Refused(code="reversal_window_closed")
    correction = request_correction(draft(payment), by=user(Role.FINANCE))

    confirm_correction(correction.pk, by=(second := user(Role.FINANCE)), now=DAYS_LATER)

    row, mirror = Reversal.objects.get(), JournalEntry.objects.get(kind="reversal")
    assert (row.payment, row.correction, row.reason) == (payment, correction, "correction")
    assert (row.outlet, row.key, row.reference) == (None, "", payment.reference)
    assert (mirror.correction, mirror.actor) == (correction, f"user:{second.pk}")
    assert mirror.settlement_date == DAYS_LATER.date()
    assert reverse(reversal_of(payment), now=DAYS_LATER) == Replayed(payment_id=payment.pk)
    assert in_order()


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.AUDITOR, Role.POST_AGENT, Role.AGENT])
def test_only_supervisors_and_finance_ask(role: Role, payment: Payment) -> None:
    with pytest.raises(NotFound):
        request_correction(draft(payment), by=user(role))

    assert Correction.objects.count() == 0


def test_supervisor_asks_for_payments_of_the_own_branch_alone(payment: Payment) -> None:
    with pytest.raises(NotFound):
        request_correction(draft(payment), by=user(Role.SUPERVISOR, branch=BranchFactory.create()))

    assert Correction.objects.count() == 0


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR])
def test_only_finance_confirms(role: Role, payment: Payment) -> None:
    correction = request_correction(draft(payment), by=user(Role.FINANCE))
    second = supervisor_of(payment) if role == Role.SUPERVISOR else user(role)
    rows = money_rows()

    for decide in (confirm_correction, refuse_correction):
        with pytest.raises(NotFound):
            decide(correction.pk, by=second, now=DAYS_LATER)

    correction.refresh_from_db()
    assert (correction.decided_at, money_rows()) == (None, rows)


def test_nobody_confirms_what_he_asked_for(payment: Payment) -> None:
    asker = user(Role.FINANCE)
    correction = request_correction(draft(payment), by=asker)

    with pytest.raises(ApprovedByOneself):
        confirm_correction(correction.pk, by=asker, now=DAYS_LATER)

    correction.refresh_from_db()
    assert correction.decided_at is None
    correction.decision, correction.decided_by, correction.decided_at = "confirmed", asker, NOW
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        correction.save(update_fields=["decision", "decided_by", "decided_at"])


@pytest.mark.parametrize("is_own", [True, False], ids=["who-asked", "a-second-person"])
def test_refused_correction_changes_nothing_and_frees_the_payment(
    is_own: bool,  # noqa: FBT001  pytest passes it
    payment: Payment,
) -> None:
    asker = supervisor_of(payment)
    correction = request_correction(draft(payment), by=asker)
    rows = money_rows()

    refuse_correction(correction.pk, by=asker if is_own else user(Role.FINANCE), now=DAYS_LATER)

    correction.refresh_from_db()
    assert (correction.decision, money_rows()) == ("refused", rows)
    assert request_correction(draft(payment), by=asker).decision == ""


@pytest.mark.parametrize("decide", [confirm_correction, refuse_correction])
def test_decided_correction_is_decided(decide: Any, payment: Payment) -> None:
    correction = request_correction(draft(payment), by=user(Role.FINANCE))
    confirm_correction(correction.pk, by=user(Role.FINANCE), now=DAYS_LATER)

    with pytest.raises(CorrectionDecided):
        decide(correction.pk, by=user(Role.FINANCE), now=DAYS_LATER)

    assert JournalEntry.objects.filter(kind="reversal").count() == 1


def test_one_open_correction_per_payment(payment: Payment) -> None:
    request_correction(draft(payment), by=user(Role.FINANCE))

    with pytest.raises(CorrectionOpen):
        request_correction(draft(payment), by=supervisor_of(payment))

    assert Correction.objects.count() == 1


def test_correction_needs_a_reason(payment: Payment) -> None:
    with pytest.raises(CorrectionUnexplained):
        request_correction(draft(payment, reason="  "), by=user(Role.FINANCE))

    assert Correction.objects.count() == 0


def test_payment_that_was_taken_back_is_not_corrected(payment: Payment) -> None:
    reverse(reversal_of(payment), now=NOW)

    with pytest.raises(BillReversed):
        request_correction(draft(payment), by=user(Role.FINANCE))

    assert Correction.objects.count() == 0


def _pay_again(payment: Payment) -> None:
    assert payment.outlet is not None
    paid(payment.cover_months.all()[0].member, payment.outlet, now=NOW + timedelta(hours=1))


def _close_as_deceased(payment: Payment) -> None:
    member = payment.cover_months.all()[0].member
    member.closed_on, member.closed_reason = NOW.date(), ClosedReason.DECEASED
    member.save(update_fields=["closed_on", "closed_reason"])


def _reverse_at_the_counter(payment: Payment) -> None:
    reverse(reversal_of(payment), now=NOW)


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        (_pay_again, ReversalBlockedByLaterPayment),
        (_close_as_deceased, ReversalBlockedByClaim),
        (_reverse_at_the_counter, BillReversed),
    ],
)
def test_what_happened_meanwhile_is_asked_again_and_leaves_the_correction_open(
    meanwhile: Any, refusal: type[DomainError], payment: Payment
) -> None:
    correction = request_correction(draft(payment), by=user(Role.FINANCE))
    meanwhile(payment)
    rows = money_rows()

    with pytest.raises(refusal):
        confirm_correction(correction.pk, by=user(Role.FINANCE), now=DAYS_LATER)

    correction.refresh_from_db()
    assert (correction.decided_at, correction.decision, money_rows()) == (None, "", rows)
    assert in_order()


def test_effect_is_what_the_payment_stands_at_and_nothing_afterwards(payment: Payment) -> None:
    correction = request_correction(draft(payment), by=user(Role.FINANCE))
    before = effects_of(correction)

    confirm_correction(correction.pk, by=user(Role.FINANCE), now=DAYS_LATER)

    assert [(one.account, one.before, one.after) for one in before] == [
        (Account.PARTNER_RECEIVABLE, 8_400, 0),
        (Account.PAYABLE_JKK, -5_000, 0),
        (Account.PAYABLE_JKM, -3_400, 0),
    ]
    assert effects_of(correction) == before


def test_corrections_are_seen_by_money_roles_and_by_the_branch(payment: Payment) -> None:
    correction = request_correction(draft(payment), by=user(Role.FINANCE))

    def sees(one: User) -> bool:
        return list(Correction.objects.visible_to(one)) == [correction]

    assert all(sees(user(role)) for role in (Role.FINANCE, Role.NATIONAL, Role.AUDITOR))
    assert sees(supervisor_of(payment))
    assert not sees(user(Role.SUPERVISOR, branch=BranchFactory.create()))
    assert not sees(user(Role.POST_AGENT))
