"""The informal worker."""

from enrollment.models.due_date import DueDate
from enrollment.models.hand_over import HandOver
from enrollment.models.imported_member import ImportedMember
from enrollment.models.member import (
    Assignment,
    ClosedReason,
    Dukcapil,
    Heir,
    Member,
    MemberOccupation,
    PhoneOwner,
    Relation,
)
from enrollment.models.member_change import FieldGroup, MemberChange
from enrollment.models.membership import AgentMembership
from enrollment.models.occupation import Ecosystem, Occupation
from enrollment.models.registration import (
    Consent,
    ConsentMethod,
    ConsentText,
    Purpose,
    Registration,
    Verdict,
)
from enrollment.nik import Sex

__all__ = [
    "AgentMembership",
    "Assignment",
    "ClosedReason",
    "Consent",
    "ConsentMethod",
    "ConsentText",
    "DueDate",
    "Dukcapil",
    "Ecosystem",
    "FieldGroup",
    "HandOver",
    "Heir",
    "ImportedMember",
    "Member",
    "MemberChange",
    "MemberOccupation",
    "Occupation",
    "PhoneOwner",
    "Purpose",
    "Registration",
    "Relation",
    "Sex",
    "Verdict",
]
