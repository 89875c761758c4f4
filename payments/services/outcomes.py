"""What services of money answer: values, because a key's row must commit with a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from payments.refusals import refusal_of
from payments.services.payments import PaymentAnswer
from perisai.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal of the catalogue: code, and JSON values that its words are made from."""

    code: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: DomainError) -> Self:
        """A refusal that a rule raised."""
        return cls(code=refusal.code, context=dict(refusal.context))

    def as_error(self) -> DomainError:
        """The same as an error that an edge raises, worded in the present language."""
        return refusal_of(self.code, self.context)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A member who is not in a collective bill, and the code of the refusal."""

    member_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillMade:
    """A new bill."""

    bill_id: UUID
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReused:
    """An equal bill of the same maker that is open long enough."""

    bill_id: UUID
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReplayed:
    """The bill of the first call with this key, and whom that call left out."""

    bill_id: UUID
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Booked now; `answer`: what its caller is told of it."""

    payment_id: UUID
    answer: PaymentAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Taken now for a code whose member has not come yet; `answer`: what its caller is told."""

    payment_id: UUID
    answer: PaymentAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The payment of the first call with this key. A first refusal comes back as it was."""

    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """Taken back now."""

    payment_id: UUID
    reversed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """No payment of this reference is known; if it comes, it is refused."""

    is_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistent:
    """The key was used with other content. What the first one did is for the log alone."""

    payment_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The connection was lost in COMMIT: booked or not, the same request again will tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A twin holds the key, or somebody the bill or a member, for longer than we wait."""
