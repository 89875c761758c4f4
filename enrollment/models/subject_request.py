"""What people ask about their own data, what was decided, and what follows from it (R36)."""

from datetime import datetime
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.member import Member
from perisai.ids import new_id
from perisai.models import Agent, User
from perisai.models.scope import of_office
from perisai.privacy import EncryptedTextField

ALARM_HOURS: Final = (24, 48, 66)
"""Hours after receipt at which an undecided request is told to those who must decide it."""


class RequestKind(models.TextChoices):
    """What a person may ask for (UU 27/2022)."""

    ACCESS = "access", _("akses data")
    COPY = "copy", _("salinan data")
    CORRECTION = "correction", _("perbaikan data")
    ERASURE = "erasure", _("penghapusan data")
    RESTRICTION = "restriction", _("pembatasan pemrosesan")
    WITHDRAWAL = "withdrawal", _("pencabutan persetujuan")
    OBJECTION = "objection", _("keberatan atas penilaian otomatis")


class IdentityCheck(models.TextChoices):
    """How it was made sure who asks; a NIK with a birth date proves nothing."""

    IN_PERSON = "in_person", _("bertemu langsung")
    CODE_TO_PHONE = "code_to_phone", _("kode ke telepon terdaftar")


class Outcome(models.TextChoices):
    """What became of a request."""

    DONE = "done", _("dipenuhi")
    REFUSED = "refused", _("ditolak")


class SubjectRequestQuerySet(models.QuerySet["SubjectRequest"]):
    """Sentences about requests."""

    def visible_to(self, user: User) -> Self:
        """Requests of the members that the user may see; none for agents and money roles."""
        return of_office(self, user, branch="member__branch")

    def undecided(self) -> Self:
        """Derived: nobody has decided yet."""
        return self.filter(~Exists(SubjectDecision.objects.filter(request=OuterRef("pk"))))

    def with_decision(self) -> Self:
        """Each with `decision`, in the same statement."""
        return self.select_related("decision")

    def overdue(self, now: datetime) -> Self:
        """Undecided after the term."""
        return self.undecided().filter(due_at__lt=now)

    def locked(self) -> Self:
        """Locked against a second decision."""
        return self.select_for_update(of=("self",), no_key=True)


class SubjectRequest(models.Model):
    """What one person asked about the own data, and until when it must be decided. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="subject_requests")
    kind = models.CharField(max_length=12, choices=RequestKind)
    identity_check = models.CharField(max_length=14, choices=IdentityCheck)
    words = EncryptedTextField(label="subject_request.words", padded=True, null=True, blank=True)
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who took it in, if an agent did.",
    )
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Elapsed hours after receipt, no working days.")

    objects = SubjectRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=RequestKind.values), name="subject_request_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(identity_check__in=IdentityCheck.values),
                name="subject_request_identity_check_is_known",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("received_at")), name="subject_request_due_after_receipt"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="subject_request_by_term"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="subject_request_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class SubjectDecision(models.Model):
    """How one request ended: done, or refused with a reason. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(
        SubjectRequest, on_delete=models.PROTECT, related_name="decision"
    )
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = EncryptedTextField(label="subject_decision.reason", padded=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="subject_decision_outcome_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="subject_decision_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
            pgtrigger.Trigger(
                name="subject_decision_by_another_person",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM enrollment_subjectrequest
                        WHERE id = NEW.request_id AND taken_by_id = NEW.decided_by_id
                    ) THEN
                        RAISE EXCEPTION 'who took a request in does not decide it'
                            USING ERRCODE = 'check_violation',
                                CONSTRAINT = 'subject_decision_by_another_person';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SubjectAlarm(models.Model):
    """An undecided request was told to those who must decide it, so many hours after receipt."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="alarms")
    hours = models.PositiveSmallIntegerField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "hours"], name="subject_alarm_once"),
            models.CheckConstraint(
                condition=Q(hours__in=ALARM_HOURS), name="subject_alarm_hours_are_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="subject_alarm_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
