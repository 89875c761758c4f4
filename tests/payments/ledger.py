"""What tests read of the ledger, and how they put credit there that later features will."""

from datetime import datetime

from django.db.models import Sum

from enrollment.models import Member
from payments.models import (
    Account,
    Bill,
    BillLine,
    CorrectionKind,
    CoverMonth,
    EntryKind,
    IdempotencyKey,
    JournalEntry,
    JournalLine,
    LateMoney,
    Payment,
    PaymentPartner,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from perisai.models import OutboxMessage, Role
from tests.factories.payments import NOW
from tests.factories.perisai import UserFactory


def give_credit(
    member: Member,
    amount: int,
    partner: PaymentPartner,
    at: datetime = NOW,
    payment: Payment | None = None,
) -> JournalEntry:
    """Money on the member's account 2200, as file money for a covered month leaves it.

    Below zero it is an entry that nothing explains.
    """
    entry = JournalEntry.objects.create(
        kind=EntryKind.SURPLUS,
        payment=payment,
        settlement_date=at.date(),
        posted_at=at,
        actor="system",
    )
    JournalLine.objects.create(
        entry=entry,
        line_no=1,
        account_id=Account.PARTNER_RECEIVABLE,
        amount=amount,
        partner=partner,
    )
    JournalLine.objects.create(
        entry=entry, line_no=2, account_id=Account.MEMBER_CREDIT, amount=-amount, member=member
    )
    if amount > 0:
        LateMoney.objects.create(
            partner=partner,
            reference=f"KELEBIHAN-{entry.pk}",
            amount=amount,
            paid_at=at,
            settlement_date=at.date(),
            credited=amount,
            surplus=entry,
            posted_at=at,
        )
    return entry


def take_credit_away(given: JournalEntry) -> None:
    """Two persons found that the credit was somebody else's; nobody's cover moved."""
    draft = CorrectionDraft(
        kind=CorrectionKind.CREDIT, reason="saldo peserta yang salah", entry=given
    )
    correction = request_correction(draft, by=UserFactory.create(role=Role.FINANCE))
    second = UserFactory.create(role=Role.FINANCE)
    confirm_correction(correction.pk, by=second, now=given.posted_at)


def balances() -> dict[int, int]:
    """The balance of each account that has lines; debit +, credit -."""
    sums = JournalLine.objects.order_by().values("account").annotate(total=Sum("amount"))
    return {Account(account): total for account, total in sums.values_list("account", "total")}


def money_rows() -> dict[str, int]:
    """How many rows money has, keys left out: a refusal keeps its key."""
    models = (Bill, BillLine, Payment, CoverMonth, JournalEntry, JournalLine, OutboxMessage)
    return {model.__name__: model.objects.count() for model in models}


def outcome_of(key: str) -> str:
    """What a key remembers."""
    return IdempotencyKey.objects.get(key=key).outcome


def months_of(member: Member) -> list[str]:
    """The member's covered months, oldest first."""
    months = CoverMonth.objects.filter(member=member, reversed_at=None).order_by("month")
    return [f"{month:%Y-%m}" for month in months.values_list("month", flat=True)]
