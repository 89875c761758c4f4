"""What suspended money does not do: undo what two persons decided, or hold others up (R12)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from enrollment.models import Member
from payments.errors import ReferenceReused, ReversedBeforePosting
from payments.models import CorrectionKind, LateMoney, Payment, Reversal
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    request_correction,
)
from payments.services.late_corrections import late_details
from payments.services.late_judging import Judged, judge
from payments.services.late_notices import LateNotice
from payments.services.suspense import retry_suspense
from payments.tariff import NoRate
from tests.factories.payments import PaymentPartnerFactory, bill_for, cared_for_member
from tests.payments.late import LATER, ask_release, booked, finance, in_suspense, notice_of
from tests.payments.ledger import money_rows, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_add_up")]


def came_too_early() -> tuple[Member, LateMoney]:
    """A member who can be billed by now, and money for her from the time when she could not."""
    member = cared_for_member(income_monthly=None)
    late = booked(notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400))
    member.income_monthly = 900_000
    member.save(update_fields=["income_monthly"])
    return member, LateMoney.objects.get(pk=late.money_id)


def take_back(payment: Payment) -> None:
    """By two persons."""
    draft = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=payment
    )
    wrong = request_correction(draft, by=finance())
    confirm_correction(wrong.pk, by=finance(), now=LATER)


def test_retry_does_not_book_again_what_two_persons_took_back() -> None:
    member, _ = came_too_early()
    assert retry_suspense(lambda: LATER) == 1
    take_back(Payment.objects.get())
    rows = money_rows()

    assert retry_suspense(lambda: LATER + timedelta(days=1)) == 0

    assert (money_rows(), months_of(member), in_suspense()) == (rows, [], 8_400)


def test_credit_of_money_that_the_partner_took_back_is_refused() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    notice = notice_of(partner, bill_for(member).code, 8_400)
    Reversal.objects.create(partner=partner, reference=notice.reference, reason="timeout")
    correction = ask_release(booked(notice), member.kpj, is_credit=True)
    rows = money_rows()
    assert effects_of(correction) == []

    with pytest.raises(ReversedBeforePosting):
        confirm_correction(correction.pk, by=finance(), now=LATER)

    assert (money_rows(), in_suspense()) == (rows, 8_400)


@pytest.mark.parametrize(
    "fault",
    [OperationalError("deadlock detected"), ReferenceReused(), NoRate("no bracket")],
    ids=["database", "refusal", "data"],
)
def test_fault_of_one_holds_up_no_other_and_is_told(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, broken), (second, _) = came_too_early(), came_too_early()

    def judge_or_break(notice: LateNotice, *, now: datetime) -> Judged:
        if notice.reference == broken.reference:
            raise fault
        return judge(notice, now=now)

    monkeypatch.setattr("payments.services.suspense.judge", judge_or_break)
    with capture_logs() as logs:
        assert retry_suspense(lambda: LATER) == 1

    assert (months_of(first), months_of(second)) == ([], ["2026-11"])
    told = [log for log in logs if log["log_level"] == "error"]
    event, error = "suspense_retry_failed", type(fault).__name__
    assert told == [{"event": event, "log_level": "error", "money": broken.pk, "error": error}]


def test_end_of_the_tasks_time_ends_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    came_too_early()
    with monkeypatch.context() as patched:

        def judge_for_long(_: LateNotice, *, now: datetime) -> Judged:
            raise SoftTimeLimitExceeded

        patched.setattr("payments.services.suspense.judge", judge_for_long)
        with pytest.raises(SoftTimeLimitExceeded):
            retry_suspense(lambda: LATER)

    assert retry_suspense(lambda: LATER) == 1


def locks(act: Callable[[], object]) -> int:
    """How many statements of it lock rows."""
    with CaptureQueriesContext(connection) as statements:
        act()
    return sum(" FOR NO KEY UPDATE" in one["sql"] for one in statements.captured_queries)


@pytest.mark.parametrize("kind", ["bill", "kpj", "credit"])
def test_looking_at_a_release_locks_nobody(kind: str) -> None:
    member = cared_for_member()
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    number = bill_for(member).code if kind == "bill" else member.kpj
    correction = ask_release(late, number, is_credit=kind == "credit")

    assert locks(lambda: effects_of(correction)) == 0

    assert locks(lambda: confirm_correction(correction.pk, by=finance(), now=LATER)) > 0
    assert in_suspense() == 0


@pytest.mark.parametrize("kind", ["bill", "kpj"])
def test_looking_at_late_money_on_paper_locks_nobody(kind: str) -> None:
    member = cared_for_member()
    number = bill_for(member).code if kind == "bill" else member.kpj
    notice = notice_of(PaymentPartnerFactory.create(), number, 8_400)
    draft = CorrectionDraft(
        kind=CorrectionKind.LATE_POST, reason="rekening koran", details=late_details(notice)
    )
    correction = request_correction(draft, by=finance())

    assert locks(lambda: effects_of(correction)) == 0

    assert locks(lambda: confirm_correction(correction.pk, by=finance(), now=LATER)) > 0
    assert months_of(member) == ["2026-11"]
