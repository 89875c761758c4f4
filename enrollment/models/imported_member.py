"""Members that came by a file, and on what basis (R36)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from enrollment.models.member import Member
from perisai.models import ImportRun


class ImportedMember(models.Model):
    """The fact that a member came with a line of a file, in place of a registration.

    The run names the legal basis. It is no consent: nobody is said to have agreed to anything, and
    reminders wait until somebody does.
    """

    member = models.OneToOneField(
        Member, on_delete=models.PROTECT, primary_key=True, related_name="imported"
    )
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField()
    soft_checks = ArrayField(
        models.CharField(max_length=20), default=list, help_text="NIK doubts nobody cleared (R22)."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="imported_member_once_per_line"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="imported_member_is_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return str(self.member_id)
