"""Credit that went to the wrong member goes back into suspense, by two persons (R12).

What gave it is mirrored. Released money is in suspense again by that; a surplus, which never was,
becomes late money of its own there. Lock order: reference, key, members by ascending id, inserts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Sum

from enrollment.models import Member
from payments.errors import CreditSpent, CreditTakenBack, MemberNotFound, ReferenceReused
from payments.late_plan import SuspenseReason, suspend
from payments.models import (
    Account,
    Correction,
    JournalEntry,
    JournalLine,
    LateMoney,
    Release,
)
from payments.services.correction_rule import CorrectionRule, Effect
from payments.services.idempotency import be_alone, conclude_with_refusal
from payments.services.journal import mirror
from payments.services.late_booking import Booking, keep_money
from payments.services.late_judging import Judged, lock_members
from payments.services.late_notices import LateNotice
from payments.services.late_posting import claim_reference, open_day
from payments.services.outcomes import Refused
from perisai.deadlines import Deadline, within
from perisai.errors import NotFound
from perisai.models import Role, User

log = structlog.get_logger(__name__)

SUFFIX: Final = "/credit"
"""Behind the reference of late money whose surplus was taken back; no partner can send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """An entry that gave credit and paid no month: of late money, by release or as its surplus."""

    entry: JournalEntry
    money: LateMoney
    is_surplus: bool
    shares: Mapping[UUID, int]

    @property
    def amount(self) -> int:
        """Rupiah for all members."""
        return sum(self.shares.values())


def gifts_of(money: LateMoney, *, seen_by: User) -> list[Gift]:
    """The credit that late money gave and that stands, the oldest first.

    Only of members who are all in this person's sight. Credit that came with a payment goes with
    it. As many statements for many releases as for one.
    """
    found = Release.objects.standing().as_credit().filter(suspense=money.suspense_id)
    entry_ids = list(found.values_list("entry", flat=True))
    surplus_id = money.surplus_id if money.payment_id is None else None
    if surplus_id is not None and not _is_back(surplus_id):
        entry_ids.append(surplus_id)
    return _seen(_gifts(entry_ids, money), by=seen_by)


def gift_of(correction: Correction) -> Gift:
    """What a correction is about. Raises NotFound for what gave no credit by itself."""
    entry = correction.entry
    if entry is None:
        raise NotFound
    money = LateMoney.objects.filter(surplus=entry, payment__isnull=True).first()
    release = Release.objects.as_credit().filter(entry=entry).first()
    if release is not None:
        money = LateMoney.objects.get(suspense=release.suspense_id)
    if money is None:
        raise NotFound
    (gift,) = _gifts([entry.pk], money)
    return gift


def check_request(correction: Correction, *, by: User) -> None:
    """Raises NotFound, MemberNotFound for a member out of sight, CreditTakenBack, CreditSpent."""
    gift = gift_of(correction)
    if not _seen([gift], by=by):
        raise MemberNotFound
    _must_be_there(gift)


def carry_out(correction: Correction, *, now: datetime) -> None:
    """Take the credit back. Raises CreditTakenBack and CreditSpent."""
    with within(Deadline.CORRECTION):
        gift = gift_of(correction)
        be_alone(gift.money.partner_id, gift.money.reference)
        key_id = claim_reference(_notice(gift, correction)) if gift.is_surplus else None
        lock_members(sorted(gift.shares))
        _must_be_there(gift)
        settled_on = open_day(gift.money.partner_id, now=now)
        mirror(gift.entry, correction, settled_on=settled_on, now=now)
        if gift.is_surplus:
            _suspend(gift, correction, key_id, now=now)
    log.info("credit_taken_back", entry=gift.entry.pk, money=gift.money.pk)


def preview(correction: Correction) -> Sequence[Effect]:
    """Credit becomes suspense; what the partner owes stays."""
    amount = gift_of(correction).amount
    return [
        Effect(account=Account.MEMBER_CREDIT, before=-amount, after=0),
        Effect(account=Account.SUSPENSE, before=0, after=-amount),
    ]


def _gifts(entry_ids: Sequence[int], money: LateMoney) -> list[Gift]:
    """In the order of the ledger, by one statement."""
    lines = JournalLine.objects.filter(entry__in=entry_ids, account=Account.MEMBER_CREDIT)
    in_order = lines.select_related("entry").order_by("entry_id", "line_no")
    return [
        Gift(
            entry=entry,
            money=money,
            is_surplus=entry.pk == money.surplus_id,
            shares={line.member_id: -line.amount for line in given if line.member_id},
        )
        for entry, given in groupby(in_order, key=lambda line: line.entry)
    ]


def _seen(gifts: Sequence[Gift], *, by: User) -> list[Gift]:
    """Those whose members are all in this person's sight; finance needs to see none."""
    if by.role == Role.FINANCE:
        return list(gifts)
    members = {member for gift in gifts for member in gift.shares}
    seen = set(Member.objects.visible_to(by).filter(pk__in=members).values_list("pk", flat=True))
    return [gift for gift in gifts if gift.shares.keys() <= seen]


def _is_back(entry_id: int) -> bool:
    return JournalEntry.objects.filter(reverses=entry_id).exists()


def _must_be_there(gift: Gift) -> None:
    """A statement of its own: after a lock it sees what others did. Raises as `carry_out` does."""
    if _is_back(gift.entry.pk):
        raise CreditTakenBack
    lines = JournalLine.objects.filter(member__in=gift.shares, account=Account.MEMBER_CREDIT)
    sums = lines.order_by().values("member").annotate(sum=Sum("amount"))
    left = {member: -balance for member, balance in sums.values_list("member", "sum")}
    spent = [one for one, share in sorted(gift.shares.items()) if left.get(one, 0) < share]
    if spent:
        raise CreditSpent(member_ids=[str(one) for one in spent])


def _suspend(gift: Gift, correction: Correction, key_id: int | None, *, now: datetime) -> LateMoney:
    """The partner owes it all the same: it waits for its owner, and no night tries it again."""
    if key_id is None:
        raise AssertionError("no payment can have this reference")
    conclude_with_refusal(key_id, Refused(code=ReferenceReused.code))
    return keep_money(
        Booking(
            notice=_notice(gift, correction),
            judged=Judged(plan=suspend(gift.amount, SuspenseReason.CREDIT_BACK)),
            settled_on=open_day(gift.money.partner_id, now=now),
            now=now,
        )
    )


def _notice(gift: Gift, correction: Correction) -> LateNotice:
    money = gift.money
    return LateNotice(
        partner_id=money.partner_id,
        reference=f"{money.reference}{SUFFIX}",
        number=money.number,
        amount=gift.amount,
        paid_at=money.paid_at,
        terminal=money.terminal,
        correction_id=correction.pk,
    )


RULE: Final = CorrectionRule(
    askers=frozenset({Role.SUPERVISOR, Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=check_request,
    carry_out=carry_out,
    preview=preview,
)
