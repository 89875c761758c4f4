"""Late money as tests say it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import Sum

from payments.models import Correction, CorrectionKind, LateMoney, Payment, PaymentPartner
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from payments.services.late_notices import LateBooked, LateNotice
from payments.services.late_posting import post_late
from perisai.models import Role, User
from tests.factories.payments import NOW
from tests.factories.perisai import UserFactory

LATER = NOW + timedelta(days=4)
"""When we hear of money that was taken at NOW: the bills of that day have expired."""

_references = count(1)


def notice_of(partner: PaymentPartner, number: str, amount: int, **changes: Any) -> LateNotice:
    """A line of the partner's file about money taken at NOW, under a reference of its own."""
    said: dict[str, Any] = {
        "partner_id": partner.pk,
        "reference": f"PSP-LATE-{next(_references):08d}",
        "number": number,
        "amount": amount,
        "paid_at": NOW,
        "fee": 2_500,
        "terminal": "POS-50111-02",
    }
    return LateNotice(**(said | changes))


def booked(notice: LateNotice, *, now: datetime = LATER) -> LateBooked:
    """The outcome of money that was booked just now."""
    outcome = post_late(notice, now=now)
    assert isinstance(outcome, LateBooked), outcome
    return outcome


def parts(outcome: LateBooked) -> tuple[int, int, int]:
    """Rupiah late posted, credited and suspended."""
    return outcome.late_posted, outcome.credited, outcome.suspended


def payment_of(outcome: LateBooked) -> Payment:
    """The payment that it made."""
    assert outcome.payment_id is not None
    return Payment.objects.get(pk=outcome.payment_id)


def in_suspense() -> int:
    """All rupiah whose owner is not found, by the facts."""
    rest = LateMoney.objects.in_suspense().aggregate(all=Sum("rest"))["all"]
    return int(rest or 0)


def finance() -> User:
    """Somebody of finance."""
    return UserFactory.create(role=Role.FINANCE)


def ask_release(
    outcome: LateBooked, number: str, *, is_credit: bool = False, by: User | None = None
) -> Correction:
    """That somebody asks for the release of what was suspended."""
    money = LateMoney.objects.get(pk=outcome.money_id)
    draft = CorrectionDraft(
        kind=CorrectionKind.RELEASE,
        reason="bukti mitra sudah diperiksa",
        entry=money.suspense,
        details={"number": number, "is_credit": is_credit},
    )
    return request_correction(draft, by=by or finance())


def confirm(correction: Correction) -> None:
    """Another one of finance decides for it."""
    confirm_correction(correction.pk, by=finance(), now=LATER)
