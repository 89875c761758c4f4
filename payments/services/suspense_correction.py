"""Suspense that was entered wrongly, or given back by the partner, leaves the books (R12).

By two persons of finance, while all of it is still there: its entry is mirrored, and the partner
owes it no more. Lock order: reference, inserts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from payments.errors import SuspenseReleased
from payments.models import Account, Correction, JournalEntry, LateMoney
from payments.services.correction_rule import CorrectionRule, Effect
from payments.services.idempotency import be_alone
from payments.services.journal import mirror
from payments.services.late_posting import open_day
from perisai.deadlines import Deadline, within
from perisai.errors import NotFound
from perisai.models import Role, User

log = structlog.get_logger(__name__)


def suspended_by(correction: Correction) -> tuple[LateMoney, JournalEntry]:
    """The money that it is about, and its suspense. Raises NotFound for what is no suspense."""
    money = LateMoney.objects.filter(suspense=correction.entry_id).first()
    if money is None or money.suspense is None:
        raise NotFound
    return money, money.suspense


def check_request(correction: Correction, *, by: User) -> None:
    """Raises NotFound, and SuspenseReleased once a part of it has an owner, or it is gone."""
    _must_be_whole(suspended_by(correction)[0])


def carry_out(correction: Correction, *, now: datetime) -> None:
    """Take it off the books. Raises SuspenseReleased."""
    with within(Deadline.CORRECTION):
        money, suspense = suspended_by(correction)
        be_alone(money.partner_id, money.reference)
        _must_be_whole(money)
        mirror(suspense, correction, settled_on=open_day(money.partner_id, now=now), now=now)
    log.info("suspense_withdrawn", money=money.pk)


def preview(correction: Correction) -> Sequence[Effect]:
    """The partner owes nothing of it, and nobody waits for an owner."""
    amount = suspended_by(correction)[0].suspended
    return [
        Effect(account=Account.PARTNER_RECEIVABLE, before=amount, after=0),
        Effect(account=Account.SUSPENSE, before=-amount, after=0),
    ]


def _must_be_whole(money: LateMoney) -> None:
    """A statement of its own: after a lock it sees what others did."""
    if LateMoney.objects.rest_of(money.pk) != money.suspended:
        raise SuspenseReleased


RULE: Final = CorrectionRule(
    askers=frozenset({Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=check_request,
    carry_out=carry_out,
    preview=preview,
)
