"""What is said of money that was taken already, and what becomes of it: values in and out."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from payments.bill_code import has_code_shape
from payments.late_plan import SuspenseReason
from payments.services.outcomes import Busy, Inconsistent

KPJ: Final = re.compile(r"[0-9]{11}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNotice:
    """Money that a partner took and we never booked: a line of its file, or its proof on paper.

    `number`: the customer number as the partner has it; ours are bill codes and KPJ. Rupiah, the
    fee apart. Without a `settlement_date` it belongs to the day that is open.
    """

    partner_id: int
    reference: str
    number: str
    amount: int
    paid_at: datetime
    fee: int = 0
    terminal: str = ""
    settlement_date: date | None = None
    correction_id: UUID | None = None

    @property
    def known_number(self) -> str:
        """The number if it has the shape of ours; anything else may be a NIK, and is not kept."""
        is_ours = KPJ.fullmatch(self.number) or has_code_shape(self.number)
        return self.number if is_ours else ""

    @property
    def content(self) -> str:
        """What the idempotency key stands for: the words of a payment of that bill."""
        return f"{self.known_number}||{self.amount}"

    @property
    def caller(self) -> str:
        """Whose keys these are, and who acts in the journal."""
        return f"partner:{self.partner_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateBooked:
    """Booked now: each rupiah in exactly one of three places. Why, if some are suspended."""

    money_id: int
    payment_id: UUID | None
    late_posted: int
    credited: int
    suspended: int
    why: SuspenseReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateKnown:
    """The same words came before; nothing happened now."""

    money_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyBooked:
    """The partner's payment of this reference was booked when it was taken, and it stands."""

    payment_id: UUID
    is_same_amount: bool


LateOutcome = LateBooked | LateKnown | AlreadyBooked | Inconsistent | Busy
