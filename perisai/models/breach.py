"""The breach record: what leaked, since when the 72 hours run, and what was done (R36)."""

from datetime import timedelta
from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from perisai.ids import new_id
from perisai.models.user import Role, User
from perisai.privacy import EncryptedTextField

NOTIFY_WITHIN: Final = timedelta(hours=72)
"""UU 27/2022: elapsed hours after detection, to the people and the authority."""


class DataClass(models.TextChoices):
    """What kinds of data a breach touched."""

    IDENTITY = "identity", _("identitas")
    CONTACT = "contact", _("kontak dan alamat")
    FAMILY = "family", _("keluarga dan ahli waris")
    WORK = "work", _("pekerjaan dan penghasilan")
    MONEY = "money", _("iuran dan pembayaran")
    LOGIN = "login", _("akun dan kata sandi")


class BreachNoteKind(models.TextChoices):
    """What a line of the record says."""

    FINDING = "finding", _("temuan")
    MEASURE = "measure", _("tindakan")
    AUTHORITY_TOLD = "authority_told", _("otoritas diberi tahu")
    PEOPLE_TOLD = "people_told", _("peserta diberi tahu")
    CLOSED = "closed", _("ditutup")


class BreachQuerySet(models.QuerySet["Breach"]):
    """Sentences about breaches."""

    def visible_to(self, user: User) -> Self:
        """The national roles' matter alone."""
        return self if user.role in {Role.NATIONAL, Role.AUDITOR} else self.none()


class Breach(models.Model):
    """One breach as it was found; all that came to light later is in its notes. Append-only.

    Between `since` and `until` what `suspect` revealed counts as leaked; nobody: all reveals.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    detected_at = models.DateTimeField()
    notify_by = models.DateTimeField(help_text="72 elapsed hours after detection.")
    what = EncryptedTextField(label="breach.what", padded=True)
    classes = ArrayField(models.CharField(max_length=10, choices=DataClass))
    people_guessed = models.PositiveIntegerField(help_text="As far as was known when recorded.")
    since = models.DateTimeField()
    until = models.DateTimeField()
    suspect = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = BreachQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(notify_by=F("detected_at") + NOTIFY_WITHIN),
                name="breach_is_told_within_72_hours",
            ),
            models.CheckConstraint(
                condition=Q(classes__contained_by=DataClass.values),
                name="breach_classes_are_known",
            ),
            models.CheckConstraint(condition=Q(classes__len__gt=0), name="breach_of_something"),
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="breach_in_order"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="breach_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class BreachNote(models.Model):
    """One line of a breach's record: found, done, told, or closed. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=14, choices=BreachNoteKind)
    words = EncryptedTextField(label="breach_note.words", padded=True)
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=BreachNoteKind.values), name="breach_note_kind_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="breach_note_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
