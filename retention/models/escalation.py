"""Escalations: what a branch's supervisor was told, once for each thing (R16)."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now, TruncDate

from enrollment.models import Assignment
from perisai.clock import official_zone
from perisai.models import Agent, AgentState, Branch, Role, User
from retention.models.attempt import REACHED, Attempt
from retention.models.follow_up import FollowUp
from retention.models.openness import NO_MONTH
from sync.models import Outbox


class EscalationReason(models.TextChoices):
    """Nobody came in time, nobody was reached three times, or an agent is not heard of."""

    NO_ATTEMPT = "no_attempt"
    FAILED_ATTEMPTS = "failed_attempts"
    SILENT_AGENT = "silent_agent"


class SettledAs(models.TextChoices):
    """What the supervisor did about it."""

    AGENT_SPOKEN_TO = "agent_spoken_to"
    MEMBER_SPOKEN_TO = "member_spoken_to"
    VISIT_PLANNED = "visit_planned"
    HANDED_OVER = "handed_over"
    NOT_NEEDED = "not_needed"


def attempts_about(follow_up: str = "") -> QuerySet[Attempt]:
    """Attempts on the member about the unpaid month of an outer row.

    `follow_up` names the outer row's follow-up; empty: the outer row is one.
    """
    outer = f"{follow_up}__" if follow_up else ""
    return Attempt.objects.alias(about=Coalesce("unpaid_since", NO_MONTH)).filter(
        member=OuterRef(f"{outer}member"),
        about=Coalesce(OuterRef(f"{outer}unpaid_since"), NO_MONTH),
    )


def official_day(column: str) -> TruncDate:
    """The official day of an instant."""
    return TruncDate(column, tzinfo=official_zone())


def _stays_unvisited(as_of: date) -> Q:
    """Nobody came, or nobody was reached, since it was told; the follow-up and its carer stay.

    What was done before the silence began, and arrives late, does not break it.
    """
    newer = (
        attempts_about("follow_up")
        .alias(on=official_day("tried_at"))
        .filter(created_at__gt=OuterRef("created_at"))
    )
    has_come = newer.filter(on__gt=OuterRef("since"))
    was_reached = newer.filter(contact__in=REACHED, on__gte=OuterRef("since"))
    handed_over = Assignment.objects.filter(
        member=OuterRef("follow_up__member"), from_on__gte=OuterRef("raised_on")
    )
    return (
        (
            Q(~Exists(has_come), reason=EscalationReason.NO_ATTEMPT)
            | Q(~Exists(was_reached), reason=EscalationReason.FAILED_ATTEMPTS)
        )
        & Q(Exists(FollowUp.objects.open(as_of=as_of).filter(pk=OuterRef("follow_up"))))
        & (
            Q(agent=F("follow_up__member__agent"))
            | Q(agent__isnull=True, follow_up__member__agent__isnull=True)
        )
        & Q(~Exists(handed_over))
    )


def _stays_silent(as_of: date) -> Q:
    """The agent works, has visits to make, and was not heard of since."""
    phones = Outbox.objects.filter(device__agent=OuterRef("agent"))
    pushed = phones.annotate(on=official_day("last_push_at")).filter(on__gt=OuterRef("since"))
    pulled = phones.annotate(on=official_day("last_pull_at")).filter(on__gt=OuterRef("since"))
    tried = Attempt.objects.filter(agent=OuterRef("agent")).annotate(on=official_day("tried_at"))
    return Q(
        ~Exists(pushed),
        ~Exists(pulled),
        ~Exists(tried.filter(on__gt=OuterRef("since"))),
        Exists(FollowUp.objects.open(as_of=as_of).filter(member__agent=OuterRef("agent"))),
        reason=EscalationReason.SILENT_AGENT,
        agent__state=AgentState.ACTIVE,
    )


class EscalationQuerySet(models.QuerySet["Escalation"]):
    """Sentences about escalations."""

    def open(self, *, as_of: date) -> Self:
        """Derived: a visit, a payment, a closing or a hand-over ends one, and nobody writes.

        What a person settled stays so.
        """
        return self.filter(Q(settled_at=None) & (_stays_unvisited(as_of) | _stays_silent(as_of)))

    def with_openness(self, *, as_of: date) -> Self:
        """Each with `is_open`, by the same condition."""
        still = Escalation.objects.open(as_of=as_of).filter(pk=OuterRef("pk"))
        return self.annotate(is_open=Exists(still))

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor what he was told of people who are still his."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        if user.role != Role.SUPERVISOR:
            return self.none()
        is_still_his = Q(follow_up=None) | Q(follow_up__member__branch=user.branch_id)
        return self.filter(is_still_his, branch=user.branch_id)


class Escalation(models.Model):
    """One thing that the supervisor of a branch was told: about a follow-up, or about an agent."""

    reason = models.CharField(max_length=16, choices=EscalationReason)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    follow_up = models.ForeignKey(
        FollowUp, on_delete=models.PROTECT, null=True, blank=True, related_name="escalations"
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who looked after it then; null: nobody.",
    )
    since = models.DateField(help_text="Since when nobody came, was reached, or was heard of.")
    raised_on = models.DateField()
    settled_as = models.CharField(
        max_length=16, choices=SettledAs, blank=True, default="", db_default=""
    )
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["follow_up", "reason", "since"], name="escalation_once_per_follow_up"
            ),
            models.UniqueConstraint(
                fields=["agent", "since"],
                condition=Q(reason=EscalationReason.SILENT_AGENT),
                name="escalation_once_per_silence",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=EscalationReason.values), name="escalation_reason_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    reason=EscalationReason.SILENT_AGENT,
                    follow_up__isnull=True,
                    agent__isnull=False,
                )
                | (~Q(reason=EscalationReason.SILENT_AGENT) & Q(follow_up__isnull=False)),
                name="escalation_is_about_a_follow_up_or_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(settled_as="", settled_by__isnull=True, settled_at__isnull=True)
                | Q(
                    settled_as__in=SettledAs.values,
                    settled_by__isnull=False,
                    settled_at__isnull=False,
                ),
                name="escalation_settled_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["branch", "id"], name="escalation_by_branch")]
        triggers = [
            pgtrigger.Protect(name="escalation_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="escalation_is_settled_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.settled_at IS NOT NULL
                       OR (NEW.reason, NEW.branch_id, NEW.follow_up_id, NEW.agent_id, NEW.since,
                           NEW.raised_on) IS DISTINCT FROM
                          (OLD.reason, OLD.branch_id, OLD.follow_up_id, OLD.agent_id, OLD.since,
                           OLD.raised_on) THEN
                        RAISE EXCEPTION 'an escalation is settled once and not changed'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
