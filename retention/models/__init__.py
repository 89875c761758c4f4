"""Cover that is about to end, and who visits."""

from retention.models.attempt import REACHED, Attempt, AttemptChannel, Contact, Decision
from retention.models.follow_up import FollowUp, FollowUpKind, NextMonth, SweepRun
from retention.models.reminder import (
    IN_STATE,
    REMINDER,
    Reminder,
    ReminderLine,
    ReminderRun,
    ReminderState,
)

__all__ = [
    "IN_STATE",
    "REACHED",
    "REMINDER",
    "Attempt",
    "AttemptChannel",
    "Contact",
    "Decision",
    "FollowUp",
    "FollowUpKind",
    "NextMonth",
    "Reminder",
    "ReminderLine",
    "ReminderRun",
    "ReminderState",
    "SweepRun",
]
