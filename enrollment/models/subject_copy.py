"""Copies of everything that is kept of one person, made to be handed over once (R36)."""

from datetime import datetime, timedelta
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from enrollment.models.subject_request import SubjectRequest
from perisai.ids import new_id
from perisai.models import Language, Role, User
from perisai.privacy import EncryptedJSONField

COPY_LASTS: Final = timedelta(hours=24)


class SubjectCopyQuerySet(models.QuerySet["SubjectCopy"]):
    """Sentences about copies."""

    def visible_to(self, user: User) -> Self:
        """That they were made is for national roles; the content goes to the maker alone."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        return self.none()

    def unbuilt(self) -> Self:
        """Asked for, and not built or gone yet."""
        return self.filter(built_at__isnull=True, gone_at__isnull=True)

    def over(self, now: datetime) -> Self:
        """Still there after their time."""
        return self.filter(gone_at__isnull=True, asked_at__lte=now - COPY_LASTS)

    def locked(self) -> Self:
        """Locked, so that a copy is handed over once."""
        return self.select_for_update(of=("self",), no_key=True)


class SubjectCopy(models.Model):
    """One copy for one request: built by a task, handed to its maker once, gone within a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="copies")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    asked_at = models.DateTimeField()
    content = EncryptedJSONField(label="subject_copy.content", padded=True, null=True, blank=True)
    built_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Its content is destroyed.")

    objects = SubjectCopyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="subject_copy_language_is_known"
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=True, built_at__isnull=True)
                | Q(content__isnull=True, gone_at__isnull=False)
                | Q(content__isnull=False, built_at__isnull=False, gone_at__isnull=True),
                name="subject_copy_is_built_then_gone",
            ),
            models.CheckConstraint(
                condition=Q(handed_at__isnull=True)
                | Q(built_at__isnull=False, gone_at=F("handed_at")),
                name="subject_copy_handed_over_is_gone",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="subject_copy_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="subject_copy_goes_one_way",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.request_id, NEW.made_by_id, NEW.language, NEW.asked_at)
                        IS DISTINCT FROM
                       (OLD.request_id, OLD.made_by_id, OLD.language, OLD.asked_at)
                       OR OLD.gone_at IS NOT NULL
                       OR (OLD.built_at IS NOT NULL
                           AND NEW.built_at IS DISTINCT FROM OLD.built_at) THEN
                        RAISE EXCEPTION 'a copy is built once, and gone for ever'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
