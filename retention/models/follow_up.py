"""Follow-ups: the fact that a member needed a visit, written once by the sweep."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from enrollment.models import Member
from perisai.models import Agent, Role, User
from retention.due import due_days
from retention.models.openness import open_on
from retention.priority import WorkKind as FollowUpKind


class ClosingReason(models.TextChoices):
    """Why a person closed a follow-up; the first two are what an agent's attempt said."""

    DECEASED = "deceased", _("meninggal")
    DUPLICATE_RECORD = "duplicate_record", _("tercatat dua kali")
    FORMAL_JOB_NOW = "formal_job_now", _("kini pekerja formal")
    MOVED_AWAY = "moved_away", _("sudah pindah")
    UNSAFE = "unsafe", _("tidak aman dikunjungi")
    NOT_WANTED = "not_wanted", _("tidak mau dikunjungi lagi")
    BY_MISTAKE = "by_mistake", _("tidak perlu ditindaklanjuti")


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Sentences about follow-ups."""

    def open(self, *, as_of: date) -> Self:
        """Derived (R16): a payment closes it, a reversal reopens it, and nobody writes."""
        return self.filter(open_on(due_days(as_of)))

    def with_openness(self, *, as_of: date) -> Self:
        """Each with `is_open`, by the same condition."""
        return self.annotate(is_open=Case(When(open_on(due_days(as_of)), then=True), default=False))

    def visible_to(self, user: User) -> Self:
        """Follow-ups of the members that the user may see."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        return self.filter(member__in=Member.objects.visible_to(user))


class FollowUp(models.Model):
    """Why a member needed a visit in an episode; who served the member then, and when."""

    # No foreign key in the database: it would lock, and so write, each due member's row.
    # `follow_up_member_is_known` asks for all of a statement at once; the unique key finds them.
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    regency_code = models.CharField(max_length=4)
    kind = models.CharField(max_length=16, choices=FollowUpKind)
    episode_no = models.PositiveSmallIntegerField()
    unpaid_since = models.DateField(
        null=True, blank=True, help_text="First unpaid month; null: never paid."
    )
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True, help_text="Closed by a person.")
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    closed_reason = models.CharField(
        max_length=16, choices=ClosingReason, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "episode_no", "unpaid_since", "kind"],
                nulls_distinct=False,
                name="follow_up_once_per_kind_and_unpaid_month",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FollowUpKind.values), name="follow_up_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(unpaid_since__day=1), name="follow_up_unpaid_since_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True, closed_reason="")
                | Q(closed_on__isnull=False, closed_by__isnull=False),
                name="follow_up_closed_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(closed_reason__in=["", *ClosingReason.values]),
                name="follow_up_closed_reason_is_known",
            ),
        ]
        indexes = [models.Index(fields=["opened_on", "id"], name="follow_up_by_day")]
        triggers = [
            pgtrigger.Trigger(
                name="follow_up_member_is_known",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="noted"),
                func="""
                    IF EXISTS (
                        SELECT FROM noted WHERE NOT EXISTS (
                            SELECT FROM enrollment_member m WHERE m.id = noted.member_id)
                    ) THEN
                        RAISE EXCEPTION 'a follow-up is about a member'
                            USING ERRCODE = 'foreign_key_violation',
                                CONSTRAINT = 'follow_up_member_is_known';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="follow_up_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="follow_up_is_closed_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.closed_on IS NOT NULL
                       OR (NEW.id, NEW.member_id, NEW.agent_id, NEW.regency_code, NEW.kind,
                           NEW.episode_no, NEW.unpaid_since, NEW.opened_on)
                           IS DISTINCT FROM
                          (OLD.id, OLD.member_id, OLD.agent_id, OLD.regency_code, OLD.kind,
                           OLD.episode_no, OLD.unpaid_since, OLD.opened_on) THEN
                        RAISE EXCEPTION 'a follow-up is closed once and not changed'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
