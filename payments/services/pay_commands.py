"""What is asked of posting, and what it writes of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from payments.models import Account, Channel, EntryKind
from payments.receipt_number import draw_receipt_no
from payments.settlement import DEFAULT_CUTOFF, settlement_date
from perisai.clock import official_date, official_zone
from perisai.ids import new_id
from perisai.months import month_of

ADVICE_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who took the money: a partner with its terms, and its counter."""

    partner_id: int
    admin_fee: int
    cutoff: time
    outlet_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTerms:
    """That the money was taken long ago and is booked without being asked for (R12).

    It comes from the partner (`late_post`), or from suspense (`release`). Fee in rupiah.
    """

    settlement_date: date
    fee: int
    kind: EntryKind = EntryKind.LATE_POST
    correction_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCommand:
    """Money that somebody says was taken: authenticated and parsed, not yet believed.

    `taker` is None for the channel credit, which moves no money. `advice`: the counter took the
    money earlier and is not sure that we know. Amounts in rupiah, without the fee.
    """

    channel: Channel
    taker: Taker | None
    key: str
    bill_code: str
    amount: int
    reference: str
    paid_at: datetime
    terminal: str = ""
    advice: bool = False
    confirm_repeat: bool = False
    late: LateTerms | None = None

    @property
    def caller(self) -> str:
        """Whose keys these are, and who acts in the journal."""
        return f"partner:{self.taker.partner_id}" if self.taker else "system"

    def is_timely_advice(self, expires_at: datetime, *, now: datetime) -> bool:
        """The money was taken while the code was good, and we hear of it within a day."""
        was_in_time = self.paid_at <= expires_at
        return self.advice and was_in_time and now - self.paid_at <= ADVICE_WITHIN


def payment_parameters(
    bill_id: UUID | None, command: PayCommand, *, now: datetime
) -> dict[str, Any]:
    """The columns of a payment, and of the months and the entry that come of it."""
    taker = command.taker
    settled_on = _settled_on(command, now=now)
    return {
        "payment": new_id(),
        "receipt_no": draw_receipt_no(settled_on),
        "bill": bill_id,
        "channel": command.channel,
        "partner": taker.partner_id if taker else None,
        "reference": command.reference,
        "outlet": taker.outlet_id if taker else None,
        "terminal": command.terminal,
        "amount": command.amount,
        "paid_at": command.paid_at,
        "posted_at": now,
        "settlement_date": settled_on,
        "credited_on": month_of(settled_on),
        "effective_on": official_date(command.paid_at),
        "actor": command.caller,
        **_terms(command),
    }


def _settled_on(command: PayCommand, *, now: datetime) -> date:
    if command.late is not None:
        return command.late.settlement_date
    cutoff = command.taker.cutoff if command.taker else DEFAULT_CUTOFF
    return settlement_date(now.astimezone(official_zone()), cutoff=cutoff)


def _terms(command: PayCommand) -> dict[str, Any]:
    """What differs where the money lies with us already."""
    late = command.late
    fee = command.taker.admin_fee if command.taker else 0
    is_suspended = late is not None and late.kind == EntryKind.RELEASE
    return {
        "fee": late.fee if late else fee,
        "late_post": late is not None,
        "entry_kind": late.kind if late else EntryKind.ACCEPT,
        "correction": late.correction_id if late else None,
        "debit": Account.SUSPENSE if is_suspended else Account.PARTNER_RECEIVABLE,
    }
