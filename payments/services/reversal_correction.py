"""A payment taken back after its window: no outlet can, two persons of the office may (R12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Sum

from payments.errors import BillReversed
from payments.models import Account, Correction, EntryKind, JournalLine, Payment
from payments.services.correction_rule import CorrectionRule, Effect
from payments.services.reversal import look_back, reverse_by_correction
from perisai.errors import NotFound
from perisai.models import Role, User


def check_request(correction: Correction, *, by: User) -> None:
    """Raises NotFound, BillReversed and what would block the reversal now."""
    payment_id = correction.payment_id
    if payment_id is None or not Payment.objects.visible_to(by).filter(pk=payment_id).exists():
        raise NotFound
    look = look_back(payment_id)
    if look.reversed_at is not None:
        raise BillReversed
    look.check()


def carry_out(correction: Correction, *, now: datetime) -> None:
    """Take the payment back. Raises BillReversed and what blocks it."""
    reverse_by_correction(correction, now=now)


def preview(correction: Correction) -> Sequence[Effect]:
    """What the payment's own entries stand at, and nothing once they are mirrored."""
    booked = (
        JournalLine.objects.filter(entry__payment=correction.payment_id)
        .exclude(entry__kind=EntryKind.REVERSAL)
        .order_by("account")
        .values_list("account")
        .annotate(total=Sum("amount"))
    )
    return [
        Effect(account=Account(account), before=total, after=0)
        for account, total in booked
        if total
    ]


RULE: Final = CorrectionRule(
    askers=frozenset({Role.SUPERVISOR, Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=check_request,
    carry_out=carry_out,
    preview=preview,
)
