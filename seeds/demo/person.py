"""What is told of one invented person, before anything is written."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from enrollment.models import ClosedReason, ConsentMethod, PhoneOwner, Relation
from enrollment.nik import Sex


class Habit(Enum):
    """How somebody pays."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    FORGETFUL = "forgetful"
    STOPPED = "stopped"
    RETURNING = "returning"
    NEVER = "never"
    HARVEST = "harvest"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A habit with its turns: the last month before a stop, and the first one after it."""

    habit: Habit
    stops_after: date | None = None
    returns_in: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DemoHeir:
    """One heir."""

    id: UUID
    name: str
    relation: Relation
    birth_year: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """What the identity card says."""

    nik: str
    full_name: str
    birth_date: date
    sex: Sex
    birthplace: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact:
    """Where and how to reach somebody; a draft has no village yet."""

    village: str | None
    address_line: str | None
    rt: str
    rw: str
    phone: str | None
    phone_owner: PhoneOwner | None
    no_phone_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What somebody lives on. `occupations`: codes, the main one first; a draft has none."""

    occupations: tuple[str, ...]
    income: int | None
    programmes: tuple[str, ...]
    is_employer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What somebody consented to."""

    id: UUID
    purposes: tuple[str, ...]
    method: ConsentMethod
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """When and why a membership ended."""

    on: date
    reason: ClosedReason


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person:
    """One invented worker. `agent`: the number of the agent who looks after her."""

    id: UUID
    op_id: UUID
    agent: str
    regency: str
    identity: Identity
    contact: Contact
    work: Work
    household_of: UUID | None
    captured_at: datetime
    agreement: Agreement
    heirs: tuple[DemoHeir, ...]
    pattern: Pattern
    closing: Closing | None

    @property
    def is_draft(self) -> bool:
        """Whether the form still lacks what a bill needs (R24)."""
        return self.work.income is None
