"""Files of attempts: the place that was visited, the receipt that was shown."""

from django.db import models
from django.db.models import Q

from perisai.models import FileLink, FileRole
from perisai.models.stored_file import link_triggers
from retention.models.attempt import Attempt


class AttemptFile(FileLink):
    """That an attempt has a file, in a role."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="files")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "role", "file"], name="attempt_file_once_per_role"
            ),
            models.CheckConstraint(
                condition=Q(role__in=FileRole.values), name="attempt_file_role_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["file"], name="attempt_file_by_file"),
            models.Index(
                fields=["attached_at"],
                condition=Q(ended_at__isnull=True),
                name="attempt_file_standing_by_age",
            ),
        ]
        triggers = link_triggers("attempt_file")
