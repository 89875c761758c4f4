"""Bills and payments as rows: what `payments.services` writes for each, for thousands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from payments.models import (
    Account,
    Bill,
    BillLine,
    Channel,
    CoverMonth,
    EntryKind,
    IdempotencyKey,
    JournalEntry,
    JournalLine,
    Payment,
)
from payments.services.idempotency import Claim
from perisai.models import OutboxMessage
from seeds.demo.copying import Sheet, copy_rows, numbers_for
from seeds.demo.offices import Counter
from seeds.demo.sale import Sale, Taking

TERMINAL: Final = "POS-1"
POSTED: Final = "posted"
EVENT: Final = "payment.posted"

BILL_SHEET: Final = Sheet(
    model=Bill,
    columns=(
        "id",
        "code",
        "payer_kind",
        "made_by_agent_id",
        "made_by_partner_id",
        "total",
        "credit",
        "payable",
        "member_count",
        "line_count",
        "expires_at",
        "fingerprint",
        "created_at",
    ),
)
BILL_LINE_SHEET: Final = Sheet(
    model=BillLine,
    columns=(
        "bill_id",
        "member_id",
        "month",
        "jkk",
        "jkm",
        "jht",
        "credit",
        "basis_paid_through",
        "basis_episode",
        "episode_no",
        "kind",
        "base_income",
        "sector",
        "discount_code",
    ),
)
PAYMENT_SHEET: Final = Sheet(
    model=Payment,
    columns=(
        "id",
        "receipt_no",
        "bill_id",
        "channel",
        "partner_id",
        "reference",
        "outlet_id",
        "terminal",
        "amount",
        "fee",
        "paid_at",
        "posted_at",
        "settlement_date",
        "late_post",
    ),
)
COVER_SHEET: Final = Sheet(
    model=CoverMonth,
    columns=(
        "member_id",
        "month",
        "payment_id",
        "jkk",
        "jkm",
        "jht",
        "credit",
        "episode_no",
        "agent_id",
        "agent_month_no",
        "regency_code",
        "counted_on",
    ),
)
ENTRY_SHEET: Final = Sheet(
    model=JournalEntry,
    columns=("id", "kind", "payment_id", "settlement_date", "posted_at", "reference", "actor"),
)
JOURNAL_LINE_SHEET: Final = Sheet(
    model=JournalLine, columns=("entry_id", "line_no", "account_id", "amount", "partner_id")
)
KEY_SHEET: Final = Sheet(
    model=IdempotencyKey,
    columns=(
        "caller",
        "operation",
        "key",
        "fingerprint",
        "outcome",
        "payment_id",
        "bill_id",
        "context",
        "created_at",
    ),
)
EVENT_SHEET: Final = Sheet(
    model=OutboxMessage,
    columns=("kind", "subject_id", "due_at", "attempts", "sent_at", "last_error", "created_at"),
)
Row = tuple[object, ...]


class Bookkeeper:
    """Turns sales into rows; knows the keys of agents, and each regency's counter."""

    def __init__(self, *, agents: Mapping[str, UUID], counters: Mapping[str, Counter]) -> None:
        self._agents = agents
        self._counters = counters

    def write(self, sales: Sequence[Sale]) -> None:
        """Bills in the order in which they were made, payments in theirs."""
        by_made = sorted(sales, key=lambda sale: (sale.made_at, sale.bill_id))
        copy_rows(BILL_SHEET, map(self._bill, by_made))
        copy_rows(BILL_LINE_SHEET, (row for sale in by_made for row in _bill_lines(sale)))
        paid = [(sale, sale.taking) for sale in sales if sale.taking is not None]
        paid.sort(key=lambda pair: (pair[1].posted_at, pair[1].id))
        copy_rows(PAYMENT_SHEET, (self._payment(*pair) for pair in paid))
        copy_rows(COVER_SHEET, (row for pair in paid for row in self._cover_months(*pair)))
        entries = list(zip(numbers_for(JournalEntry, len(paid)), paid, strict=True))
        copy_rows(ENTRY_SHEET, (self._entry(number, *pair) for number, pair in entries))
        copy_rows(
            JOURNAL_LINE_SHEET,
            (row for number, (sale, _) in entries for row in self._journal_lines(number, sale)),
        )
        copy_rows(KEY_SHEET, (self._key(*pair) for pair in paid))
        copy_rows(EVENT_SHEET, (_event(taking) for _, taking in paid))

    def _bill(self, sale: Sale) -> Row:
        draft = sale.draft
        counter = self._counters[sale.person.regency]
        return (
            sale.bill_id,
            sale.code,
            str(draft.payer_kind),
            None if sale.is_inquiry else self._agents[sale.person.agent],
            counter.partner_id if sale.is_inquiry else None,
            draft.total,
            draft.credit,
            draft.payable,
            draft.member_count,
            len(draft.lines),
            draft.expires_at,
            draft.fingerprint,
            sale.made_at,
        )

    def _payment(self, sale: Sale, taking: Taking) -> Row:
        counter = self._counters[sale.person.regency]
        return (
            taking.id,
            taking.receipt_no,
            sale.bill_id,
            str(Channel.REST),
            counter.partner_id,
            taking.key,
            counter.outlet_id,
            TERMINAL,
            sale.draft.payable,
            counter.admin_fee,
            taking.paid_at,
            taking.posted_at,
            taking.settled_on,
            False,
        )

    def _cover_months(self, sale: Sale, taking: Taking) -> Iterator[Row]:
        person = sale.person
        for number, line in enumerate(sale.draft.lines, start=taking.months_before + 1):
            yield (
                person.id,
                line.month,
                taking.id,
                line.price.jkk,
                line.price.jkm,
                line.price.jht,
                line.credit,
                line.episode_no,
                self._agents[person.agent],
                number,
                person.regency,
                taking.settled_on,
            )

    def _entry(self, number: int, sale: Sale, taking: Taking) -> Row:
        return (
            number,
            str(EntryKind.ACCEPT),
            taking.id,
            taking.settled_on,
            taking.posted_at,
            "",
            self._caller(sale),
        )

    def _journal_lines(self, number: int, sale: Sale) -> Iterator[Row]:
        lines, partner = sale.draft.lines, self._counters[sale.person.regency].partner_id
        amounts = (
            (Account.PARTNER_RECEIVABLE, sale.draft.payable, partner),
            (Account.PAYABLE_JKK, -sum(line.price.jkk for line in lines), None),
            (Account.PAYABLE_JKM, -sum(line.price.jkm for line in lines), None),
            (Account.PAYABLE_JHT, -sum(line.price.jht for line in lines), None),
        )
        moved = [line for line in amounts if line[1] != 0]
        for line_no, (account, amount, partner_id) in enumerate(moved, start=1):
            yield number, line_no, int(account), amount, partner_id

    def _key(self, sale: Sale, taking: Taking) -> Row:
        content = f"{sale.code}||{sale.draft.payable}"
        claim = Claim(caller=self._caller(sale), operation="pay", key=taking.key, content=content)
        return (
            claim.caller,
            claim.operation,
            claim.key,
            claim.fingerprint,
            POSTED,
            taking.id,
            sale.bill_id,
            "{}",
            taking.posted_at,
        )

    def _caller(self, sale: Sale) -> str:
        return f"partner:{self._counters[sale.person.regency].partner_id}"


def _bill_lines(sale: Sale) -> Iterator[Row]:
    for line in sale.draft.lines:
        yield (
            sale.bill_id,
            line.member_id,
            line.month,
            line.price.jkk,
            line.price.jkm,
            line.price.jht,
            line.credit,
            line.basis_paid_through,
            line.basis_episode,
            line.episode_no,
            str(line.kind),
            line.price.base_income,
            str(line.sector),
            line.price.discount_code,
        )


def _event(taking: Taking) -> Row:
    """Told to nobody: an invented member has no phone that could ring."""
    return EVENT, taking.id, taking.posted_at, 1, taking.posted_at, "", taking.posted_at
