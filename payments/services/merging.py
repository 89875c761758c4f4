"""Money of a member who was recorded twice goes to the row that counts from now on (R23)."""

from uuid import UUID

import structlog
from django.db.models import Max, Q, Sum

from enrollment.errors import BothWereImported, ImportedRowStays, MemberClosed
from enrollment.merging import Merge
from enrollment.models import Member
from payments.errors import MergeMeetsOpenBill, MergeMeetsSuspense, MergeRowsDiffer
from payments.models import (
    Account,
    Bill,
    CoverMonth,
    EntryKind,
    JournalLine,
    LateMoney,
    OpeningCover,
    Payment,
)
from payments.services.journal import EntryDraft, LineDraft, enter
from payments.settlement import settlement_date
from perisai.clock import official_date, official_zone
from perisai.privacy import are_alike

log = structlog.get_logger(__name__)


def merge_money(merge: Merge) -> None:
    """Move the balance (2200) of the losing row, but never a month; joins the merge.

    Raises MergeMeetsOpenBill and MergeMeetsSuspense where money may still come for that row,
    MemberClosed where the other one could not use it, and MergeRowsDiffer where it may be
    somebody else's.
    """
    _must_expect_nothing(merge)
    balance = credit_of(merge.losing_id)
    if not balance:
        return
    _must_be_open(merge)
    _must_look_alike(merge)
    enter(
        EntryDraft(
            kind=EntryKind.MERGE,
            settlement_date=settlement_date(merge.at.astimezone(official_zone())),
            posted_at=merge.at,
            actor=f"user:{merge.user_id}" if merge.user_id else "system",
            reference=str(merge.losing_id),
            lines=[
                LineDraft(account=Account.MEMBER_CREDIT, amount=balance, member_id=merge.losing_id),
                LineDraft(
                    account=Account.MEMBER_CREDIT, amount=-balance, member_id=merge.winning_id
                ),
            ],
        )
    )
    log.info("credit_merged", member=str(merge.losing_id), into=str(merge.winning_id))


def are_imported_twice(merge: Merge) -> bool:
    """Whether all months of the losing row were imported, and as months of the other one too.

    Imported months cannot be taken back: where the other row lacks one of them, who loses them is
    the other row, if it can. Raises ImportedRowStays and BothWereImported; MergeRowsDiffer where
    the months may be somebody else's.
    """
    pair = (merge.losing_id, merge.winning_id)
    brought = OpeningCover.objects.in_bulk(pair)
    lost, kept = (brought.get(member_id) for member_id in pair)
    if lost is None:
        return False
    if kept is None:
        if Member.objects.filter(pk=merge.winning_id, episode_no__gt=0).exists():
            raise ImportedRowStays
        return False
    if not _holds(kept, lost):
        raise ImportedRowStays if _holds(lost, kept) else BothWereImported
    if CoverMonth.objects.filter(member=merge.losing_id, reversed_at__isnull=True).exists():
        return False
    _must_look_alike(merge)
    return True


def credit_of(member_id: UUID) -> int:
    """A member's balance in rupiah."""
    lines = JournalLine.objects.filter(member=member_id, account=Account.MEMBER_CREDIT)
    return -int(lines.aggregate(balance=Sum("amount"))["balance"] or 0)


def _holds(wider: OpeningCover, narrower: OpeningCover) -> bool:
    """Whether a cover began no later and ended no earlier than another; unknown is no beginning."""
    begins, began = wider.episode_started_on, narrower.episode_started_on
    is_as_old = began is None or (begins is not None and begins <= began)
    return is_as_old and wider.paid_through >= narrower.paid_through


def _must_expect_nothing(merge: Merge) -> None:
    """Raises MergeMeetsOpenBill and MergeMeetsSuspense."""
    payable = Bill.objects.open(merge.at).filter(lines__member=merge.losing_id)
    expires_at = payable.aggregate(last=Max("expires_at"))["last"]
    if expires_at is not None:
        raise MergeMeetsOpenBill(until=official_date(expires_at).isoformat())
    kpj = Member.objects.values_list("kpj", flat=True).get(pk=merge.losing_id)
    codes = Bill.objects.filter(lines__member=merge.losing_id).values("code")
    named = Q(number=kpj) | Q(number__in=codes)
    held = Payment.objects.held().filter(reservation__member=merge.losing_id)
    if LateMoney.objects.in_suspense().filter(named).exists() or held.exists():
        raise MergeMeetsSuspense


def _must_be_open(merge: Merge) -> None:
    """Raises MemberClosed."""
    closed_on = Member.objects.values_list("closed_on", flat=True).get(pk=merge.winning_id)
    if closed_on is not None and closed_on <= official_date(merge.at):
        raise MemberClosed


def _must_look_alike(merge: Merge) -> None:
    """Born on one day, and no word of the shorter name that the other lacks.

    Raises MergeRowsDiffer.
    """
    rows = Member.objects.only("birth_date", "full_name")
    loser, winner = rows.get(pk=merge.losing_id), rows.get(pk=merge.winning_id)
    is_one_name = are_alike(loser.full_name, winner.full_name)
    if loser.birth_date != winner.birth_date or not is_one_name:
        raise MergeRowsDiffer
