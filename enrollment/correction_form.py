"""What somebody corrects of a member: one group of fields, only those that are said.

Said and empty means: cleared. Nothing here shows in a representation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from enrollment.models import FieldGroup
from enrollment.nik import Sex
from enrollment.registration_form import Contact, Work

FIELDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    FieldGroup.IDENTITY: (
        *("nik", "full_name", "birth_date", "sex"),
        *("mother_maiden_name", "birthplace", "kk_number"),
    ),
    FieldGroup.CONTACT: (
        *("phone", "phone_owner", "no_phone_reason", "email"),
        *("address_line", "rt", "rw", "postcode", "village_code", "household_of"),
    ),
    FieldGroup.WORK: (
        *("occupations", "ecosystem", "income_monthly"),
        *("workplace", "employs_others", "season_note"),
    ),
    FieldGroup.PROGRAMME: ("programmes",),
}
NEVER_CLEARED: Final = frozenset({"nik", "full_name", "birth_date", "sex", "programmes"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SaidIdentity:
    """What is said of an identity, a part of it as a rule."""

    nik: str = ""
    full_name: str = ""
    birth_date: date | None = None
    sex: Sex | None = None
    mother_maiden_name: str = ""
    birthplace: str = ""
    kk_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Correction:
    """One correction. `base_rev` is the revision that its author saw.

    `said` names the fields; their values stand in the part that the group is about.
    """

    member_id: UUID
    group: FieldGroup
    said: frozenset[str]
    base_rev: int | None
    identity: SaidIdentity = field(default_factory=SaidIdentity)
    contact: Contact = field(default_factory=Contact)
    work: Work = field(default_factory=Work)
    soft_checks_confirmed: frozenset[str] = field(default_factory=frozenset)
