"""Who and where."""

from perisai.models.agent import Agent, AgentState, AgentVillage
from perisai.models.agent_event import AgentEvent, AgentEventKind
from perisai.models.branch import Branch, Office, OfficeKind
from perisai.models.breach import (
    NOTIFY_WITHIN,
    Breach,
    BreachNote,
    BreachNoteKind,
    DataClass,
)
from perisai.models.contract import OfficeContract
from perisai.models.decided import Decision
from perisai.models.delivery import Delivery, DeliveryState, MessageState, message_state
from perisai.models.device import (
    Device,
    DeviceState,
    DeviceToken,
    Platform,
    RevokedReason,
    WipeOrder,
)
from perisai.models.erasure import ErasedKind, Erasure, ErasureReason
from perisai.models.factor import RecoveryCode, TotpDevice
from perisai.models.import_run import (
    FileFormat,
    ImportChunk,
    ImportFault,
    ImportKind,
    ImportPiece,
    ImportRun,
    ImportState,
    LegalBasis,
    StagedRow,
)
from perisai.models.key_canary import KeyCanary
from perisai.models.login_code import LoginCode
from perisai.models.login_event import LoginEvent, LoginResult, LoginStep
from perisai.models.message_decision import (
    MessageDecision,
    MessageDecisionKind,
    MessageDecisionReason,
)
from perisai.models.outbox import OutboxMessage
from perisai.models.pulse import Pulse, PulsePart
from perisai.models.purge_run import PurgeRun
from perisai.models.reference_file import ReferenceFile
from perisai.models.region import (
    District,
    LegacyLevel,
    LegacyRegionCode,
    Province,
    ReferenceLoad,
    Regency,
    RegencyKind,
    Village,
    VillageKind,
)
from perisai.models.relay_pause import RelayPause
from perisai.models.reveal import MOST_EXTRA, RevealApproval, RevealLog, RevealReason
from perisai.models.stored_file import FileLink, FileRole, StoredFile
from perisai.models.user import Language, Role, User
from perisai.models.user_change import FactorReset, UserChange, UserChangeKind

__all__ = [
    "MOST_EXTRA",
    "NOTIFY_WITHIN",
    "Agent",
    "AgentEvent",
    "AgentEventKind",
    "AgentState",
    "AgentVillage",
    "Branch",
    "Breach",
    "BreachNote",
    "BreachNoteKind",
    "DataClass",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Device",
    "DeviceState",
    "DeviceToken",
    "District",
    "ErasedKind",
    "Erasure",
    "ErasureReason",
    "FactorReset",
    "FileFormat",
    "FileLink",
    "FileRole",
    "ImportChunk",
    "ImportFault",
    "ImportKind",
    "ImportPiece",
    "ImportRun",
    "ImportState",
    "KeyCanary",
    "Language",
    "LegacyLevel",
    "LegacyRegionCode",
    "LegalBasis",
    "LoginCode",
    "LoginEvent",
    "LoginResult",
    "LoginStep",
    "MessageDecision",
    "MessageDecisionKind",
    "MessageDecisionReason",
    "MessageState",
    "Office",
    "OfficeContract",
    "OfficeKind",
    "OutboxMessage",
    "Platform",
    "Province",
    "Pulse",
    "PulsePart",
    "PurgeRun",
    "RecoveryCode",
    "ReferenceFile",
    "ReferenceLoad",
    "Regency",
    "RegencyKind",
    "RelayPause",
    "RevealApproval",
    "RevealLog",
    "RevealReason",
    "RevokedReason",
    "Role",
    "StagedRow",
    "StoredFile",
    "TotpDevice",
    "User",
    "UserChange",
    "UserChangeKind",
    "Village",
    "VillageKind",
    "WipeOrder",
    "message_state",
]
