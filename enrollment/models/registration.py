"""Captured forms and consents."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrollment.models.member import Member
from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import EncryptedTextField


class Verdict(models.TextChoices):
    """What became of a form: a member of its own, part of a known one's record, or a case."""

    ACCEPTED = "accepted"
    REOPENED = "reopened"
    MERGED = "merged"
    HELD = "held"


class Registration(models.Model):
    """One captured form, with its verdict. The form itself is the operation that it names."""

    op_id = models.UUIDField(unique=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="registrations"
    )
    verdict = models.CharField(max_length=10, choices=Verdict)
    captured_at = models.DateTimeField(help_text="Corrected by the clock offset (R38).")
    soft_checks = ArrayField(
        models.CharField(max_length=20), default=list, help_text="NIK doubts confirmed (R22)."
    )
    months = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Months asked for.")
    bill_code = models.CharField(max_length=16, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="registration_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.HELD, member__isnull=True)
                | (~Q(verdict=Verdict.HELD) & Q(member__isnull=False)),
                name="registration_accepted_with_a_member",
            ),
        ]
        indexes = [models.Index(fields=["agent", "captured_at"], name="registration_by_agent")]

    def __str__(self) -> str:
        return str(self.op_id)


class Purpose(models.TextChoices):
    """What a person may consent to, each apart (R36)."""

    REGISTRATION = "registration"
    REMINDERS = "reminders"
    PHOTO = "photo"
    SPONSOR_SHARING = "sponsor_sharing"


class ConsentMethod(models.TextChoices):
    """How consent was given."""

    SIGNATURE = "signature"
    THUMBPRINT = "thumbprint"
    SPOKEN_WITNESSED = "spoken_witnessed"


class ConsentText(models.Model):
    """One version of the text that people agree to, in one language."""

    version = models.CharField(max_length=20, primary_key=True)
    language = models.CharField(max_length=2)
    body = models.TextField()
    valid_from = models.DateField()

    def __str__(self) -> str:
        return self.version


class Consent(models.Model):
    """What a member agreed to, when, how, before whom. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    purposes = ArrayField(models.CharField(max_length=16, choices=Purpose))
    text_version = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    method = models.CharField(max_length=16, choices=ConsentMethod)
    witness = EncryptedTextField(label="consent.witness", padded=True, null=True, blank=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=ConsentMethod.values), name="consent_method_is_known"
            ),
            models.CheckConstraint(
                condition=Q(purposes__contained_by=Purpose.values),
                name="consent_purposes_are_known",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="consent_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
