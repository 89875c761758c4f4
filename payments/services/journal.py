"""Writing entries of the ledger beside those that pay for months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from payments.models import (
    Account,
    Correction,
    EntryKind,
    JournalAccount,
    JournalEntry,
    JournalLine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One signed amount in rupiah: debit +, credit -."""

    account: Account
    amount: int
    partner_id: int | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An entry whose lines sum to zero. `reference`, unless empty, is once per kind.

    With the reversal of its payment, if it has one, it is mirrored.
    """

    kind: EntryKind
    settlement_date: date
    posted_at: datetime
    actor: str
    lines: Sequence[LineDraft]
    reference: str = ""
    correction_id: UUID | None = None
    payment_id: UUID | None = None
    reverses_id: int | None = None


def account_names() -> dict[int, str]:
    """The chart of accounts: names by code."""
    return dict(JournalAccount.objects.values_list("code", "name"))


def enter(draft: EntryDraft) -> JournalEntry:
    """Write an entry, in two statements; joins the caller's transaction."""
    entry = JournalEntry.objects.create(
        kind=draft.kind,
        correction_id=draft.correction_id,
        payment_id=draft.payment_id,
        reverses_id=draft.reverses_id,
        settlement_date=draft.settlement_date,
        posted_at=draft.posted_at,
        reference=draft.reference,
        actor=draft.actor,
    )
    JournalLine.objects.bulk_create(_lines(entry, draft.lines))
    return entry


def mirror(entry: JournalEntry, correction: Correction, *, settled_on: date, now: datetime) -> None:
    """The entry once more with all signs turned, by a confirmed correction."""
    enter(
        EntryDraft(
            kind=EntryKind.REVERSAL,
            settlement_date=settled_on,
            posted_at=now,
            actor=f"user:{correction.decided_by_id}",
            correction_id=correction.pk,
            reverses_id=entry.pk,
            lines=[
                LineDraft(
                    account=Account(line.account_id),
                    amount=-line.amount,
                    partner_id=line.partner_id,
                    member_id=line.member_id,
                )
                for line in entry.lines.order_by("line_no")
            ],
        )
    )


def _lines(entry: JournalEntry, lines: Iterable[LineDraft]) -> Iterable[JournalLine]:
    return [
        JournalLine(
            entry=entry,
            line_no=number,
            account_id=line.account,
            amount=line.amount,
            partner_id=line.partner_id,
            member_id=line.member_id,
        )
        for number, line in enumerate(lines, start=1)
    ]
