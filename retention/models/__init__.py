"""Cover that is about to end, and who visits."""

from retention.models.attempt import REACHED, Attempt, AttemptChannel, Contact, Decision
from retention.models.follow_up import FollowUp, FollowUpKind, NextMonth, SweepRun

__all__ = [
    "REACHED",
    "Attempt",
    "AttemptChannel",
    "Contact",
    "Decision",
    "FollowUp",
    "FollowUpKind",
    "NextMonth",
    "SweepRun",
]
