"""Cover that is about to end, and who visits."""

from retention.models.attempt import (
    REACHED,
    Attempt,
    AttemptChannel,
    Contact,
    Decision,
    deaths_not_disproved,
)
from retention.models.attempt_file import AttemptFile
from retention.models.escalation import (
    Escalation,
    EscalationReason,
    SettledAs,
    attempts_about,
    official_day,
)
from retention.models.follow_up import ClosingReason, FollowUp
from retention.models.idle_warning import IDLE_WARNING, IdleWarning
from retention.models.openness import NextMonth
from retention.models.pool import PoolMember
from retention.models.reminder import (
    IN_STATE,
    REMINDER,
    Reminder,
    ReminderLine,
    ReminderRun,
    ReminderState,
)
from retention.models.sponsor_alert import SPONSOR_ENDING, SponsorAlert, falling_out
from retention.models.sweep_run import SweepFault, SweepRun
from retention.priority import WorkKind as FollowUpKind

__all__ = [
    "IDLE_WARNING",
    "IN_STATE",
    "REACHED",
    "REMINDER",
    "SPONSOR_ENDING",
    "Attempt",
    "AttemptChannel",
    "AttemptFile",
    "ClosingReason",
    "Contact",
    "Decision",
    "Escalation",
    "EscalationReason",
    "FollowUp",
    "FollowUpKind",
    "IdleWarning",
    "NextMonth",
    "PoolMember",
    "Reminder",
    "ReminderLine",
    "ReminderRun",
    "ReminderState",
    "SettledAs",
    "SponsorAlert",
    "SweepFault",
    "SweepRun",
    "attempts_about",
    "deaths_not_disproved",
    "falling_out",
    "official_day",
]
