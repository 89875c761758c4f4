"""What the model remembers of money: bills, payments, late money, credit, answers."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tests.machines.money_people import Basis


@dataclass(frozen=True, kw_only=True)
class Line:
    """One member-month of a bill."""

    person: UUID
    number: int
    episode: int
    jkk: int
    jkm: int
    credit: int
    basis: Basis


@dataclass(kw_only=True)
class Quote:
    """A bill: its lines never change; what became of it is told once."""

    code: str
    lines: tuple[Line, ...]
    expires_at: datetime
    partner: int | None
    is_cancelled: bool = False
    payment: UUID | None = None

    @property
    def payable(self) -> int:
        """What is left to pay in money."""
        return sum(line.jkk + line.jkm - line.credit for line in self.lines)

    @property
    def people(self) -> frozenset[UUID]:
        """Whose months they are."""
        return frozenset(line.person for line in self.lines)


@dataclass(kw_only=True)
class Taken:
    """A payment that somebody was told of; `partner` is None when credit alone paid.

    `held`: the late money whose suspense it is paid from. `left_over`: the credit that money for a
    slip gave beside its months.
    """

    id: UUID
    bill: str
    partner: int | None
    outlet: int | None
    reference: str
    amount: int
    posted_at: datetime
    settled_on: date
    is_reversed: bool = False
    held: "Late | None" = None
    left_over: dict[UUID, int] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Kept:
    """Money for a slip without a bill. `owner`: whose credit all of it became."""

    id: UUID
    code: str
    partner: int
    outlet: int | None
    reference: str
    amount: int
    paid_at: datetime
    posted_at: datetime
    settled_on: date
    is_reversed: bool = False
    owner: UUID | None = None


@dataclass(kw_only=True, eq=False)
class Late:
    """Money that a partner's file brought: what it was for, its payment, and what waits of it.

    `shares`: the credit that its surplus gave; `is_settled`: no night tries it again.
    """

    id: int
    partner: int
    reference: str
    content: tuple[str, int]
    payment: UUID | None
    shares: dict[UUID, int]
    rest: int
    is_settled: bool = False

    @property
    def amount(self) -> int:
        """All of it."""
        return self.content[1]


@dataclass(kw_only=True, eq=False)
class Gift:
    """Credit that late money gave beside payments: as its surplus, or by a release."""

    entry: int
    late: Late
    shares: dict[UUID, int]
    is_surplus: bool
    is_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a key answers for ever."""

    content: tuple[str, int] | str
    word: str
    payment: UUID | None
