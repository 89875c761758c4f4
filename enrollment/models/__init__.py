"""The informal worker."""

from enrollment.models.completeness import lacks_data
from enrollment.models.due_date import DueDate
from enrollment.models.hand_over import ALONE, HandOver, HandOverProposal
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
    lacks_columns,
)
from enrollment.models.member_change import FieldGroup, MemberChange
from enrollment.models.member_file import MemberFile
from enrollment.models.membership import AgentMembership
from enrollment.models.occupation import Ecosystem, Occupation
from enrollment.models.processing_limit import (
    LimitKind,
    ProcessingLimit,
    not_limited,
    unrestricted,
)
from enrollment.models.prospect import Prospect, ProspectContact, ProspectOutcome
from enrollment.models.registration import (
    Consent,
    ConsentMethod,
    ConsentText,
    Purpose,
    Registration,
    Verdict,
)
from enrollment.models.subject_copy import SubjectCopy
from enrollment.models.subject_request import (
    ALARM_HOURS,
    IdentityCheck,
    Outcome,
    RequestKind,
    SubjectAlarm,
    SubjectDecision,
    SubjectRequest,
)
from enrollment.models.withdrawal import ConsentWithdrawal
from enrollment.nik import Sex

__all__ = [
    "ALARM_HOURS",
    "ALONE",
    "AgentMembership",
    "Assignment",
    "ClosedReason",
    "Consent",
    "ConsentMethod",
    "ConsentText",
    "ConsentWithdrawal",
    "DueDate",
    "Dukcapil",
    "Ecosystem",
    "FieldGroup",
    "HandOver",
    "HandOverProposal",
    "Heir",
    "IdentityCheck",
    "ImportedMember",
    "LimitKind",
    "Member",
    "MemberChange",
    "MemberFile",
    "MemberOccupation",
    "Occupation",
    "Outcome",
    "PhoneOwner",
    "ProcessingLimit",
    "Prospect",
    "ProspectContact",
    "ProspectOutcome",
    "Purpose",
    "Registration",
    "Relation",
    "RequestKind",
    "Sex",
    "SubjectAlarm",
    "SubjectCopy",
    "SubjectDecision",
    "SubjectRequest",
    "Verdict",
    "lacks_columns",
    "lacks_data",
    "not_limited",
    "unrestricted",
]
