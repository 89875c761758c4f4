"""What an agent captured of one person, read and not yet believed (R24).

Empty texts, None and empty tuples mean: not said. Nothing here shows in a representation.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from enrollment.edit import Edit
from enrollment.models import ConsentMethod, Ecosystem, PhoneOwner, Purpose, Relation
from enrollment.nik import Sex


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """As printed on the card."""

    nik: str
    full_name: str
    birth_date: date
    sex: Sex
    birthplace: str = ""
    mother_maiden_name: str = ""
    kk_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact:
    """Where and how the person is found (R26, R28)."""

    village_code: str = ""
    address_line: str = ""
    rt: str = ""
    rw: str = ""
    postcode: str = ""
    phone: str = ""
    phone_owner: PhoneOwner | None = None
    no_phone_reason: str = ""
    email: str = ""
    household_of: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOccupation:
    """One occupation that the person named, by its code (R25)."""

    code: str
    is_main: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Work:
    """What the person lives on, and the programmes wanted (R1, R2, R25); income in rupiah."""

    occupations: tuple[NamedOccupation, ...] = ()
    income_monthly: int | None = None
    programmes: tuple[str, ...] = ()
    employs_others: bool = False
    ecosystem: Ecosystem | None = None
    workplace: str = ""
    season_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GivenConsent:
    """What the person agreed to (R36)."""

    purposes: tuple[Purpose, ...]
    text_version: str
    language: str
    method: ConsentMethod
    given_at: datetime
    witness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NamedHeir:
    """One heir that the person named."""

    name: str
    relation: Relation
    birth_date: date | None = None
    phone: str = ""
    nik: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RegistrationForm:
    """One whole form. `member_id` was made by the phone; `months` and `bill_code` ask for a bill.

    `soft_checks_confirmed` are the doubts about the NIK that the agent cleared from the card.
    """

    member_id: UUID
    identity: Identity
    contact: Contact
    work: Work
    consent: GivenConsent | None
    heirs: tuple[NamedHeir, ...] = ()
    soft_checks_confirmed: frozenset[str] = field(default_factory=frozenset)
    prospect_id: UUID | None = None
    months: int | None = None
    bill_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Who captured a form and when: `captured_at` is corrected by the clock offset (R38).

    `decision` is empty, or what a person decided about the case that the form became (`case`, its
    kind): `apply` it, or `merge` it into the member whom it clashes with. `received_at` is then the
    instant of that, and of a form that had to wait the one at which it runs.
    """

    agent_id: UUID
    op_id: UUID
    captured_at: datetime
    received_at: datetime
    device_id: UUID | None = None
    decision: str = ""
    case: str = ""
    decided_by: int | None = None

    def as_edit(self) -> Edit:
        """The same, of a member who exists already."""
        return Edit(
            at=self.captured_at,
            received_at=self.received_at,
            agent_id=self.agent_id,
            device_id=self.device_id,
            op_id=self.op_id,
            decision=self.decision,
            user_id=self.decided_by,
        )
